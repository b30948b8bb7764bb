"""A plan from the value of its `plan.yaml`, whose shape was checked before."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from server.decision.codes import read_code
from server.decision.finding import Citation
from server.decision.plan.plan import (
    ClockRule,
    ContractLimit,
    Exclusion,
    Extension,
    NoAuthorization,
    Plan,
    Referral,
    Tolling,
)
from server.decision.request import Code, Quantity
from server.fhir.codes import EIN, EIN_ALIAS, UCUM
from server.fhir.identifier import Identifier
from server.fhir.json import Json

Sources = Mapping[str, Json]


def read_plan(value: Json) -> Plan:
    """The plan. Raises KeyError when a citation names a source that the plan does not have: lint it first."""
    sources: Sources = value["sources"]
    lines = value["lines_of_business"]
    unnamed = value["unnamed_service"]
    return Plan(
        id=value["id"],
        version=value["version"],
        name=value["name"],
        payer_name=value["payer"]["name"],
        payer_identifiers=tuple(
            Identifier(EIN if each["system"] == EIN_ALIAS else each["system"], each["value"])
            for each in value["payer"]["identifiers"]
        ),
        lines_of_business=tuple(line["id"] for line in lines),
        clocks={line["id"]: _clock(line["clock"], sources) for line in lines},
        no_authorization=tuple(
            NoAuthorization(*_rule(each, sources), each["valid_days"]) for each in value.get("no_authorization", ())
        ),
        limits=tuple(_limit(each, sources) for each in value.get("limits", ())),
        exclusions=tuple(
            Exclusion(*_rule(each, sources), each["reason_code"], each["approver"], each["enabled"])
            for each in value.get("exclusions", ())
        ),
        referrals=tuple(
            Referral(*_rule(each, sources), each["owner"], each.get("attachment"))
            for each in value.get("referrals", ())
        ),
        unnamed_service=unnamed["answer"],
        unnamed_owner=unnamed["owner"],
        unnamed_valid_days=unnamed["valid_days"],
        retrospective_days=value.get("retrospective_days"),
        contact_phone=value["contact_phone"],
        demo=value.get("demo", False),
        sensitive=frozenset(read_codes(value.get("sensitive", ()))),
    )


def read_citation(value: Json, sources: Sources) -> Citation:
    """A citation by the source that it names. Raises KeyError when there is none of the name."""
    source = sources[value["source"]]
    return Citation(source["document"], value["page"], source["date"], source.get("url"))


def read_codes(values: Json) -> tuple[Code, ...]:
    """Codes that an author wrote as `system|code`, or with a display beside it."""
    return tuple(
        read_code(each) if isinstance(each, str) else read_code(each["code"], each.get("display")) for each in values
    )


def read_day(text: str | None) -> date | None:
    """A day, or None for an open end."""
    return None if text is None else date.fromisoformat(text)


def read_allowed(value: Json) -> tuple[Quantity, frozenset[str]]:
    """The quantity of a limit, and all units that count as its unit."""
    code = value.get("code")
    allowed = Quantity(Decimal(value["value"]), value["unit"], UCUM if code else None, code)
    return allowed, frozenset(value.get("also", ()))


def read_duration(text: str) -> timedelta:
    """`72 hours` or `7 calendar days`."""
    number, unit = text.split(" ", 1)
    return timedelta(hours=int(number)) if unit == "hours" else timedelta(days=int(number))


def _clock(value: Json, sources: Sources) -> ClockRule:
    return ClockRule(
        read_duration(value["standard"]),
        read_duration(value["expedited"]),
        read_citation(value["citation"], sources),
        _extension(value["extension"], sources) if "extension" in value else None,
        _tolling(value["tolling"], sources) if "tolling" in value else None,
    )


def _extension(value: Json, sources: Sources) -> Extension:
    return Extension(
        read_duration(value["longest"]),
        frozenset(value["grounds"]),
        value["expedited"],
        read_citation(value["citation"], sources),
    )


def _tolling(value: Json, sources: Sources) -> Tolling:
    expedited = read_duration(value["expedited"]) if "expedited" in value else None
    return Tolling(read_duration(value["standard"]), expedited, read_citation(value["citation"], sources))


def _limit(value: Json, sources: Sources) -> ContractLimit:
    allowed, units = read_allowed(value["allowed"])
    return ContractLimit(
        *_rule(value, sources),
        allowed,
        value["valid_days"],
        value["approver"],
        value["enabled"],
        value.get("reason_code"),
        units,
    )


def _rule(
    value: Json, sources: Sources
) -> tuple[str, str, frozenset[Code], frozenset[str], date | None, date | None, Citation]:
    return (
        value["id"],
        value["title"],
        frozenset(read_codes(value["codes"])),
        frozenset(value.get("lines_of_business", ())),
        read_day(value.get("from")),
        read_day(value.get("to")),
        read_citation(value["citation"], sources),
    )
