"""How invocations went: counted in memory by the lane's loop, written to CloudWatch as statistics every few seconds.

A crash loses the counts of those seconds; nothing else. Only the loop counts and takes the counts away, so no request
waits for a lock.
https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ormer.aws.errors import AwsError
from ormer.engines.hosting.routes import Route
from ormer.stores import metrics
from ormer.stores.database import Tx

NAMESPACE = "AWS/SageMaker"
OWN_NAMESPACE = "ormer/Endpoints"
MICROSECONDS = 1e6
Statistics = tuple[float, float, float, float]


class Series(NamedTuple):
    """Whose counts they are."""

    account: str
    region: str
    endpoint: str
    variant: str


class Spread:
    """Count, sum, least and greatest of a measure in seconds."""

    __slots__ = ("count", "greatest", "least", "sum")

    def __init__(self) -> None:
        self.count, self.sum, self.least, self.greatest = 0, 0.0, float("inf"), 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.sum += seconds
        if seconds < self.least:
            self.least = seconds
        if seconds > self.greatest:
            self.greatest = seconds

    @property
    def microseconds(self) -> Statistics:
        return (self.count, self.sum * MICROSECONDS, self.least * MICROSECONDS, self.greatest * MICROSECONDS)


class Tally:
    """Counts of one variant since they were last taken away.

    fast: answered by the variant's evaluator. errors_model: the model's own errors, time-outs among them.
    per_instance: the sum of 1/instances. own: further counts by the name of their metric in `ormer/Endpoints`.
    """

    __slots__ = (
        "errors_4xx",
        "errors_5xx",
        "errors_model",
        "fast",
        "invocations",
        "model",
        "overhead",
        "own",
        "per_instance",
        "setup",
    )

    def __init__(self) -> None:
        self.invocations = self.fast = self.errors_4xx = self.errors_5xx = self.errors_model = 0
        self.per_instance = 0.0
        self.model, self.overhead, self.setup = Spread(), Spread(), Spread()
        self.own: dict[str, int] = {}

    def evaluated(self, seconds: float, seconds_model: float, instances: int) -> None:
        """Count an invocation that the variant's evaluator answered, like `served`."""
        self.fast += 1
        self.invocations += 1
        self.per_instance += 1 / instances
        self.model.add(seconds_model)
        self.overhead.add(seconds - seconds_model)

    def served(self, seconds: float, seconds_model: float, seconds_setup: float, instances: int) -> None:
        """Count an invocation that took `seconds` in all, good or not; parts that are 0 did not happen."""
        self.invocations += 1
        self.per_instance += 1 / instances
        if seconds_model:
            self.model.add(seconds_model)
            self.overhead.add(max(0.0, seconds - seconds_model))
        if seconds_setup:
            self.setup.add(seconds_setup)

    def failed(self, error: AwsError) -> None:
        """Count why an invocation failed: the model's own status decides, where it gave one."""
        status = error.fields.get("OriginalStatusCode", error.status)
        if 400 <= status < 500:
            self.errors_4xx += 1
        else:
            self.errors_5xx += 1
        if error.code == "ModelError":
            self.errors_model += 1

    def note(self, name: str) -> None:
        """Count something else, for a metric of this name in `ormer/Endpoints`."""
        self.own[name] = self.own.get(name, 0) + 1


@dataclass
class Total:
    """Counts of one variant since the server started, for Prometheus. seconds: the models' part of the time."""

    servers: int = 0
    fast: int = 0
    failures: int = 0
    seconds: float = 0.0


class Tallies:
    """All counts. For the lane's loop only, except `totals`."""

    def __init__(self) -> None:
        self._current: dict[Series, Tally] = {}
        self._totals: dict[Series, Total] = {}
        # The same counts as in _current, found quicker: by the endpoint's ARN and the variant.
        self._found: dict[tuple[str, str], Tally] = {}

    def of(self, route: Route, variant: str) -> Tally:
        """The running counts of a variant."""
        found = self._found.get((route.arn, variant))
        if found is None:
            series = Series(route.account, route.region, route.name, variant)
            found = self._current.get(series)
            if found is None:
                found = self._current[series] = Tally()
            self._found[route.arn, variant] = found
        return found

    def take(self) -> dict[Series, Tally]:
        """The counts so far, which begin again at nothing."""
        taken, self._current, self._found = self._current, {}, {}
        totals = dict(self._totals)
        for series, tally in taken.items():
            totals[series] = _added(totals.get(series, Total()), tally)
        self._totals = totals
        return taken

    def totals(self) -> Iterator[tuple[Series, Total]]:
        """Counts since the start; may be asked from any thread."""
        totals, current = self._totals, dict(self._current)
        for series in {**totals, **dict.fromkeys(current)}:
            total = totals.get(series, Total())
            yield series, _added(total, current[series]) if series in current else total


def write(tx: Tx, taken: dict[Series, Tally], now: float) -> None:
    """Put counts into CloudWatch, one statistic set a metric."""
    for series, tally in taken.items():
        dimensions = [
            {"Name": "EndpointName", "Value": series.endpoint},
            {"Name": "VariantName", "Value": series.variant},
        ]
        for namespace, name, statistics, unit in _points(tally):
            metrics.put_statistics(
                tx, series.account, series.region, namespace, name, statistics, now, dimensions, unit
            )


def _points(tally: Tally) -> Iterator[tuple[str, str, Statistics, str]]:
    count = tally.invocations
    if count:
        each = tally.per_instance / count
        yield NAMESPACE, "Invocations", (count, count, 1.0, 1.0), "None"
        yield NAMESPACE, "InvocationsPerInstance", (count, tally.per_instance, each, each), "None"
        yield NAMESPACE, "Invocation4XXErrors", _flags(tally.errors_4xx, count), "None"
        yield NAMESPACE, "Invocation5XXErrors", _flags(tally.errors_5xx, count), "None"
        yield NAMESPACE, "InvocationModelErrors", _flags(tally.errors_model, count), "None"
        yield OWN_NAMESPACE, "FastPathInvocations", _flags(tally.fast, count), "Count"
    for name, spread in (
        ("ModelLatency", tally.model),
        ("OverheadLatency", tally.overhead),
        ("ModelSetupTime", tally.setup),
    ):
        if spread.count:
            yield NAMESPACE, name, spread.microseconds, "Microseconds"
    for name, times in tally.own.items():
        yield OWN_NAMESPACE, name, (times, times, 1.0, 1.0), "Count"


def _flags(times: int, count: int) -> Statistics:
    """A metric that is 1 for each invocation it happened in, and 0 for each other one."""
    return (count, times, 1.0 if times == count else 0.0, 1.0 if times else 0.0)


def _added(total: Total, tally: Tally) -> Total:
    return Total(
        total.servers + tally.invocations - tally.fast,
        total.fast + tally.fast,
        total.failures + tally.errors_4xx + tally.errors_5xx,
        total.seconds + tally.model.sum,
    )
