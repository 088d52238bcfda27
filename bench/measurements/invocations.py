"""Invocations of an endpoint through the signed InvokeEndpoint, beside model servers that people use.

One model (50 trees of depth 5 over 10 features), the same rows, one load generator. Ours verifies a signature and asks
IAM for every request; the rivals do neither.

CPU a request is measured with the server busy (several connections). At one connection every answer wakes the generator
up on another processor, and the kernel counts that as the server's work: 5 to 60 µs on virtual machines, for whoever
answers.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy
import xgboost

from bench import load
from bench.endpoints import Endpoint, Endpoints
from bench.figures import Figure, Result, Skipped
from bench.load import LoadFailed, Target
from bench.peers import PeerMissing, Peers
from bench.processes import cpu_seconds, megabytes, tree
from bench.rivals.servers import RIVALS, Rows, csv_predictions, running
from bench.servers import fresh_home, served
from bench.sharing import sharing

FEATURES, TREES, DEPTH = 10, 50, 5
ROWS = (1, 100, 10_000)
TURNS = 32
FLUSH_SECONDS = 1.6
ROUNDS = 3
SECONDS = 2.0
WARM_SECONDS = 1.0
CONNECTIONS = 8
STARTS = 5
CHECKED = 3
MORE_ENDPOINTS = 10
RAW_CALLS = 2_000
GOAL = "≤ 1/10 of the best rival's"


@dataclass
class Measured:
    """What one server was measured to do; lists hold one sample a round, by number of rows where it matters."""

    name: str
    cpu_us: dict[int, list[float]] = field(default_factory=dict)
    p50_ms: dict[int, list[float]] = field(default_factory=dict)
    p99_ms: dict[int, list[float]] = field(default_factory=dict)
    busy_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)
    start_seconds: list[float] = field(default_factory=list)


def measure(peers: Peers) -> list[Result]:
    """Every server by itself, one after the other."""
    with TemporaryDirectory(prefix="ormer-bench-") as folder:
        model, table = Path(folder) / "model.json", _table()
        _train(model)
        check = _check(model, table)
        ours, found = _ours(model, table, check)
        rivals: list[Measured] = []
        for rival in RIVALS:
            try:
                with running(rival, peers, Path(folder) / rival.name, model) as server:
                    check(rival.predictions(load.once(server.target(table[:CHECKED]))))
                    rivals.append(_measured(rival.name, server.target, lambda pid=server.pid: tree(pid), table))
                    rivals[-1].start_seconds.append(server.start_seconds)
            except (PeerMissing, LoadFailed) as error:
                found.append(Skipped(rival.name, f"skipped: {error}"))
        return [*_compared(ours[0], rivals), *_alone(ours), _raw(model, table), *found]


def _ours(model: Path, table: Rows, check: Callable[[list[float]], None]) -> tuple[list[Measured], list[Result]]:
    """The fast path first, then what costs more; and what endpoints themselves cost."""
    measured = []
    with fresh_home() as home, served(home) as server, Endpoints(server, model) as endpoints:

        def processes() -> list[Any]:
            return tree(server.pid, str(home))

        kinds = {
            "fast path": ("plain", False),
            "fast path, all captured": ("plain", True),
            "sandboxed server": ("scripted", False),
            "sandboxed server, all captured": ("scripted", True),
        }
        for name, (kind, captured) in kinds.items():
            endpoint = endpoints.make(name.replace(" ", "-").replace(",", ""), kind, captured)
            check(csv_predictions(load.once(endpoint.target(table[:CHECKED]))))
            measured.append(_measured(name, endpoint.target, processes, table))
            if kind == "plain" and not endpoints.answered_in_process(endpoint.name):
                measured[-1].name = name.replace("fast path", "built-in model's own server")
            endpoints.remove([endpoint.name])
        return measured, [_captured(endpoints, processes, table), *_costs(endpoints, processes)]


def _captured(endpoints: Endpoints, processes: Callable[[], list[Any]], table: Rows) -> Result:
    """What capture adds: two endpoints in turns, since a machine's speed wanders by more than that."""
    made = {captured: endpoints.make(f"turns-{captured}".lower(), "plain", captured) for captured in (False, True)}
    used: dict[bool, list[float]] = {False: [], True: []}
    for each in made.values():
        load.run(each.target(table[:1]), CONNECTIONS, WARM_SECONDS)
    time.sleep(FLUSH_SECONDS)
    with sharing(processes()):
        for number in range(TURNS):
            for captured in sorted(made, reverse=bool(number % 2)):
                # What waits in memory is written within this time.
                cost, _ = _round(made[captured].target(table[:1]), CONNECTIONS, processes, FLUSH_SECONDS)
                used[captured].append(cost)
    endpoints.remove([each.name for each in made.values()])
    how = (
        f"1 row, {CONNECTIONS} connections, {TURNS} rounds of each in turns, with what is written {FLUSH_SECONDS:g} s "
        "later, server and generator on one processor; the ratio is the median of the pairs'"
    )
    name, peer = "CPU a request, all captured", "without capture"
    return Figure(name, "µs", used[True], how, "≤ 1.10 ×", peer, used[False], paired=True)


