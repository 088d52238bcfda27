"""What Prometheus reads at /metrics about the gateway, and about tasks that raise."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from ormer.engines.raising import Raised

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)


class Metrics:
    """Counts and durations by service and operation; only names AWS knows become labels."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("service", "operation")
        self._requests = Counter(
            "ormer_requests_total", "Requests answered", (*names, "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "ormer_request_seconds", "Time to answer", names, buckets=SECONDS_BUCKETS, registry=self.registry
        )

    def count(self, service: str, operation: str, status: int, seconds: float) -> None:
        self._requests.labels(service, operation, str(status)).inc()
        self._seconds.labels(service, operation).observe(seconds)

    def text(self) -> bytes:
        """The page in Prometheus's text format."""
        return generate_latest(self.registry)


class TaskCounts(Collector):
    """How often tasks raised, and how often one was given up for it, by the kind of task."""

    def __init__(self, troubles: Raised) -> None:
        self._troubles = troubles

    def collect(self) -> Iterator[CounterMetricFamily]:
        raised = CounterMetricFamily("ormer_tasks_raised", "Tries of tasks that raised", labels=("task",))
        given_up = CounterMetricFamily("ormer_tasks_given_up", "Tasks that were given up", labels=("task",))
        for kind, count in self._troubles.raised.copy().items():
            raised.add_metric((kind,), count)
        for kind, count in self._troubles.given_up.copy().items():
            given_up.add_metric((kind,), count)
        yield from (raised, given_up)
