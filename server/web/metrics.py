"""What is measured of every request, in Prometheus' text format. Each application has its own registry.

Spec page: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


class Metrics:
    """The metrics of one application."""

    def __init__(self, version: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        labels = ("method", "route", "status")
        self._requests = Counter("passage_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "passage_request_seconds",
            "Seconds from the request's head to the end of its answer.",
            ("route",),
            buckets=_BUCKETS_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge("passage_requests_in_flight", "Requests being answered now.", registry=self._registry)
        self.content_problems = Gauge(
            "passage_content_problems", "Findings that keep the newest content out of force.", registry=self._registry
        )
        self.broken_rules = Counter(
            "passage_broken_rules",
            "Requests and answers that break a rule of their profiles, by what became of them.",
            ("operation", "event", "rule"),
            registry=self._registry,
        )
        Gauge("passage_info", "The running version.", ("version",), registry=self._registry).labels(version).set(1)

        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request. `route` is a template, so that labels stay few and name no patient."""
        found = self._answered.get((method, route, status))
        if found is None:
            found = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            self._answered[method, route, status] = found
        answered, took = found
        answered.inc()
        took.observe(seconds)

    def text(self) -> bytes:
        """All metrics in the text format."""
        return generate_latest(self._registry)
