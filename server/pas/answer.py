"""What an answer is made from: the request, what was decided, and the ids, numbers and instants given to it.

The builders of its resources take this and nothing else, so that the same decision gives the same answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from server.cases.case import ReviewActionCode
from server.clock import Ids, instant
from server.decision.determination import Approved, ItemDetermination, Limited, NotRequired, Pended
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.business_error import BusinessError
from server.pas.review_action import ReviewAction, review_action
from server.pas.submission import Submission

_CERTIFIED: frozenset[ReviewActionCode] = frozenset({"A1", "A6"})


@dataclass(frozen=True)
class AnsweredItem:
    """One Claim.item with its determination."""

    element: Element
    determination: ItemDetermination

    @cached_property
    def action(self) -> ReviewAction:
        """The codes of its answer."""
        return review_action(self.determination)

    @property
    def sequence(self) -> int:
        """Claim.item.sequence."""
        return self.determination.sequence

    @property
    def is_certified(self) -> bool:
        """Whether it gets an authorization, of all that was requested or of a part."""
        return self.action.code in _CERTIFIED

    @property
    def valid(self) -> DatePeriod | None:
        """The days that its authorization is valid for."""
        outcome = self.determination.outcome
        return outcome.valid if isinstance(outcome, NotRequired | Approved | Limited) else None

    @property
    def pended(self) -> Pended | None:
        """What it waits for."""
        outcome = self.determination.outcome
        return outcome if isinstance(outcome, Pended) else None


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
    ids: Ids
    authorization_number: str | None = None
    """One number for all that the answer certifies, so that a caller has one to name."""
    reference_number: str | None = None
    """Our number of the request, whatever its state."""

    @property
    def claim(self) -> Element:
        """The Claim that is answered."""
        return self.submission.claim

    @property
    def created_text(self) -> str:
        """The instant of the answer."""
        return instant(self.created)

    @property
    def issue_date(self) -> str:
        """The day of the answer, in UTC."""
        return self.created_text[:10]

    def url(self, kind: str, id: str) -> str:
        """The absolute URL of a resource of ours."""
        return f"{self.base}/{kind}/{id}"

    def pended_items(self) -> Iterator[tuple[AnsweredItem, Pended]]:
        """The items that wait, with what they wait for."""
        for item in self.items:
            if item.pended:
                yield item, item.pended


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
