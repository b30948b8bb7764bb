"""What becomes of an item when evidence arrives: certified by the rules, asked for more, or waiting for a person. Pure.

An arrival never lowers: what is decided stays, and where the rules would now exclude or still do not know, a person
decides. An item that a person took out of the rules' hands is decided by people.
Spec page: https://hl7.org/fhir/us/davinci-pas/additionalinfo.html
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from server.cases.case import Ask, CaseItem
from server.cases.outcome import with_person
from server.decision.plan.clock import tolled
from server.decision.plan.plan import Tolling

_NEEDS_INFORMATION = "0U"
_NEEDS_REVIEW = "0V"
_CERTIFIED = frozenset({"A1", "A6"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an item is settled with."""

    at: datetime
    answered: Set[str]
    """Ids of the requests for information that are answered now."""
    number: str
    """The authorization number of what is certified."""
    tolling: Tolling | None = None
    """How the time that the requester took moves the due time; None: not at all."""
    expedited: bool = False


def settle(before: CaseItem, fresh: CaseItem | None, arrival: Arrival) -> CaseItem:
    """The item after the arrival. `fresh` is what the rules say now; None when they can't be asked.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-34
    """
    asks = tuple(
        replace(ask, answered=arrival.at) if ask.id in arrival.answered and not ask.answered else ask
        for ask in before.asks
    )
    if fresh and fresh.review_action in _CERTIFIED and not with_person(before):
        return _certified(before, fresh, asks, arrival)
    still = fresh if fresh and fresh.review_action == "A4" else None
    return _waiting(before, still, asks, arrival)


def _certified(before: CaseItem, fresh: CaseItem, asks: tuple[Ask, ...], arrival: Arrival) -> CaseItem:
    return replace(
        before,
        review_action=fresh.review_action,
        explanation=fresh.explanation,
        reasons=fresh.reasons,
        note=fresh.note,
        valid=fresh.valid,
        allowed=fresh.allowed,
        authorization_number=arrival.number,
        asks=asks,
        issued=arrival.at.astimezone(UTC).date(),
        decided=arrival.at,
        due=None,
        owner=None,
        waits_for=None,
    )


def _waiting(before: CaseItem, still: CaseItem | None, asks: tuple[Ask, ...], arrival: Arrival) -> CaseItem:
    new = _newly_asked(before, still, asks)
    everything = (*asks, *new)
    open_ = [ask for ask in everything if ask.answered is None]
    asked_by_person = (
        before.waits_for == "information" and before.explanation["outcome"].get("waits_for") != "information"
    )
    goes_on = bool(open_) and ((still.waits_for if still else before.waits_for) == "information" or asked_by_person)
    item = replace(
        before,
        waits_for="information" if goes_on else "review",
        reasons=(_NEEDS_INFORMATION if goes_on else _NEEDS_REVIEW,),
        asks=everything,
        owner=still.owner if still and not with_person(before) else before.owner,
        due=_due(before, open_, arrival),
    )
    if still:
        item = replace(item, explanation=still.explanation, note=still.note)
    if before.waits_for == "information" and not open_:
        item = replace(item, note=_joined(item.note, "What was asked for has come; a person reviews the request."))
    return item


def _newly_asked(before: CaseItem, still: CaseItem | None, asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """What the rules ask for now and never did before: nobody is asked twice for what they sent."""
    if still is None or still.waits_for != "information" or before.waits_for == "review":
        return ()
    known = {ask.code for ask in asks}
    return tuple(ask for ask in still.asks if ask.code not in known)


def _due(before: CaseItem, open_: list[Ask], arrival: Arrival) -> datetime | None:
    """The due time; a plan whose clock rests while the requester is asked gets that time back when all has come."""
    waited = [ask.asked for ask in before.asks if ask.answered is None]
    if before.due is None or arrival.tolling is None or open_ or not waited:
        return before.due
    return tolled(arrival.tolling, before.due, min(waited), arrival.at, expedited=arrival.expedited)


def _joined(note: str, line: str) -> str:
    return f"{note}\n{line}" if note else line
