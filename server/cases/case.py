"""One authorization lineage as it is kept: what was asked, what was answered for every item, and why.

A case is one document (see `document.py` for how it is stored). It holds no resource content beyond the explanation
of each item: the request and the answer lie beside it as payloads under their digests.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.decision.request import Code
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.fhir.json import Json

CASE_KIND = "case"
"""The kind of the documents in the store."""

CaseState = Literal["determined", "pended", "error"]
"""Determined: every item has its final answer. Pended: at least one waits. Error: it could not be processed."""

ReviewActionCode = Literal["A1", "A3", "A4", "A6"]
"""Code of X12 element 306: certified, not certified, pended, modified."""


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """What came in. `digest` names the payload with the received bytes."""

    digest: str
    caller: str
    claim_full_url: str
    bundle_identifier: Identifier | None = None
    claim_identifiers: tuple[Identifier, ...] = ()
    numbers: tuple[str, ...] = ()
    """Authorization and reference numbers that the request itself carries: aliases by which the case is found."""
    traces: tuple[str, ...] = ()
    """Values of the items' itemTraceNumbers: the context that a form of this case is asked for with."""


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What went out. `digest` names the payload with the sent bytes."""

    digest: str
    claim_response_id: str


@dataclass(frozen=True, slots=True)
class CaseItem:
    """The current answer of one item, by its unchanging sequence."""

    sequence: int
    codes: tuple[Code, ...]
    review_action: ReviewActionCode
    explanation: Json
    """`server.decision.explain.explain` of the item's determination."""
    authorization_number: str | None = None
    reference_number: str | None = None
    valid: DatePeriod | None = None
    due: datetime | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to the case. `by` is "engine" or a person's id; `detail` holds no resource content."""

    at: datetime
    kind: str
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    id: str
    state: CaseState
    plan: str | None
    line_of_business: str | None
    member: str | None
    """Our id of the member; None when the request names nobody we know."""
    received: datetime
    updated: datetime
    expedited: bool
    request: CaseRequest
    answer: CaseAnswer
    items: tuple[CaseItem, ...] = ()
    errors: tuple[Json, ...] = ()
    """Why the request could not be processed: {"code", "text"} each; only in state `error`."""
    events: tuple[CaseEvent, ...] = ()
    outbox: tuple[Json, ...] = ()
    version: int = 1
