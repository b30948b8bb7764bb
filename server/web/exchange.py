"""What was asked and answered on a FHIR base, for whoever listens: told once for each call, also for a refused one.

Spec page: https://hl7.org/fhir/us/davinci-pas/metrics.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from server.clock import Clock
from server.errors import Issue, RequestRefused, StoreUnavailable
from server.storage.port import DocumentTooLarge
from server.web.declare import FhirAnswer, FhirRequest
from server.web.errors import FAILED, STATUS, TOO_LARGE_TO_KEEP, UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer."""

    name: str
    """Of the endpoint, such as `Claim/$submit`."""
    request: FhirRequest
    """As far as it was read before it was answered."""
    answered: datetime
    status: int
    body: bytes = b""
    """The answer; of a refused call nothing: its issues are beside it."""
    issues: tuple[Issue, ...] = ()


Hears = Callable[[Exchange], None]
"""Takes an exchange. It is called on the way of the answer, so it only takes it down."""


class Hearing:
    """Watches one call from its head to its answer, and tells of it at the end."""

    def __init__(self, hears: Hears | None, name: str, request: FhirRequest, clock: Clock) -> None:
        self.request = request
        self.answer = FhirAnswer(b"", 500)
        self._hears = hears
        self._name = name
        self._clock = clock

    def __enter__(self) -> "Hearing":
        """Begins."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tells, and lets the error go on. A client that went away gets no answer, so there is nothing to tell."""
        if self._hears is None or (error is not None and not isinstance(error, Exception)):
            return
        status, issues = (self.answer.status, ()) if error is None else _refusal(error)
        body = self.answer.body if error is None else b""
        self._hears(Exchange(self._name, self.request, self._clock(), status, body, issues))


def _refusal(error: BaseException) -> tuple[int, tuple[Issue, ...]]:
    match error:
        case RequestRefused():
            return STATUS[error.refusal], error.issues
        case StoreUnavailable():
            return 503, (UNAVAILABLE,)
        case DocumentTooLarge():
            return 413, (TOO_LARGE_TO_KEEP,)
        case _:
            return 500, (FAILED,)
