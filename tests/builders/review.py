"""Pended cases, reviewers and terms that are valid by default; a test states only what matters to it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from server.cases.case import Case, CaseAnswer, CaseEvent, CaseItem, CaseRequest
from server.decision.finding import Citation
from server.decision.plan.plan import Extension
from server.decision.request import Code, Quantity
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.review.roles import Reviewer, Role
from server.review.terms import Line, Terms

RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DUE = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
NPI = "http://hl7.org/fhir/sid/us-npi"

NURSE = Reviewer("nurse-1", "nurse", "RN-100")
PHYSICIAN = Reviewer("physician-1", "physician", "MD-200", "pulmonology", "1992837465")

CITATION = {"document": "An invented policy", "page": "2.1", "date": "2026-01-01", "url": None}

Json = Any


def a_reviewer(role: Role, **changes: Any) -> Reviewer:
    """A reviewer of the role, with licence and specialty."""
    return Reviewer(**{"id": f"{role}-9", "role": role, "licence": "L-9", "specialty": "cardiology", **changes})


def a_criterion(id: str, state: str, *children: Json, shown: str | None = None) -> Json:
    """A finding as the explanation holds it."""
    seen = [{"resource": "Observation/1", "element": "valueQuantity", "shown": shown, "date": "2026-11-17"}]
    return {
        "id": id,
        "text": f"The text of {id}.",
        "state": state,
        "conflict": False,
        "evidence": seen if shown else [],
        "missing": [],
        "citation": CITATION,
        "children": list(children),
    }


def an_explanation(*criteria: Json, **changes: Json) -> Json:
    """The explanation of a pended item: by default one criterion is met, one not met and one unknown."""
    default = (
        a_criterion("met-one", "met", shown="55 %"),
        a_criterion("not-met-one", "not-met", shown="80 mm[Hg]"),
        a_criterion("unknown-one", "unknown"),
    )
    explained = {
        "rule": {"kind": "policy", "id": "oxygen", "version": "1", "title": "Oxygen", "citations": []},
        "outcome": {"kind": "pended", "waits_for": "review", "owner": "oxygen-review", "due": DUE.isoformat()},
        "criteria": list(criteria or default),
        "reasons": [],
        "missing": [],
        "would_change": ["A value below 56 mm[Hg] is approved."],
        "forms": ["https://payer.example/Questionnaire/oxygen|1"],
    }
    return {**explained, **changes}


def no_criteria() -> Json:
    """The explanation of an item that a rule of the plan referred."""
    rule = {"kind": "plan", "id": "wheelchairs", "version": "1", "title": "Wheelchairs", "citations": [CITATION]}
    return {**an_explanation(), "rule": rule, "criteria": [], "would_change": [], "forms": []}


def a_pended_item(sequence: int = 1, **changes: Any) -> CaseItem:
    """An item that waits for review."""
    item = {
        "sequence": sequence,
        "codes": (Code("https://codes.example", "E1390"),),
        "review_action": "A4",
        "explanation": an_explanation(),
        "reference_number": "RN1",
        "due": DUE,
        "owner": "oxygen-review",
        "reasons": ("0V",),
        "note": "The engine's note.",
        "waits_for": "review",
        "requested": Quantity(Decimal(10), "visit"),
    }
    return CaseItem(**{**item, **changes})


def a_pended_case(*items: CaseItem, **changes: Any) -> Case:
    """A case with the items, or with one that waits for review."""
    request = CaseRequest(
        "d1",
        "anonymous",
        "urn:uuid:claim",
        Identifier("urn:ietf:rfc:3986", "urn:uuid:bundle-1"),
        (Identifier("https://ehr.example/claims", "CLM-1"),),
        traces=("TRACE-1",),
        providers=(Identifier(NPI, "1234567893"),),
        practitioners=(Identifier(NPI, "1987654321"),),
    )
    case = {
        "id": "case-1",
        "state": "pended",
        "plan": "demo",
        "line_of_business": "medicare-advantage",
        "member": "member-1",
        "received": RECEIVED,
        "updated": RECEIVED,
        "expedited": False,
        "requests": (request,),
        "answers": (CaseAnswer("d2", "response-1", "bundle-1", RECEIVED, "d1"),),
        "items": items or (a_pended_item(),),
        "events": (CaseEvent(RECEIVED, "decided", "engine", "item 1: A4 by policy oxygen 1"),),
    }
    return Case(**{**case, **changes})


def terms(**changes: Any) -> Terms:
    """What a decision rests on: ten visits from the 23rd, 90 days by the rule, 14 days of extension."""
    ids = count(1)
    days = DatePeriod(date(2026, 11, 23), date(2026, 11, 23))
    default = {
        "number": "PA0000000001",
        "new_id": lambda: f"ask-{next(ids)}",
        "lines": {1: Line(days, Quantity(Decimal(10), "visit"), 90), 2: Line(None, None, 90)},
        "extension": Extension(
            timedelta(days=14),
            frozenset({"member-asked", "outside-evidence"}),
            expedited=True,
            citation=Citation("A rule", "1", "2026-01-01"),
        ),
    }
    return Terms(**{**default, **changes})
