"""A home with as much in it as a busy team leaves in years, written past the operations because that takes seconds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.projects import condition, definition
from bench.servers import ACCOUNT, REGION, ROLE

JsonDict = dict[str, Any]
EXECUTIONS, VERSIONS, ENDPOINTS, RUNS = 10_000, 1_000, 100, 100_000
WIDTH, DEPTH = 10, 100
CHUNK = 2_000
PIPELINE, LARGE, GROUP, EXPERIMENT = "crowd", "large", "crowd", "crowd"
STATUSES = ("Succeeded", "Succeeded", "Succeeded", "Failed", "Stopped")
APPROVALS = ("Approved", "Rejected", "PendingManualApproval")
HOUR_SECONDS = 3600.0


def fill(home: Path) -> None:
    """Write all of it into a home that no server uses."""
    from ormer.app import build
    from ormer.aws.identities import root_identity
    from ormer.config import load
    from ormer.first_run import settle

    config = load(home=home)
    house = build(config)
    try:
        settle(house.stores, config)
        api = house.port.acting_as(root_identity(ACCOUNT), REGION)
        _pipeline(api, PIPELINE, [condition("Check")])
        _pipeline(api, LARGE, large())
        now = house.stores.clock.now()
        for rows in (executions(now), versions(now), endpoints(now), experiment(now)):
            _write(house.stores.database, rows)
        _runs(house.stores.database, now)
    finally:
        house.stores.close()


def large() -> list[JsonDict]:
    """A thousand steps: layers of ten, each step after one or two of the layer before."""
    steps = []
    for layer, place in itertools.product(range(DEPTH), range(WIDTH)):
        step = condition(f"L{layer}S{place}")
        if layer:
            before = {place, (place + 1) % WIDTH if layer % 3 == 0 else place}
            step["DependsOn"] = [f"L{layer - 1}S{each}" for each in sorted(before)]
        steps.append(step)
    return steps


def _pipeline(api: Any, name: str, steps: list[JsonDict]) -> None:
    api(
        "sagemaker",
        "CreatePipeline",
        {
            "PipelineName": name,
            "PipelineDefinition": definition(steps),
            "RoleArn": ROLE,
            "ClientRequestToken": f"{name:->40}",
        },
    )


def executions(now: float) -> Iterator[JsonDict]:
    pipeline = _arn(f"pipeline/{PIPELINE}")
    for number in range(EXECUTIONS):
        identifier, status = f"crowd{number:07}", STATUSES[number % len(STATUSES)]
        document = {
            "PipelineArn": pipeline,
            "PipelineName": PIPELINE,
            "PipelineExecutionArn": f"{pipeline}/execution/{identifier}",
            "PipelineExecutionDisplayName": f"execution-{number}",
            "PipelineExecutionDescription": f"Try {number}",
            "PipelineVersionId": 1,
            "PipelineParameters": [],
            "PipelineExecutionStatus": status,
            **({"FailureReason": "Step failure: Train is too slow."} if status == "Failed" else {}),
        }
        created = now - (EXECUTIONS - number) * HOUR_SECONDS / 4
        yield _row("PipelineExecution", identifier, document, created, status, pipeline)


def versions(now: float) -> Iterator[JsonDict]:
    group = _arn(f"model-package-group/{GROUP}")
    words = {"ModelPackageGroupName": GROUP, "ModelPackageGroupArn": group, "ModelPackageGroupStatus": "Completed"}
    row = _row("ModelPackageGroup", GROUP, words, now - VERSIONS * HOUR_SECONDS, "Completed")
    yield row | {"facts": {"last_version": VERSIONS}}
    for number in range(1, VERSIONS + 1):
        document = {
            "ModelPackageGroupName": GROUP,
            "ModelPackageVersion": number,
            "ModelPackageArn": _arn(f"model-package/{GROUP}/{number}"),
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": APPROVALS[number % len(APPROVALS)],
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ModelPackageDescription": f"Version {number}",
        }
        created = now - (VERSIONS - number) * HOUR_SECONDS
        yield _row("ModelPackage", f"{GROUP}/{number}", document, created, "Completed", group)


def endpoints(now: float) -> Iterator[JsonDict]:
    """Endpoints that have failed: such need no model servers."""
    for number in range(ENDPOINTS):
        name = f"crowd-{number:03}"
        document = {
            "EndpointName": name,
            "EndpointArn": _arn(f"endpoint/{name}"),
            "EndpointConfigName": name,
            "EndpointStatus": "Failed",
            "FailureReason": "It only stands in a list.",
        }
        row = _row("Endpoint", name, document, now - number * HOUR_SECONDS, "Failed")
        serves = {name: [_arn(f"model-package/{GROUP}/{number + 1}")]}
        yield row | {"facts": {"id": f"crowd{number:07}", "packages": serves}}
        variants = [{"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large"}]
        config = {"EndpointConfigName": name, "EndpointConfigArn": _arn(f"endpoint-config/{name}")}
        yield _row("EndpointConfig", name, {**config, "ProductionVariants": variants}, now)
        model = {"ModelName": name, "ModelArn": _arn(f"model/{name}"), "ExecutionRoleArn": ROLE}
        containers = [{"ModelPackageName": _arn(f"model-package/{GROUP}/{number + 1}")}]
        yield _row("Model", name, {**model, "Containers": containers}, now)


def experiment(now: float) -> Iterator[JsonDict]:
    document = {"ExperimentName": EXPERIMENT, "ExperimentArn": _arn(f"experiment/{EXPERIMENT}")}
    yield _row("Experiment", EXPERIMENT, {**document, "DisplayName": EXPERIMENT}, now)
    trial = {"TrialName": "crowd", "TrialArn": _arn("experiment-trial/crowd"), "ExperimentName": EXPERIMENT}
    yield _row("ExperimentTrial", "crowd", trial, now, parent=document["ExperimentArn"])


def runs(now: float) -> Iterator[JsonDict]:
    for number in range(RUNS):
        name = f"run-{number:06}"
        document = {
            "TrialComponentName": name,
            "TrialComponentArn": _arn(f"experiment-trial-component/{name}"),
            "DisplayName": f"Attempt {number}",
            "Status": {"PrimaryStatus": "Completed"},
            "Parameters": {
                "max_depth": {"NumberValue": float(number % 12)},
                "eta": {"NumberValue": (number % 100) / 100},
                "booster": {"StringValue": ("gbtree", "dart", "gblinear")[number % 3]},
            },
        }
        yield _row("ExperimentTrialComponent", name, document, now - (RUNS - number))


def _runs(database: Any, now: float) -> None:
    from ormer.stores.tables import associations, run_metrics

    trial = _arn("experiment-trial/crowd")
    for rows in _chunks(runs(now)):
        _write(database, rows)
        edges = [
            {"source": row["arn"], "destination": trial, "account": ACCOUNT, "region": REGION}
            | {"type": "trial", "created": now, "actor": None}
            for row in rows
        ]
        metrics = [
            {"arn": row["arn"], "name": "rmse", "step": 0, "time": now, "value": 1 + place % 997 / 997}
            for place, row in enumerate(rows)
        ]
        with database.write() as tx:
            tx.execute(sa.insert(associations), edges)
            tx.execute(sa.insert(run_metrics), metrics)


def _write(database: Any, rows: Iterable[JsonDict]) -> None:
    from ormer.stores import properties
    from ormer.stores.tables import properties as leaves
    from ormer.stores.tables import resources

    for chunk in _chunks(rows):
        flat = [
            {
                "arn": row["arn"],
                "path": path,
                "text": str(value),
                "number": float(value) if isinstance(value, int | float) else None,
            }
            for row in chunk
            if row["kind"] in properties.SEARCHABLE
            for path, value in properties.leaves(row["document"])
        ]
        with database.write() as tx:
            tx.execute(sa.insert(resources), chunk)
            if flat:
                tx.execute(sa.insert(leaves), flat)


def _chunks(rows: Iterable[JsonDict]) -> Iterator[list[JsonDict]]:
    waiting = iter(rows)
    while chunk := list(itertools.islice(waiting, CHUNK)):
        yield chunk


def _row(kind: str, name: str, document: JsonDict, created: float, status: str = "", parent: str = "") -> JsonDict:
    members = [value for member, value in document.items() if member.endswith("Arn") and isinstance(value, str)]
    arn = next(value for value in members if value.split(":", 5)[5].split("/", 1)[-1].endswith(name))
    actor = {"IamIdentity": {"Arn": f"arn:aws:iam::{ACCOUNT}:root"}}
    times = {"CreationTime": created, "LastModifiedTime": created}
    return {
        "arn": arn,
        "account": ACCOUNT,
        "region": REGION,
        "service": "sagemaker",
        "kind": kind,
        "name": name,
        "parent": parent,
        "status": status,
        "created": created,
        "modified": created,
        "version": 1,
        "document": {**times, "CreatedBy": actor, "LastModifiedBy": actor, **document},
        "facts": {},
    }


def _arn(rest: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{rest}"
