"""Who is a member, with which coverage. The local adapter reads what was imported; a payer's core system is another."""

from dataclasses import dataclass
from typing import Protocol

from server.decision.request import Member
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.fhir.json import Json
from server.fhir.lenient import text


@dataclass(frozen=True, slots=True)
class MemberQuery:
    """How a request names a member and a payer. A member matches by any of the identifiers (an identifier without
    system matches by its value alone, as `Coverage.subscriberId` does)."""

    member: tuple[Identifier, ...]
    payer: tuple[Identifier, ...] = ()
    """Identifiers of the insurer or payor; empty when the request names none."""
    birth_date: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One coverage of one member."""

    member_id: str
    """Our id of the member, stable over their coverages."""
    plan: str
    """Id of the plan in `plans/`."""
    line_of_business: str
    period: DatePeriod
    patient: Json
    coverage: Json

    @property
    def member(self) -> Member:
        """The member as the decision names one."""
        return Member(
            id=self.member_id,
            plan=self.plan,
            line_of_business=self.line_of_business,
            birth_date=text(self.patient.get("birthDate")),
            coverage=self.period,
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """The answer: all coverages of the one member that was found, whatever their period."""

    enrolments: tuple[Enrolment, ...]
    """Empty: no such member."""
    payer_is_ours: bool
    """False when the request names a payer and none of its identifiers is a plan's."""


class Members(Protocol):
    """The port."""

    async def find(self, query: MemberQuery) -> Membership:
        """The member and their coverages. Two different members that match make it no member: never a guess."""
