"""The X12 codes of an item's answer, from what was decided. The one place where an outcome becomes a code.

There is no way from here to a clinical A3: the outcomes that exist have none.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-extension-reviewAction.html
"""

from dataclasses import dataclass

from server.cases.case import ReviewActionCode
from server.decision.determination import (
    Approved,
    Excluded,
    ItemDetermination,
    Limited,
    NotRequired,
    Pended,
)
from server.fhir.codes import ADJUDICATION, X12_REASON, X12_REVIEW_ACTION
from server.fhir.json import Json
from server.pas.urls import REVIEW_ACTION, REVIEW_ACTION_CODE

_NEEDS_INFORMATION = "0U"
_NEEDS_REVIEW = "0V"

SUBMITTED: Json = {"coding": [{"system": ADJUDICATION, "code": "submitted"}]}
"""The category of every adjudication of PAS."""


@dataclass(frozen=True, slots=True)
class ReviewAction:
    """A code of X12 element 306 with its reasons of X12 list 886."""

    code: ReviewActionCode
    reasons: tuple[str, ...] = ()


def review_action(item: ItemDetermination) -> ReviewAction:
    """The code of the item as it was requested.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-36
    """
    match item.outcome:
        case Approved() | NotRequired():
            return ReviewAction("A1")
        case Limited():
            return ReviewAction("A6", _reasons(item))
        case Excluded():
            return ReviewAction("A3", _reasons(item))
        case Pended(waits_for="information"):
            return ReviewAction("A4", (_NEEDS_INFORMATION,))
        case Pended():
            return ReviewAction("A4", (_NEEDS_REVIEW,))


def _reasons(item: ItemDetermination) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.code for reason in item.reasons if reason.code))


def adjudication(action: ReviewAction, number: str | None) -> Json:
    """The adjudication of an item or addItem; `number` is the authorization number, where there is one."""
    parts: list[Json] = [
        {"url": REVIEW_ACTION_CODE, "valueCodeableConcept": _concept(X12_REVIEW_ACTION, action.code)},
    ]
    parts += [{"url": "number", "valueString": number}] if number else []
    parts += [{"url": "reasonCode", "valueCodeableConcept": _concept(X12_REASON, reason)} for reason in action.reasons]
    return {"extension": [{"url": REVIEW_ACTION, "extension": parts}], "category": SUBMITTED}


def header_adjudication(number: str) -> Json:
    """The adjudication of the whole answer. In 2.2.1 it may carry the number only: its context allows no code."""
    parts = [{"url": "number", "valueString": number}]
    return {"extension": [{"url": REVIEW_ACTION, "extension": parts}], "category": SUBMITTED}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
