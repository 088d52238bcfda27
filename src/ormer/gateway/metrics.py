"""What Prometheus reads at /metrics about the gateway."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

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
