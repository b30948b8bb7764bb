"""Takes note of what breaks profiles, in the log and in the metrics: rules and places, and nothing of a resource.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#http-responses
"""

from collections import Counter
from collections.abc import Sequence

import structlog

from server.fhir.validation.finding import Finding
from server.web.metrics import Metrics

_MOST_PLACES = 20


class Told:
    """The note-taker of one application.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-41
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._log = structlog.get_logger("passage.validation")

    def __call__(self, event: str, name: str, findings: Sequence[Finding]) -> None:
        """Counts each rule once for a message, and logs where it is broken."""
        errors = [finding for finding in findings if finding.severity == "error" and not finding.explained]
        for rule in Counter(finding.message for finding in errors):
            self._metrics.broken_rules.labels(name, event, rule).inc()
        level = self._log.error if event == "answer" else self._log.info
        level("profiles are broken", of=event, operation=name, rules=[place_of(one) for one in errors[:_MOST_PLACES]])


def place_of(finding: Finding) -> str:
    """The rule and the place. A key that no element has may be anything, so it is left out of its place."""
    place = finding.expression
    if finding.message == "unknown-element":
        place = place.rpartition(".")[0] or place
    return f"{finding.message} {place}"
