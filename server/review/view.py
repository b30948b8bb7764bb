"""What reviewers see: a case as a row of the work list, and whole with the evidence beside each criterion."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from server.cases.case import Case, CaseItem, CaseState, RequestKind, ReviewActionCode
from server.cases.work_keys import first_due, pended_items
from server.fhir.json import Json
from server.review.requested import ClaimLine
from server.review.reviewing import revision
from server.review.terms import Line


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CodeView(_View):
    """A coding."""

    system: str
    code: str
    display: str | None = None


class IdentifierView(_View):
    """A business identifier."""

    system: str | None
    value: str


class PeriodView(_View):
    """Days, both inclusive, as dates."""

    start: date | None = None
    end: date | None = None


class QuantityView(_View):
    """A quantity with its exact value."""

    value: Annotated[Decimal, WithJsonSchema({"type": "number"})]
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class AskView(_View):
    """One document or form that was asked for."""

    id: str
    code: str
    asked: datetime
    answered: datetime | None
    until: datetime | None


class DeciderView(_View):
    """Who decided."""

    id: str
    role: str
    licence: str | None
    specialty: str | None
    npi: str | None


class WorkItem(_View):
    """One item in a row of the work list."""

    sequence: int
    codes: list[CodeView]
    review_action: ReviewActionCode = Field(description="Code of X12 element 306.")
    waits_for: Literal["information", "review"] | None
    owner: str | None = Field(description="The work queue.")
    due: datetime | None
    overdue: bool = False


class _Facts(_View):
    id: str
    version: Annotated[int, Field(description="Grows with everything that happens to the case.")]
    state: CaseState
    received: datetime
    due: datetime | None = Field(description="The first due time of the items that wait.")
    overdue: bool
    expedited: bool
    plan: str | None
    line_of_business: str | None
    member: str | None = Field(description="Our id of the member.")
    claimed_by: str | None
    bundle_identifier: IdentifierView | None
    claim_identifiers: list[IdentifierView]
    numbers: list[str] = Field(description="Authorization and reference numbers of ours.")


class WorkRow(_Facts):
    """One case in the work list."""

    items: list[WorkItem]


class WorkList(_View):
    """A page of the work list."""

    total: int | None = Field(description="Cases that match in all; null where `overdue` narrows them.")
    cases: list[WorkRow]
    after: Annotated[str | None, Field(description="Give it as `after` for the next page; null at the end.")] = None


class RequestedView(_View):
    """What the Claim asked for."""

    quantity: QuantityView | None = None
    serviced: PeriodView | None = None
    diagnoses: list[CodeView] = []
    valid_days: Annotated[int | None, Field(description="For how many days the rule authorizes.")] = None


class ItemView(WorkItem):
    """One item with all that a reviewer decides on."""

    request: RequestedView = RequestedView()
    explanation: Json = Field(
        description="Rule, criteria with evidence, what is missing, what would change the answer."
    )
    reasons: list[str] = Field(description="Codes of X12 list 886.")
    note: str
    asks: list[AskView]
    authorization_number: str | None
    reference_number: str | None
    valid: PeriodView | None
    allowed: QuantityView | None
    modified: Json
    extended_from: datetime | None
    decided: datetime | None
    decider: DeciderView | None


class EventView(_View):
    """Something that happened to the case."""

    at: datetime
    kind: str
    by: str
    detail: str


class ReceivedView(_View):
    """One thing that came in."""

    kind: RequestKind
    received: datetime | None
    generation: str
    bundle_identifier: IdentifierView | None
    claim_identifiers: list[IdentifierView]


class CaseView(_Facts):
    """A case with everything that a reviewer needs."""

    requests: list[ReceivedView]
    resources: list[str] = Field(description="What can be read on the FHIR base, as Type/id.")
    items: list[ItemView]
    events: list[EventView]


def work_row(case: Case, now: datetime) -> WorkRow:
    """The row of a case."""
    return WorkRow(**_row(case, now), items=[_item(item, now) for item in case.items])


def case_view(
    case: Case,
    now: datetime,
    *,
    claimed: Mapping[int, ClaimLine],
    lines: Mapping[int, Line],
    resources: list[str],
) -> CaseView:
    """The whole case."""
    items = []
    for item in case.items:
        view = ItemView.model_validate(item)
        view.overdue = is_overdue(item, now)
        view.request = _requested(claimed.get(item.sequence), lines[item.sequence])
        items.append(view)
    return CaseView(
        **_row(case, now),
        items=items,
        requests=[ReceivedView.model_validate(request) for request in case.requests],
        resources=resources,
        events=[EventView.model_validate(event) for event in case.events],
    )


def is_overdue(item: CaseItem, now: datetime) -> bool:
    """Whether an item waits past its due time."""
    return item.review_action == "A4" and item.due is not None and item.due <= now


def _row(case: Case, now: datetime) -> dict[str, Any]:
    request = case.request
    numbers = [number for item in case.items for number in (item.authorization_number, item.reference_number)]
    return {
        "id": case.id,
        "version": revision(case),
        "state": case.state,
        "received": case.received,
        "due": first_due(case),
        "overdue": any(is_overdue(item, now) for item in pended_items(case)),
        "expedited": case.expedited,
        "plan": case.plan,
        "line_of_business": case.line_of_business,
        "member": case.member,
        "claimed_by": case.claimed_by,
        "bundle_identifier": request.bundle_identifier,
        "claim_identifiers": request.claim_identifiers,
        "numbers": list(dict.fromkeys(number for number in numbers if number)),
    }


def _item(item: CaseItem, now: datetime) -> WorkItem:
    view = WorkItem.model_validate(item)
    view.overdue = is_overdue(item, now)
    return view


def _requested(claimed: ClaimLine | None, line: Line) -> RequestedView:
    if claimed is None:
        return RequestedView(valid_days=line.valid_days)
    return RequestedView.model_validate(
        {
            "quantity": claimed.quantity,
            "serviced": claimed.serviced,
            "diagnoses": claimed.diagnoses,
            "valid_days": line.valid_days,
        }
    )
