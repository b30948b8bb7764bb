"""The gate that every adverse decision passes: specific reasons, words, and the criteria that they rest on.

A code alone tells a requester nothing: 42 CFR 422.122(a) and its parallels want a specific reason for every denial.
"""

from dataclasses import replace
from datetime import datetime

from server.cases.case import CaseItem
from server.review.decision import Because, Deny
from server.review.note import adverse_note, criteria_of, rule_id
from server.review.reasons import NOT_RECEIVED, PENDING, is_clinical, is_reason
from server.review.refused import DecisionRefused, Objection


def deny(item: CaseItem, decision: Deny, at: datetime) -> CaseItem:
    """The item not certified."""
    because = check_because(item, decision.because, at)
    note = adverse_note(item, because.note, because.criteria)
    return replace(item, review_action="A3", reasons=because.reasons, note=note, valid=None, allowed=None, modified={})


def check_because(item: CaseItem, because: Because, at: datetime) -> Because:
    """The reasons when they are specific enough; raises DecisionRefused when they are not."""
    reasons = tuple(dict.fromkeys(because.reasons))
    if not reasons:
        raise _refused(item, "reasons", "An adverse decision needs at least one reason code of X12 list 886.")
    if not all(is_reason(code) for code in reasons):
        raise _refused(item, "reasons", "A reason is no code of X12 list 886: two or three digits and capital letters.")
    if PENDING & set(reasons):
        raise _refused(item, "reasons", "A reason says that the decision is still to come; name why it is adverse.")
    if not because.note.strip():
        raise _refused(item, "note", "An adverse decision needs a note: why, in words, for this patient.")
    _check_criteria(item, reasons, because.criteria)
    if NOT_RECEIVED in reasons:
        _check_not_received(item, at)
    return replace(because, reasons=reasons, note=because.note.strip(), criteria=tuple(dict.fromkeys(because.criteria)))


def _check_criteria(item: CaseItem, reasons: tuple[str, ...], criteria: tuple[str, ...]) -> None:
    known = criteria_of(item)
    if not {*criteria} <= {*known, rule_id(item)}:
        raise _refused(item, "criteria", f"A criterion is not one of the item's; it has {_listed(item)}.")
    if any(id in known and known[id]["state"] == "met" for id in criteria):
        raise _refused(item, "criteria", "A criterion is met by the evidence on file, so it is no reason to lower.")
    if any(is_clinical(code) for code in reasons) and not criteria:
        raise _refused(
            item, "criteria", f"A clinical reason needs the criteria that it rests on; the item has {_listed(item)}."
        )


def _check_not_received(item: CaseItem, at: datetime) -> None:
    """Whoever did not answer must have been asked, and must have had the time that they were given."""
    waiting = [ask for ask in item.asks if ask.answered is None]
    if not waiting:
        raise _refused(item, "reasons", "0P needs a request for information that is unanswered; ask for it first.")
    ends = [ask.until or item.due for ask in waiting]
    if any(end is None or at < end for end in ends):
        raise _refused(item, "reasons", "0P needs the time to answer to have ended; it is still running.")


def _listed(item: CaseItem) -> str:
    return ", ".join((*criteria_of(item), rule_id(item)))


def _refused(item: CaseItem, element: str, sentence: str) -> DecisionRefused:
    return DecisionRefused(Objection.INCOMPLETE, sentence, item=item.sequence, element=element)
