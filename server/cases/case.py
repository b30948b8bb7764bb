"""One authorization lineage as it is kept: what was asked, what was answered for every item, and why.

A case is one document (see `document.py` for how it is stored): a request for authorization with all that followed it,
updates, attachments and people's decisions. It holds no resource content beyond the explanation of each item: what
came in and what went out lies beside it as payloads under their digests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from server.decision.request import Code, Quantity
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.fhir.json import Json

CASE_KIND = "case"
"""The kind of the documents in the store."""

OUTBOX_KEY = "outbox:waiting"
"""The index key of the documents whose outbox holds a notice that was not handed to the subscriptions yet."""

CaseState = Literal["determined", "pended", "cancelled", "error"]
"""Determined: every item has its final answer. Pended: at least one waits. Cancelled: the requester took all of it
back. Error: it could not be processed."""

ReviewActionCode = Literal["A1", "A2", "A3", "A4", "A6", "C"]
"""Code of X12 element 306: certified in total, in part, not certified, pended, modified, cancelled."""

Generation = Literal["2.2", "2.0"]
"""The generation of the guide that a base speaks: PAS 2.2.1 or PAS 2.0.1."""

RequestKind = Literal["new", "update", "cancel", "attachment"]


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """One thing that came in. `digest` names the payload with the received bytes."""

    digest: str
    caller: str
    claim_full_url: str
    bundle_identifier: Identifier | None = None
    claim_identifiers: tuple[Identifier, ...] = ()
    numbers: tuple[str, ...] = ()
    """Authorization and reference numbers that the request itself carries: aliases by which the case is found."""
    traces: tuple[str, ...] = ()
    """Values of the items' itemTraceNumbers: the context that a form of this case is asked for with."""
    kind: RequestKind = "new"
    received: datetime | None = None
    generation: Generation = "2.2"
    base: str = ""
    """The base URL that it came to: what a later answer names its own resources by."""
    bundle_digest: str | None = None
    """The payload with the Bundle alone, where the received bytes were a Parameters around it."""
    providers: tuple[Identifier, ...] = ()
    """Identifiers of the requesting organization: who may ask for the answer, and what a Subscription filters on."""
    practitioners: tuple[Identifier, ...] = ()
    """Identifiers (NPI) of the ordering and rendering providers that the care team names."""
    controls: tuple[str, ...] = ()
    """Control numbers that the requester gave to documents that come apart from the Claim."""
    sequences: tuple[int, ...] = ()
    """Of an attachment: the items that it is about."""
    senders: tuple[str, ...] = ()
    """Sender identifiers of the transmission (interchangeSenderID, applicationSenderCode)."""


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """One answer that went out. `digest` names the payload with the sent bytes."""

    digest: str
    claim_response_id: str
    bundle_id: str = ""
    created: datetime | None = None
    request: str | None = None
    """Digest of the request that it answered; None for an answer that a person or a clock gave later."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One document or form that is asked for an item. It keeps its id as long as the item waits for it."""

    id: str
    """Id of the CommunicationRequest; `urn:uuid:` and it are the control number that the answer comes back with."""
    code: str
    """LOINC code of the document type, or the code for a payer's form."""
    asked: datetime
    answered: datetime | None = None
    until: datetime | None = None
    """The end of the time to answer it; None: the due time of the item."""


@dataclass(frozen=True, slots=True)
class Decider:
    """The person who decided an item."""

    id: str
    role: str
    licence: str | None = None
    specialty: str | None = None
    npi: str | None = None


@dataclass(frozen=True, slots=True)
class CaseItem:
    """The current result of one item, by its unchanging sequence: all that an answer is rendered from."""

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
    reasons: tuple[str, ...] = ()
    """Codes of X12 list 886."""
    note: str = ""
    """Why, in plain words: the text of its processNote."""
    waits_for: Literal["information", "review"] | None = None
    """What a pended item waits for."""
    asks: tuple[Ask, ...] = ()
    """What is asked of the requester while it waits for information."""
    requested: Quantity | None = None
    allowed: Quantity | None = None
    """The most that the authorization covers; of a modified item (A6) what is authorized in place of the request."""
    modified: Mapping[str, Json] = field(default_factory=dict)
    """What else a person authorized in place of the request, by the name of the Claim.item element."""
    issued: date | None = None
    """The day on which its authorization was given."""
    fingerprint: str = ""
    """Of what was requested: an update whose item has the same one changes nothing about it."""
    decided: datetime | None = None
    decider: Decider | None = None
    """Who decided; None: the rules did."""
    extended_from: datetime | None = None
    """The due time that a person extended; it is extended once."""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to the case. `by` is "engine" or a person's id; `detail` holds no resource content."""

    at: datetime
    kind: str
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A result that subscribers are to be told. It is written with the result and stays until all are told."""

    id: str
    at: datetime
    case: str
    claim_response_id: str
    bundle_id: str
    digests: Mapping[Generation, str]
    """The payload with the response Bundle as a notification carries it, by generation."""
    addressed: tuple[str, ...]
    """All that a Subscription may filter on, as `value` and as `system|value`."""


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
    requests: tuple[CaseRequest, ...]
    """All that came in, in its order; at least one."""
    answers: tuple[CaseAnswer, ...]
    """All that went out, in its order; at least one. The last is the current one."""
    items: tuple[CaseItem, ...] = ()
    errors: tuple[Json, ...] = ()
    """Why the request could not be processed: {"code", "text"} each; only in state `error`."""
    events: tuple[CaseEvent, ...] = ()
    outbox: tuple[Notice, ...] = ()
    retired: tuple[str, ...] = ()
    """Authorization numbers that were given and are no longer in force: they still lead here, and come never again."""
    claimed_by: str | None = None
    """The reviewer who works on it."""
    version: int = 1

    @property
    def request(self) -> CaseRequest:
        """The last Claim that came in: the one whose items are in force."""
        return next(each for each in reversed(self.requests) if each.kind != "attachment")

    @property
    def answer(self) -> CaseAnswer:
        """The current answer."""
        return self.answers[-1]
