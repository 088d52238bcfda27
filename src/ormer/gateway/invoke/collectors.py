"""What Prometheus reads at /metrics about invocations; counted by the lane, read only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from ormer.engines.hosting.tallies import Tallies

WHOSE = ("account", "region", "endpoint", "variant")
FAST, SERVER = "evaluator", "server"


class InvocationCounts(Collector):
    """Invocations by endpoint, variant and path: answered in the server's own process, or by a model server."""

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies

    def collect(self) -> Iterator[CounterMetricFamily]:
        counts = CounterMetricFamily("ormer_invocations", "Invocations of models", labels=(*WHOSE, "path"))
        failures = CounterMetricFamily("ormer_invocation_failures", "Invocations that failed", labels=WHOSE)
        seconds = CounterMetricFamily("ormer_model_seconds", "Time that models took", labels=WHOSE)
        for series, total in self._tallies.totals():
            counts.add_metric((*series, FAST), total.fast)
            counts.add_metric((*series, SERVER), total.servers)
            failures.add_metric(series, total.failures)
            seconds.add_metric(series, total.seconds)
        yield from (counts, failures, seconds)
