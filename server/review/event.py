"""What the log of a case says of a person's act: codes, numbers and ids, and of a referral the summary.

The log stays inside; the words for the requester are the item's note.
"""

from datetime import datetime

from server.cases.case import Case, CaseEvent, CaseItem
from server.clock import instant
from server.decision.finding import State
from server.review.decision import Approve, ApproveInPart, Decision, Deny, Extend, Modify, Refer, RequestInformation
from server.review.note import criteria_of
from server.review.roles import Reviewer


def event_of(item: CaseItem, before: CaseItem, decision: Decision, reviewer: Reviewer, at: datetime) -> CaseEvent:
    """The event of one decision; `item` is the item after it, `before` as it was."""
    kind, told = _told(item, before, decision)
    licence = f", licence {reviewer.licence}" if reviewer.licence else ""
    return CaseEvent(at, kind, reviewer.id, f"item {item.sequence}: {told}; by {reviewer.role}{licence}")


def act(case: Case, kind: str, reviewer: Reviewer, at: datetime) -> CaseEvent:
    """The event of an act about the whole case."""
    return CaseEvent(at, kind, reviewer.id, f"{len(case.items)} item(s); by {reviewer.role}")


def _told(item: CaseItem, before: CaseItem, decision: Decision) -> tuple[str, str]:
    match decision:
        case Approve():
            return "approved", _certified(item)
        case ApproveInPart() | Modify():
            kind = "modified" if isinstance(decision, Modify) else "approved-in-part"
            agreed = f"; agreed: {decision.agreed.strip()}" if decision.agreed.strip() else ""
            criteria = _because(item, decision.because.criteria)
            return kind, f"{_certified(item)}; {criteria}{agreed}"
        case Deny():
            return "denied", f"A3; {_because(item, decision.because.criteria)}"
        case RequestInformation():
            new = [ask for ask in item.asks if ask not in before.asks]
            until = f" until {instant(new[0].until)}" if new and new[0].until else ""
            codes = ", ".join(ask.code for ask in new) or "nothing new"
            return "information-requested", f"A4; {codes}{until}{_listed('; criteria', decision.criteria)}"
        case Extend():
            return "extended", f"A4; due {_at(before.due)} to {_at(item.due)}; {decision.ground}"
        case Refer():
            open_ = "".join(_listed(f"; {state.value}", _in(item, state)) for state in (State.NOT_MET, State.UNKNOWN))
            return "referred", f"A4; to {item.owner}{open_}; {decision.summary.strip()}"


def _certified(item: CaseItem) -> str:
    days = item.valid
    valid = f" valid {days.start} to {days.end}" if days else ""
    return f"{item.review_action}; authorization {item.authorization_number}{valid}"


def _because(item: CaseItem, criteria: tuple[str, ...]) -> str:
    return f"reasons {', '.join(item.reasons)}{_listed('; criteria', criteria)}"


def _in(item: CaseItem, state: State) -> tuple[str, ...]:
    return tuple(id for id, finding in criteria_of(item).items() if finding["state"] == state.value)


def _listed(title: str, ids: tuple[str, ...]) -> str:
    return f"{title} {', '.join(ids)}" if ids else ""


def _at(moment: datetime | None) -> str:
    return instant(moment) if moment else "open"