def _costs(endpoints: Endpoints, processes: Callable[[], list[Any]]) -> list[Result]:
    """How long an endpoint takes to be in service, and what ten more of them hold."""
    made: list[Endpoint] = [endpoints.make(f"start-{number}") for number in range(STARTS)]
    endpoints.remove([each.name for each in made])
    before = megabytes(processes())
    more = [endpoints.make(f"more-{number}") for number in range(MORE_ENDPOINTS)]
    each = (megabytes(processes()) - before) / MORE_ENDPOINTS
    endpoints.remove([one.name for one in more])
    took = [one.in_service_seconds for one in made]
    how = "from CreateEndpoint to InService, asked every 10 ms, built-in XGBoost, environment built before"
    return [
        Figure("endpoint in service", "s", took, how, "≤ 2 s"),
        Figure(
            "one more endpoint", "MB", [each], f"what {MORE_ENDPOINTS} more endpoints hold, divided by as many (PSS)"
        ),
    ]


def _measured(name: str, target: Callable[[Rows], Target], processes: Callable[[], list[Any]], table: Rows) -> Measured:
    """Rounds at one connection for every number of rows, then rounds at several for one row."""
    found = Measured(name)
    for count in ROWS:
        one = target(table[:count])
        load.run(one, 1, WARM_SECONDS)
        for _ in range(ROUNDS):
            used, done = _round(one, 1, processes)
            found.cpu_us.setdefault(count, []).append(used)
            found.p50_ms.setdefault(count, []).append(done.p50_ms)
            found.p99_ms.setdefault(count, []).append(done.p99_ms)
    for _ in range(ROUNDS):
        used, done = _round(target(table[:1]), CONNECTIONS, processes)
        found.busy_us.append(used)
        found.per_second.append(done.per_second)
    found.resident_mb.append(megabytes(processes()))
    return found


def _round(
    target: Target, connections: int, processes: Callable[[], list[Any]], after: float = 0.0
) -> tuple[float, load.Load]:
    """CPU a request (µs) of these processes, with what they do some seconds after the load; and the load."""
    before = cpu_seconds(processes())
    done = load.run(target, connections, SECONDS)
    time.sleep(after)
    return (cpu_seconds(processes()) - before) / done.requests * 1e6, done


