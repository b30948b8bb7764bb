"""Terminology that remembers what a terminology server said, over the facts that are shipped.

Rules ask in the middle of their work and can't wait; what they ask in vain is noted, a server is asked between two
passes, and the second pass finds the answers here.
Spec page: https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from server.fhir.terminology.port import Codes, CodeSet, Terminology

MOST_REMEMBERED = 20_000
MOST_WANTED = 500


@dataclass(frozen=True, slots=True)
class Question:
    """Is a code one of a system, or of a value set?"""

    system: str
    code: str
    value_set: str = ""
    """Canonical; empty asks for the code system alone."""


class LearnedTerminology:
    """The shipped terminology, and what was learned. Safe to use from several threads."""

    def __init__(self, local: Terminology) -> None:
        self._local = local
        self._known: dict[Question, bool | None] = {}
        self._wanted: dict[Question, None] = {}
        self._lock = Lock()

    def value_set(self, canonical: str, prefer: Sequence[tuple[str, str]] = ()) -> CodeSet | None:
        """The shipped value set, completed by what was learned about it."""
        found = self._local.value_set(canonical, prefer)
        return None if found is None else _LearnedSet(self, found, canonical)

    def system(self, url: str) -> Codes | None:
        """The shipped code system, or what was learned about the codes of any other that a guide names."""
        return self._local.system(url) or (_LearnedSystem(self, url) if self.is_published(url) else None)

    def is_checked(self, system: str, code: str) -> bool:
        """Whether the code can be judged by now."""
        if self._local.is_checked(system, code):
            return True
        return self.is_published(system) and self.answer(Question(system, code)) is not None

    def is_published(self, system: str) -> bool:
        """Whether a guide names the system."""
        return self._local.is_published(system)

    def answer(self, question: Question) -> bool | None:
        """What is known; None for what nobody knows. A question that was never answered is noted."""
        with self._lock:
            if question in self._known:
                return self._known[question]
            if len(self._wanted) < MOST_WANTED:
                self._wanted[question] = None
        return None

    def wanted(self) -> list[Question]:
        """The questions that were noted since the last time."""
        with self._lock:
            found = list(self._wanted)
            self._wanted.clear()
        return found

    def remember(self, question: Question, answer: bool | None) -> None:
        """Keeps an answer; None says that the server does not know either. The oldest answers are forgotten."""
        with self._lock:
            self._known[question] = answer
            while len(self._known) > MOST_REMEMBERED:
                del self._known[next(iter(self._known))]


@dataclass(frozen=True, slots=True)
class _LearnedSet:
    terminology: LearnedTerminology
    local: CodeSet
    canonical: str

    def has(self, system: str | None, code: str) -> bool | None:
        """Whether a code is in the set, as far as is known by now."""
        found = self.local.has(system, code)
        if found is not None or not system or not code:
            return found
        return self.terminology.answer(Question(system, code, self.canonical))


@dataclass(frozen=True, slots=True)
class _LearnedSystem:
    terminology: LearnedTerminology
    url: str

    def has(self, code: str) -> bool:
        """Whether the code is not known to be wrong."""
        return self.terminology.answer(Question(self.url, code)) is not False
