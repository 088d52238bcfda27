"""The roof: configuration -> stores -> port -> engines -> gateway. Everything is put together here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ormer.aws.clock import Clock, WallClock
from ormer.aws.models import Models
from ormer.config import Config
from ormer.engines import repositories
from ormer.engines.alarms import actions as alarm_actions
from ormer.engines.alarms import engine as alarms
from ormer.engines.automl import engine as automl
from ormer.engines.builds.engine import BuildsEngine
from ormer.engines.cards.engine import CardsEngine
from ormer.engines.delivery import engine as delivery
from ormer.engines.delivery.pushes import Pushes
from ormer.engines.events import room as events
from ormer.engines.functions import event_sources
from ormer.engines.functions.engine import FunctionsEngine
from ormer.engines.hosting import async_inferences, trees
from ormer.engines.hosting.async_inferences import AsyncInferences
from ormer.engines.hosting.captures import Captures
from ormer.engines.hosting.data_plane import HostedModels
from ormer.engines.hosting.engine import HostingEngine
from ormer.engines.hosting.invocations import Invocations
from ormer.engines.hosting.routes import Routes
from ormer.engines.housekeeping import Housekeeping
from ormer.engines.jobs import programs_folder
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.engine import JobsEngine
from ormer.engines.jobs.instances import this_machine
from ormer.engines.monitors.engine import SCHEDULE_TASK, MonitorsEngine
from ormer.engines.monitors.engine import TASK as MONITORING_TASK
from ormer.engines.pipelines import engine as pipelines
from ormer.engines.projects import engine as projects
from ormer.engines.repositories import RepositoryCare
from ormer.engines.scaling import engine as scaling
from ormer.engines.secrets import expiries, rotations
from ormer.engines.stacks import custom_resources
from ormer.engines.stacks import engine as stacks
from ormer.engines.state_machines import engine as state_machines
from ormer.engines.tables.engine import TablesEngine
from ormer.engines.topics import delivery as topics
from ormer.engines.topics.delivery import Deliveries
from ormer.engines.tracking import registrations
from ormer.engines.tracking.doors import Doors
from ormer.engines.tracking.engine import TrackingEngine
from ormer.engines.tuning import engine as tuning
from ormer.engines.worker import Ending, Function, Worker
from ormer.first_run import proxy_key, settle
from ormer.gateway.proxy_passwords import password_of
from ormer.services.registry import Services
from ormer.stores import card_exports, parameter_versions, secret_versions, tasks
from ormer.stores.access import PolicyGate
from ormer.stores.port import Port
from ormer.stores.stores import Stores, open_stores
from ormer.stores.topics import hosts
from ormer.stores.tracking import registrations as model_versions
from ormer.stores.tracking import servers


@dataclass
class House:
    """Everything that runs in one process, without HTTP: what tests and the server share.

    routes: where invocations go, for the gateway's invoke lane. hosting: what publishes them and loads models for it.
    tracking_doors: where tracking servers answer, for the gateway.
    """

    config: Config
    stores: Stores
    port: Port
    worker: Worker
    engines: list[Engine]
    routes: Routes
    hosting: HostingEngine
    invocations: Invocations
    captures: Captures
    tracking_doors: Doors

    def start(self) -> None:
        """Free the leases of a server that is gone, then let engines and worker move."""
        with self.stores.database.write() as tx:
            tasks.release_all(tx)
        for engine in self.engines:
            engine.start()
        self.worker.start()

    def stop(self) -> None:
        """Stop moving; what was under way goes on at the next start."""
        self.worker.stop()
        for engine in self.engines:
            engine.stop()
        self.stores.close()


class Engine(Protocol):
    """A thing with threads of its own beside the worker: started before it, stopped after it."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def build(config: Config, clock: Clock | None = None, strict: bool = False) -> House:
    """Open the stores and put the house together. strict: raise when an answer lacks a required member (tests)."""
    https = f"https://{config.host}:{config.tls_port}"
    stores = open_stores(config.home, config.database_url, clock or WallClock(), config.endpoint, https)
    settle(stores, config)
    stores.objects.replant()
    hosts.allow(stores.database, config.webhook_hosts)
    port = Port(stores, Services(), PolicyGate(stores), Models(), strict)
    functions, endings, engines, hosting, tracking_doors = _engines(config, stores, port)
    routes, captures = hosting.routes, Captures(stores)
    invocations = Invocations(stores, routes, captures, hosting.load_model)
    queues = AsyncInferences(stores, invocations)
    port.data_plane = HostedModels(invocations, queues)
    functions[async_inferences.TASK] = queues.run
    monitors = MonitorsEngine(stores.clock, captures.flush)
    functions |= {SCHEDULE_TASK: monitors.run_schedule, MONITORING_TASK: monitors.run_execution}
    endings[MONITORING_TASK] = monitors.give_up
    engines += [captures, queues]
    worker = Worker(stores, port, functions, endings=endings)
    return House(config, stores, port, worker, engines, routes, hosting, invocations, captures, tracking_doors)