def _compared(ours: Measured, rivals: Sequence[Measured]) -> list[Result]:
    """Ours beside the best rival in each respect; the line below the table names them all."""
    said = f"load by {load.generator()}, {SECONDS:g} s a round"
    path = f"ours: {ours.name}"
    respects: list[tuple[str, str, str, Callable[[Measured], list[float]], bool, str]] = [
        (
            "CPU a request, 1 row",
            "µs",
            f"CPU of the whole process tree by requests, {CONNECTIONS} connections; {said}",
            lambda one: one.busy_us,
            False,
            GOAL,
        ),
        ("the same, 1 connection", "µs", f"with the generator's waking up; {said}", _cpu(1), False, ""),
        ("p50, 1 row", "ms", f"1 connection; {said}", lambda one: one.p50_ms[1], False, "< 1 ms"),
        ("p99, 1 row", "ms", f"1 connection; {said}", lambda one: one.p99_ms[1], False, ""),
        ("requests, 1 row", "1/s", f"{CONNECTIONS} connections; {said}", lambda one: one.per_second, True, ""),
        ("CPU a request, 100 rows", "µs", f"as for 1 row, 1 connection; {said}", _cpu(100), False, ""),
        ("CPU a request, 10,000 rows", "µs", f"as for 1 row, 1 connection; {said}", _cpu(10_000), False, ""),
        ("p50, 10,000 rows", "ms", f"1 connection; {said}", lambda one: one.p50_ms[10_000], False, ""),
        (
            "resident",
            "MB",
            "PSS of the process tree after the load; ours is the whole server",
            lambda one: one.resident_mb,
            False,
            "",
        ),
    ]
    found: list[Result] = []
    for name, unit, how, samples, more_is_better, goal in respects:
        order = sorted(rivals, key=lambda one: statistics.median(samples(one)), reverse=more_is_better)
        told = "; ".join(f"{one.name} {statistics.median(samples(one)):,.4g}" for one in order)
        best, peer_samples = (order[0].name, samples(order[0])) if order else ("", [])
        found.append(Figure(name, unit, samples(ours), f"{path}; {how}. {told}", goal, best, peer_samples))
    return found


def _cpu(rows: int) -> Callable[[Measured], list[float]]:
    return lambda one: one.cpu_us[rows]


def _alone(ours: Sequence[Measured]) -> list[Result]:
    """What capture and a server behind the gateway add."""
    found: list[Result] = []
    for one in ours[1:]:
        told = ", ".join(f"{rows:,} rows {statistics.median(one.cpu_us[rows]):,.0f} µs" for rows in ROWS[1:])
        speed = f"p50 {statistics.median(one.p50_ms[1]):.3g} ms, {statistics.median(one.per_second):,.0f} requests/s"
        found.append(Figure(f"CPU a request, {one.name}", "µs", one.busy_us, f"1 row: {speed}; {told}"))
    return found


def _check(model: Path, table: Rows) -> Callable[[list[float]], None]:
    """A function that raises LoadFailed for predictions that are not this model's: nobody is fast with others."""
    expected = _booster(model).inplace_predict(numpy.asarray(table[:CHECKED], dtype=numpy.float32))

    def check(predictions: list[float]) -> None:
        if not numpy.allclose(predictions, expected, rtol=1e-5):
            raise LoadFailed(f"it predicts {predictions}, the model says {expected.tolist()}")

    return check


def _raw(model: Path, table: Rows) -> Result:
    """The prediction alone, which is below any server's reach that asks xgboost."""
    booster = _booster(model)
    row = numpy.asarray(table[:1], dtype=numpy.float32)
    samples = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(RAW_CALLS):
            booster.inplace_predict(row)
        samples.append((time.process_time() - began) / RAW_CALLS * 1e6)
    return Figure("Booster.inplace_predict, 1 row", "µs", samples, f"CPU of {RAW_CALLS} calls in a loop, no server")


def _train(model: Path) -> None:
    """The model all of them serve. base_score is written as releases before 3.1 write it, which all of them read."""
    generator = numpy.random.default_rng(1)
    features = generator.normal(size=(5_000, FEATURES))
    label = features @ generator.normal(size=FEATURES) + generator.normal(size=5_000)
    parameters = {"max_depth": DEPTH, "objective": "reg:squarederror", "nthread": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(features, label), TREES)
    document = json.loads(booster.save_raw("json"))
    parameters = document["learner"]["learner_model_param"]
    parameters["base_score"] = parameters["base_score"].strip("[]")
    model.write_text(json.dumps(document))


def _booster(model: Path) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(model)
    booster.set_param("nthread", 1)
    return booster


def _table() -> Rows:
    """The rows that are sent, with as many digits as people's data have."""
    rows: list[list[float]] = numpy.random.default_rng(2).normal(size=(max(ROWS), FEATURES)).round(4).tolist()
    return rows
