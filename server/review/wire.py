"""What reviewers send: the bodies of the interface, described for OpenAPI and read to the decisions of the core.

FHIR elements are named as in FHIR; everything else is our own.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.decision.plan.plan import ExtensionGround
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod
from server.review.decision import (
    Approve,
    ApproveInPart,
    Because,
    Decision,
    Deny,
    Extend,
    Modify,
    Refer,
    RequestInformation,
    Wanted,
)
from server.review.refused import DecisionRefused, Objection
from server.review.roles import Reviewer, Role

Word = Annotated[str, Field(min_length=1, max_length=128)]
Words = Annotated[str, Field(max_length=4000)]
Note = Annotated[str, Field(max_length=4000, description="In words, for the requester: the text of the processNote.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReviewerBody(_Body):
    """Who acts. Taken as it is sent: authentication is not part of this interface yet."""

    id: Word
    role: Role
    licence: Word | None = None
    specialty: Word | None = None
    npi: Annotated[str, Field(pattern="^[0-9]{10}$")] | None = None

    def read(self) -> Reviewer:
        """The reviewer."""
        return Reviewer(self.id, self.role, self.licence, self.specialty, self.npi)


class PeriodBody(_Body):
    """Days, both inclusive."""

    start: date | None = None
    end: date | None = None

    def read(self) -> DatePeriod:
        """The days."""
        return DatePeriod(self.start, self.end)


class QuantityBody(_Body):
    """A quantity in the unit of the request."""

    value: Annotated[Decimal, Field(max_digits=18, allow_inf_nan=False)]
    unit: Word | None = None
    system: Word | None = None
    code: Word | None = None

    def read(self) -> Quantity:
        """The quantity."""
        return Quantity(self.value, self.unit, self.system, self.code)


class CodingBody(_Body):
    """A FHIR Coding."""

    system: Word
    code: Word
    display: Word | None = None


class ConceptBody(_Body):
    """A FHIR CodeableConcept."""

    coding: Annotated[list[CodingBody], Field(min_length=1, max_length=10)]
    text: Word | None = None


class ModifiedBody(_Body):
    """The elements of Claim.item that are certified in place of those requested."""

    productOrService: ConceptBody | None = None  # noqa: N815 FHIR's name
    modifier: Annotated[list[ConceptBody], Field(min_length=1, max_length=4)] | None = None
    servicedDate: date | None = None  # noqa: N815 FHIR's name
    servicedPeriod: PeriodBody | None = None  # noqa: N815 FHIR's name
    locationCodeableConcept: ConceptBody | None = None  # noqa: N815 FHIR's name


class _Item(_Body):
    sequence: Annotated[int, Field(ge=1, description="Claim.item.sequence.")]


class ApproveBody(_Item):
    """Certified as requested (A1)."""

    decision: Literal["approve"]
    note: Note = ""
    valid: PeriodBody | None = None

    def read(self) -> Decision:
        """The decision."""
        return Approve(self.note, self.valid.read() if self.valid else None)


class _Adverse(_Item):
    reasons: Annotated[list[Word], Field(max_length=10, description="Codes of X12 list 886.")] = []
    note: Note = ""
    criteria: Annotated[
        list[Word],
        Field(max_length=50, description="Ids of the criteria that it rests on, or of the rule that has none."),
    ] = []

    def because(self) -> Because:
        """Why."""
        return Because(tuple(self.reasons), self.note, tuple(self.criteria))


class _Lowered(_Adverse):
    valid: PeriodBody | None = None
    agreed: Annotated[
        Words, Field(description="Who of the requester agreed, when and in which writing; then a nurse may do it.")
    ] = ""


class ApproveInPartBody(_Lowered):
    """Certified in a smaller quantity (A6)."""

    decision: Literal["approve-in-part"]
    allowed: QuantityBody

    def read(self) -> Decision:
        """The decision."""
        return ApproveInPart(
            self.allowed.read(), self.because(), self.valid.read() if self.valid else None, self.agreed
        )


class ModifyBody(_Lowered):
    """Something else is certified in place of the request (A6)."""

    decision: Literal["modify"]
    modified: ModifiedBody
    allowed: QuantityBody | None = None

    def read(self) -> Decision:
        """The decision."""
        return Modify(
            self.modified.model_dump(mode="json", exclude_none=True),
            self.because(),
            self.allowed.read() if self.allowed else None,
            self.valid.read() if self.valid else None,
            self.agreed,
        )


class DenyBody(_Adverse):
    """Not certified (A3). A physician's decision."""

    decision: Literal["deny"]

    def read(self) -> Decision:
        """The decision."""
        return Deny(self.because())


class WantedBody(_Body):
    """One document or one form."""

    code: Annotated[str, Field(max_length=16, description="LOINC code of the document type.")] | None = None
    form: Annotated[str, Field(max_length=512, description="Canonical (url|version) of a form of the item.")] | None = (
        None
    )


class RequestInformationBody(_Item):
    """More is asked of the requester (A4 with 0U)."""

    decision: Literal["request-information"]
    wanted: Annotated[list[WantedBody], Field(max_length=20)] = []
    note: Note = ""
    criteria: Annotated[list[Word], Field(max_length=50, description="Ids of the criteria that it would settle.")] = []
    until: Annotated[AwareDatetime | None, Field(description="End of the time to answer; default: the due time.")] = (
        None
    )

    def read(self) -> Decision:
        """The decision."""
        wanted = tuple(Wanted(each.code, each.form) for each in self.wanted)
        return RequestInformation(wanted, self.note, tuple(self.criteria), _utc(self.until) if self.until else None)


class ExtendBody(_Item):
    """The due time is moved, once, on a ground that the plan allows."""

    decision: Literal["extend"]
    due: AwareDatetime
    ground: ExtensionGround
    note: Note = ""

    def read(self) -> Decision:
        """The decision."""
        return Extend(_utc(self.due), self.ground, self.note)


class ReferBody(_Item):
    """A physician is to decide."""

    decision: Literal["refer"]
    summary: Annotated[
        Words, Field(description="For the physician: what of the criteria is not met or unknown. Stays inside.")
    ] = ""

    def read(self) -> Decision:
        """The decision."""
        return Refer(self.summary)


ItemBody = Annotated[
    ApproveBody | ApproveInPartBody | ModifyBody | DenyBody | RequestInformationBody | ExtendBody | ReferBody,
    Field(discriminator="decision"),
]


class ActBody(_Body):
    """Claiming or releasing a case."""

    reviewer: ReviewerBody
    version: Annotated[int | None, Field(ge=1, description="The version that you read.")] = None


class DecisionsBody(_Body):
    """What is decided about items of a case, together or not at all."""

    reviewer: ReviewerBody
    version: Annotated[int, Field(ge=1, description="The version of the case that you read.")]
    items: Annotated[list[ItemBody], Field(min_length=1, max_length=500)]

    def read(self) -> dict[int, Decision]:
        """The decisions by item; raises DecisionRefused when one item has two."""
        decisions = {item.sequence: item.read() for item in self.items}
        if len(decisions) < len(self.items):
            raise DecisionRefused(
                Objection.MALFORMED,
                "An item is decided twice in one call; give one decision for each.",
                element="items",
            )
        return decisions


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
