"""What a reviewer does with an item that goes on waiting: ask the requester, move the due time, refer to a physician.

Spec page: https://hl7.org/fhir/us/davinci-pas/additionalinfo.html
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.cases.case import Ask, Case, CaseItem
from server.review.decision import Extend, Refer, RequestInformation, Wanted
from server.review.note import criteria_of, pended_note, rule_id
from server.review.reasons import NEEDS_INFORMATION, NEEDS_REVIEW
from server.review.refused import DecisionRefused, Objection
from server.review.terms import Terms

PHYSICIAN_QUEUE = "physician-review"
"""The work queue of what was referred to a physician."""

PAYER_FORM = "102089-0"
"""LOINC code that points to a questionnaire of the payer."""

_LOINC = re.compile(r"[1-9][0-9]{0,6}-[0-9]")

_GROUNDS = {
    "member-asked": "the member asked for it",
    "requester-asked": "the requester asked for it",
    "outside-evidence": "evidence from outside of the network may change the decision",
    "extraordinary": "extraordinary circumstances make it serve the member",
    "plan-justified": "more is needed to decide than could be had in time",
}


def request_information(item: CaseItem, decision: RequestInformation, terms: Terms, at: datetime) -> CaseItem:
    """The item waiting for information. What was asked for before and is open stays asked for.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@ainfo-3
    """
    codes = _codes(item, decision.wanted)
    if not decision.note.strip():
        raise _refused(item, "note", "A request for information needs a note: what is wanted, in words.")
    if not {*decision.criteria} <= {*criteria_of(item), rule_id(item)}:
        raise _refused(item, "criteria", "A criterion is not one of the item's.")
    until = decision.until or item.due
    if until is None or until <= at or (item.due and until > item.due):
        raise _refused(item, "until", "The time to answer must end after now, and not after the item's due time.")
    waiting = {ask.code for ask in item.asks if ask.answered is None}
    new = tuple(Ask(terms.new_id(), code, at, until=until) for code in codes if code not in waiting)
    return replace(
        item,
        reasons=(NEEDS_INFORMATION,),
        note=pended_note(item, decision.note.strip()),
        waits_for="information",
        asks=(*item.asks, *new),
    )


def extend(case: Case, item: CaseItem, decision: Extend, terms: Terms, at: datetime) -> CaseItem:
    """The item with a later due time."""
    rule = terms.extension
    if rule is None or (case.expedited and not rule.expedited):
        raise _refused(item, "due", "The plan does not allow to extend the time to decide this request.")
    if decision.ground not in rule.grounds:
        allowed = ", ".join(sorted(rule.grounds))
        raise _refused(item, "ground", f"The plan does not allow this ground; it allows {allowed}.")
    if item.extended_from is not None:
        raise DecisionRefused(
            Objection.CONFLICT, "The time was extended already; it is extended once.", item=item.sequence
        )
    if item.due is None or at >= item.due:
        raise DecisionRefused(
            Objection.CONFLICT, "The due time has passed; only a time that runs is extended.", item=item.sequence
        )
    if not item.due < decision.due <= item.due + rule.longest:
        raise _refused(item, "due", f"The new due time must be at most {_days(rule.longest)} after the present one.")
    if not decision.note.strip():
        raise _refused(item, "note", "An extension needs a note: why it is needed, in words.")
    told = f"The time to decide was extended to {_shown(decision.due)}, because {_GROUNDS[decision.ground]}."
    note = pended_note(item, told, decision.note.strip())
    return replace(item, due=decision.due, extended_from=item.due, note=note)


def refer(item: CaseItem, decision: Refer) -> CaseItem:
    """The item in the physicians' queue. The summary stays inside: it goes to the log of the case, not to the note."""
    if not decision.summary.strip():
        raise _refused(item, "summary", "A referral needs a summary of the criteria that are not met or unknown.")
    if item.owner == PHYSICIAN_QUEUE:
        raise DecisionRefused(Objection.CONFLICT, "The item is with the physicians already.", item=item.sequence)
    return replace(item, owner=PHYSICIAN_QUEUE, waits_for="review", reasons=(NEEDS_REVIEW,))


def _codes(item: CaseItem, wanted: tuple[Wanted, ...]) -> list[str]:
    if not wanted:
        raise _refused(item, "wanted", "Name at least one document by its LOINC code, or a form of the item.")
    return list(dict.fromkeys(_code(item, each) for each in wanted))


def _code(item: CaseItem, wanted: Wanted) -> str:
    if (wanted.code is None) == (wanted.form is None):
        raise _refused(item, "wanted", "Each of wanted is either a document by its code or a form.")
    if wanted.form is not None:
        if wanted.form not in item.explanation["forms"]:
            forms = ", ".join(item.explanation["forms"]) or "none"
            raise _refused(item, "wanted", f"This is no form of the item; its forms: {forms}.")
        return PAYER_FORM
    if not _LOINC.fullmatch(wanted.code or "") or wanted.code == PAYER_FORM:
        raise _refused(item, "wanted", "A document is named by the LOINC code of its type, such as 34117-2.")
    return wanted.code or ""


def _days(length: timedelta) -> str:
    return f"{length.days} days" if length >= timedelta(days=1) else f"{int(length.total_seconds() // 3600)} hours"


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _refused(item: CaseItem, element: str, sentence: str) -> DecisionRefused:
    return DecisionRefused(Objection.INCOMPLETE, sentence, item=item.sequence, element=element)
