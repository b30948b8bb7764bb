"""A payer's plan: identifiers, clocks and terms of the contract. Read from `plans/<plan>/plan.yaml` by `load`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from server.decision.codes import canonical
from server.decision.finding import Citation
from server.decision.request import Code, Quantity
from server.fhir.identifier import Identifier

ExtensionGround = Literal["member-asked", "requester-asked", "outside-evidence", "extraordinary", "plan-justified"]
"""Why a person may move a due time: the member or the requester asked for it; evidence from outside of the network may
change a denial; extraordinary circumstances in the member's interest; the plan needs information and can justify it."""


@dataclass(frozen=True, slots=True)
class Extension:
    """How far, and on which grounds, a person may move a due time that has not passed; once for an item."""

    longest: timedelta
    grounds: frozenset[ExtensionGround]
    expedited: bool
    """Whether the due time of an expedited request can be moved too."""
    citation: Citation


@dataclass(frozen=True, slots=True)
class Tolling:
    """The clock rests while the requester is asked: the time until all has come is added to the due time, up to the
    longest that the rule allows. Not every line of business has such a rule: the clocks of CMS go on."""

    standard: timedelta
    expedited: timedelta | None
    """None: the clock of an expedited request goes on."""
    citation: Citation


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long a decision may take from receipt."""

    standard: timedelta
    expedited: timedelta
    citation: Citation
    extension: Extension | None = None
    """None: the due time can't be moved."""
    tolling: Tolling | None = None
    """None: missing information does not stop the clock."""


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """A rule of the contract about services: named codes, optionally for some lines of business and days."""

    id: str
    title: str
    codes: frozenset[Code]
    lines_of_business: frozenset[str]
    """Empty: all."""
    start: date | None
    end: date | None
    citation: Citation

    def applies(self, line_of_business: str, on: date) -> bool:
        """Whether the rule holds for the line of business on the day."""
        if self.lines_of_business and line_of_business not in self.lines_of_business:
            return False
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)


@dataclass(frozen=True, slots=True)
class NoAuthorization(ServiceRule):
    """The services need no authorization."""

    valid_days: int


@dataclass(frozen=True, slots=True)
class ContractLimit(ServiceRule):
    """Authorized without review up to a quantity for one request; what is over is outside the contract."""

    allowed: Quantity
    valid_days: int
    approver: str
    enabled: bool
    reason_code: str | None = None
    """Code of X12 list 886 for the part that is over the limit."""
    units: frozenset[str] = frozenset()
    """Units, coded or in words, that count as the unit of `allowed`; a quantity without a unit counts too."""


@dataclass(frozen=True, slots=True)
class Exclusion(ServiceRule):
    """No benefit of the contract, without any clinical criterion; signed by a named approver; can be switched off."""

    reason_code: str
    """Code of X12 list 886."""
    approver: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Referral(ServiceRule):
    """A person decides; `owner` is the work queue."""

    owner: str
    attachment: str | None
    """LOINC code of the document that the reviewer needs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan of one payer."""

    id: str
    version: str
    name: str
    payer_name: str
    payer_identifiers: tuple[Identifier, ...]
    lines_of_business: tuple[str, ...]
    clocks: Mapping[str, ClockRule]
    """By line of business."""
    no_authorization: tuple[NoAuthorization, ...]
    limits: tuple[ContractLimit, ...]
    exclusions: tuple[Exclusion, ...]
    referrals: tuple[Referral, ...]
    unnamed_service: Literal["refer", "not-required"]
    """What happens to a service that nothing names."""
    unnamed_owner: str
    unnamed_valid_days: int
    retrospective_days: int | None
    """How many days before receipt a service may have been given; None: any."""
    contact_phone: str
    demo: bool = False
    """Loaded only when the setting `demo` is on."""
    sensitive: frozenset[Code] = frozenset()
    """Services whose authorizations an inquiry shows only to who orders or renders them, unless it names a number."""
    by_code: Mapping[Code, tuple[ServiceRule, ...]] = field(init=False, repr=False, compare=False)
    """All rules by the codes that they name, exclusions first, in the order in which they are asked."""

    def __post_init__(self) -> None:
        index: dict[Code, tuple[ServiceRule, ...]] = {}
        rules: tuple[ServiceRule, ...] = (*self.exclusions, *self.no_authorization, *self.limits, *self.referrals)
        for rule in rules:
            for code in rule.codes:
                index[canonical(code)] = (*index.get(canonical(code), ()), rule)
        object.__setattr__(self, "by_code", index)

    def rules_for(self, code: Code, line_of_business: str, on: date) -> tuple[ServiceRule, ...]:
        """The rules that name the code and hold for the line of business on the day. Looked up, not scanned."""
        rules = self.by_code.get(canonical(code), ())
        return tuple(rule for rule in rules if rule.applies(line_of_business, on))
