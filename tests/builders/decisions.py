"""Plans, requests and facts of the decision, valid by default; a test states only what matters to it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from server.decision.codes import read_code
from server.decision.facts import Answered, Diagnosed, Observed, Source
from server.decision.finding import Citation
from server.decision.plan.plan import ClockRule, ContractLimit, Exclusion, NoAuthorization, Plan, Referral
from server.decision.request import Code, Member, Quantity, Request, RequestedItem, Value
from server.fhir.codes import UCUM
from server.fhir.dates import DatePeriod

RECEIVED = datetime(2026, 11, 20, 15, tzinfo=UTC)
ON = RECEIVED.date()
CITATION = Citation("An invented contract", "section 1", "2026-01-01")
FORM = "https://passage.example/fhir/Questionnaire/invented"


def a_member(line_of_business: str = "silver", birth_date: str | None = "1961-07-01") -> Member:
    """A covered member."""
    return Member("member-1", "invented", line_of_business, birth_date, DatePeriod())


def an_item(
    *codes: str,
    sequence: int = 1,
    quantity: Quantity | None = None,
    serviced: DatePeriod | None = None,
    **further: Any,
) -> RequestedItem:
    """An item that asks for the codes, each as `system|code`."""
    return RequestedItem(
        sequence, f"Claim.item[{sequence - 1}]", tuple(read_code(code) for code in codes), quantity, serviced, **further
    )


def a_request(*items: RequestedItem, member: Member | None = None, expedited: bool = False) -> Request:
    """A request for the items, received at RECEIVED."""
    return Request(member or a_member(), items, RECEIVED, expedited)


def a_quantity(value: str, unit: str | None = "visit") -> Quantity:
    """A quantity whose unit is in words."""
    return Quantity(Decimal(value), unit)


def measured(value: str, unit: str = "%") -> Quantity:
    """A measured value with its UCUM unit."""
    return Quantity(Decimal(value), unit, UCUM, unit)


def a_period(start: str, end: str | None = None) -> DatePeriod:
    """Days from start to end; one day when only it is given."""
    return DatePeriod(date.fromisoformat(start), date.fromisoformat(end or start))


def observed(
    code: str, value: Value | None, on: DatePeriod | str | None = "2026-11-19", status: str = "final", at: str = "1"
) -> Observed:
    """An Observation of the day."""
    effective = a_period(on) if isinstance(on, str) else on
    return Observed((read_code(code),), value, status, Source(f"Observation/{at}", "value"), effective)


def answered(link_id: str, *values: Value, on: str | None = "2026-11-19") -> Answered:
    """An answer to an item of the invented form."""
    authored = a_period(on) if on else None
    return Answered(FORM, link_id, values, Source("QuestionnaireResponse/1", f"item({link_id})"), authored)


def diagnosed(code: str, state: Literal["active", "inactive", "refuted"] = "active") -> Diagnosed:
    """A Condition."""
    return Diagnosed((read_code(code),), state, Source("Condition/1", "code"))


def a_plan(**changes: Any) -> Plan:
    """A plan with one rule of each kind: codes S0001 (excluded), S0002 (free), S0003 (free up to 10), S0004 (limited to
    10), S0005 (referred)."""
    fields: dict[str, Any] = {
        "id": "invented",
        "version": "3.0.0",
        "name": "Invented Plan",
        "payer_name": "Invented Payer",
        "payer_identifiers": (),
        "lines_of_business": ("silver", "gold"),
        "clocks": {
            "silver": ClockRule(timedelta(days=7), timedelta(hours=72), CITATION),
            "gold": ClockRule(timedelta(days=15), timedelta(hours=48), CITATION),
        },
        "no_authorization": (
            NoAuthorization(*a_rule("free", "S0002"), valid_days=30),
            NoAuthorization(*a_rule("free-up-to", "S0003"), valid_days=30),
        ),
        "limits": (
            ContractLimit(*a_rule("most", "S0003"), measured("10", "{visit}"), 30, "A. Signer", True, "0L"),
            ContractLimit(*a_rule("capped", "S0004"), measured("10", "{visit}"), 30, "A. Signer", True, "0L"),
        ),
        "exclusions": (Exclusion(*a_rule("excluded", "S0001"), "0M", "A. Signer", True),),
        "referrals": (Referral(*a_rule("referred", "S0005"), "queue-b", "34117-2"),),
        "unnamed_service": "refer",
        "unnamed_owner": "queue-a",
        "unnamed_valid_days": 60,
        "retrospective_days": None,
        "contact_phone": "+1-555-0100",
    }
    return Plan(**{**fields, **changes})


def a_rule(
    id: str, code: str, lines: frozenset[str] = frozenset(), start: date | None = None, end: date | None = None
) -> tuple[str, str, frozenset[Code], frozenset[str], date | None, date | None, Citation]:
    """What all rules of a plan have."""
    return (id, f"The rule {id}", frozenset({read_code(f"hcpcs|{code}")}), lines, start, end, CITATION)
