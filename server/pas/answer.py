"""What an answer is made from: the Claim, the current result of each of its items, and what the answer is for.

The builders of its resources take this and nothing else, so that the same case gives the same answer, whoever asks:
the requester, an inquiry later, or a subscriber.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from server.cases.case import Ask, CaseItem, Decider, Generation, ReviewActionCode
from server.clock import instant
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.business_error import BusinessError
from server.pas.review_action import ReviewAction
from server.pas.submission import Submission

Purpose = Literal["submit", "inquiry", "notification"]
"""What an answer is for: the guide's profiles differ, and what may stand in it."""

_CERTIFIED: frozenset[ReviewActionCode] = frozenset({"A1", "A2", "A6"})


@dataclass(frozen=True)
class AnsweredItem:
    """One Claim.item with its current result."""

    element: Element
    result: CaseItem

    @property
    def action(self) -> ReviewAction:
        """The codes of its answer."""
        return ReviewAction(self.result.review_action, self.result.reasons)

    @property
    def sequence(self) -> int:
        """Claim.item.sequence."""
        return self.result.sequence

    @property
    def is_certified(self) -> bool:
        """Whether it has an authorization, of all that was requested or of a part."""
        return self.result.review_action in _CERTIFIED

    @property
    def authorization_number(self) -> str | None:
        """The number of its authorization."""
        return self.result.authorization_number if self.is_certified else None

    @property
    def valid(self) -> DatePeriod | None:
        """The days that its authorization is valid for."""
        return self.result.valid if self.is_certified else None

    @property
    def waits(self) -> bool:
        """Whether it is pended."""
        return self.result.review_action == "A4"

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What is asked of the requester and not answered yet."""
        return tuple(ask for ask in self.result.asks if ask.answered is None) if self.waits else ()


@dataclass(frozen=True)
class Answer:
    """All of one answer."""

    submission: Submission
    items: Sequence[AnsweredItem]
    errors: Sequence[BusinessError]
    created: datetime
    base: str
    """The base URL of this server."""
    bundle_id: str
    claim_response_id: str
    generation: Generation = "2.2"
    purpose: Purpose = "submit"
    is_subset: bool = False
    """Whether it leaves out items of the case that an update did not name."""

    @property
    def claim(self) -> Element:
        """The Claim that is answered."""
        return self.submission.claim

    @property
    def created_text(self) -> str:
        """The instant of the answer."""
        return instant(self.created)

    @cached_property
    def authorization_number(self) -> str | None:
        """The number of all that the answer certifies; the first where there are several: a header has one."""
        return next((item.authorization_number for item in self.items if item.authorization_number), None)

    @property
    def reviewers(self) -> Sequence[Decider]:
        """The people who decided items."""
        return [item.result.decider for item in self.items if item.result.decider]

    def url(self, kind: str, id: str) -> str:
        """The absolute URL of a resource of ours."""
        return f"{self.base}/{kind}/{id}"

    def waiting_items(self) -> Iterator[AnsweredItem]:
        """The items that wait."""
        return (item for item in self.items if item.waits)


def answered_items(submission: Submission, results: Iterable[CaseItem], *, whole: bool = False) -> list[AnsweredItem]:
    """The items of the Claim with their results, in the order of the Claim; those without a result are left out.

    `whole` adds the results of items that an update did not name, by what the case knows of them.
    Spec: hl7.fhir.us.davinci-pas_2.0.1@182
    """
    by_sequence = {result.sequence: result for result in results}
    pairs = (
        (element, by_sequence.pop(element.integer("sequence") or 0, None))
        for element in submission.claim.children("item")
    )
    found = [AnsweredItem(element, result) for element, result in pairs if result]
    others = by_sequence.values() if whole else ()
    return [*found, *(AnsweredItem(_as_known(result), result) for result in others)]


def _as_known(result: CaseItem) -> Element:
    """A Claim.item that says no more than the case itself knows."""
    codings = [{"system": code.system, "code": code.code} for code in result.codes]
    named = {"productOrService": {"coding": codings}} if codings else {}
    return Element({"sequence": result.sequence, **named}, "Claim.item")


def period(days: DatePeriod) -> Json:
    """The FHIR Period of the days."""
    ends = {"start": days.start, "end": days.end}
    return {name: day.isoformat() for name, day in ends.items() if day}


def envelope(periods: Sequence[DatePeriod]) -> DatePeriod | None:
    """The days from the first to the last of all periods."""
    if not periods:
        return None
    starts = [each.start for each in periods if each.start]
    ends = [each.end for each in periods if each.end]
    whole = len(starts) == len(periods), len(ends) == len(periods)
    return DatePeriod(min(starts) if whole[0] else None, max(ends) if whole[1] else None)