def _engines(
    config: Config, stores: Stores, port: Port
) -> tuple[dict[str, Function], dict[str, Ending], list[Engine], HostingEngine, Doors]:
    """Task functions by kind, and what ends what a task works for; the engines that have threads of their own, and the
    one that publishes routes; where tracking servers answer."""
    key = proxy_key(stores)
    surroundings = Surroundings(
        endpoint=config.endpoint,
        machine=this_machine(),
        programs=programs_folder(),
        proxy=f"http://{key.access_key_id}:{password_of(key)}@{config.host}:{config.tls_port}",
        ca_bundle=config.home / "tls" / "ca-bundle.pem",
    )
    jobs = JobsEngine(stores, port, surroundings, config.sandbox)
    builds = BuildsEngine(stores, port, surroundings, config.sandbox)
    lambdas = FunctionsEngine(stores, port, surroundings, config.sandbox)
    port.function_plane = lambdas
    tracking = TrackingEngine(stores, port, surroundings, config.sandbox)
    tables = TablesEngine(stores, surroundings, config.sandbox)
    cards = CardsEngine(stores, surroundings, config.sandbox)
    hosting = HostingEngine(stores, port, surroundings, Routes(), config.sandbox, trees.build)
    functions: dict[str, Function] = {
        "job": jobs.run,
        "endpoint": hosting.run,
        "pipeline_execution": pipelines.run,
        "alarm": alarms.run,
        "alarm_action": alarm_actions.run,
        "scalable_target": scaling.run,
        "sns_subscription": Deliveries(config.endpoint).run,
        "repository": repositories.run,
        "stack": stacks.run,
        "custom_resource": custom_resources.run,
        "state_machine_execution": state_machines.run,
        "project": projects.run,
        "tuning_job": tuning.run,
        "automl_job": automl.run,
        "delivery": delivery.run,
        "build": builds.run,
        "function_invocation": lambdas.run,
        event_sources.TASK: event_sources.run,
        servers.TASK: tracking.run,
        model_versions.TASK: registrations.run,
        parameter_versions.EXPIRY_TASK: expiries.expire_parameter,
        secret_versions.DELETION_TASK: expiries.delete_secret,
        secret_versions.ROTATION_TASK: rotations.run,
        card_exports.TASK: cards.run,
        **tables.functions,
        **events.functions(stores, config.allowed_webhook_hosts),
    }
    # What is not here is never given up: it works for something that stays, or for nothing in particular.
    endings: dict[str, Ending] = {
        "job": jobs.give_up,
        "endpoint": hosting.give_up,
        "pipeline_execution": pipelines.give_up,
        "alarm_action": alarm_actions.give_up,
        "sns_subscription": topics.give_up,
        "stack": stacks.give_up,
        "custom_resource": custom_resources.give_up,
        "state_machine_execution": state_machines.give_up,
        "project": projects.give_up,
        "tuning_job": tuning.give_up,
        "automl_job": automl.give_up,
        "delivery": delivery.give_up,
        "build": builds.give_up,
        "function_invocation": lambdas.give_up,
        servers.TASK: tracking.give_up,
        secret_versions.ROTATION_TASK: rotations.give_up,
        card_exports.TASK: cards.give_up,
        **tables.endings,
        **events.ENDINGS,
    }
    engines: list[Engine] = [
        jobs,
        hosting,
        builds,
        lambdas,
        tracking,
        tables,
        cards,
        events.EventsEngine(stores),
        Housekeeping(stores),
        RepositoryCare(stores),
        Pushes(stores),
    ]
    return functions, endings, engines, hosting, tracking.doors
