"""Turns what a case gives into a request and facts, through the same sources that a real request would use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from server.decision.codes import PLACE_OF_SERVICE, read_code
from server.decision.facts import Answered, Authorized, Diagnosed, Facts, Observed, Source
from server.decision.policy.criteria import (
    Compare,
    FromAuthorization,
    FromConditions,
    FromForm,
    FromObservation,
    FromOrder,
    FromRequest,
    Input,
    InputSource,
    leaves,
)
from server.decision.policy.policy import Policy
from server.decision.request import Code, Member, Quantity, Request, RequestedItem, Value
from server.fhir.codes import UCUM
from server.fhir.dates import DatePeriod, first_day, last_day
from server.fhir.json import Json

_KINDS: Mapping[str, type] = {
    "observation": FromObservation,
    "observation_date": FromObservation,
    "form_item": FromForm,
    "conditions": FromConditions,
    "conditions_in": FromConditions,
    "order": FromOrder,
    "request": FromRequest,
    "authorization": FromAuthorization,
}


class GivenRefused(ValueError):
    """The case gives what the policy has no input or source for."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A request with its facts, as a case describes them."""

    request: Request
    facts: Facts

    @property
    def on(self) -> date:
        """The day of the decision."""
        return self.request.received.date()


@dataclass(frozen=True, slots=True)
class _Fact:
    source: InputSource
    values: tuple[Value, ...]
    day: DatePeriod | None
    status: str
    at: Source


def situation(policy: Policy, base: Json, case: Json) -> Situation:
    """The situation of a case: what `base` says, and over it what the case says. Raises GivenRefused."""
    merged = {**base, **case}
    received = datetime.fromisoformat(merged["received"]).astimezone(UTC)
    given = {**base.get("given", {}), **case.get("given", {})}
    facts = [
        fact
        for name, value in given.items()
        if value is not None
        for fact in _facts(policy, name, value, received.date())
    ]
    member = Member("case", "case", merged["line_of_business"], merged.get("birth_date"), DatePeriod())
    request = Request(member, (_item(policy, merged, facts),), received)
    return Situation(request, Facts(_observed(facts), _diagnosed(facts), _answered(facts), _authorized(facts)))


def _item(policy: Policy, merged: Json, facts: list[_Fact]) -> RequestedItem:
    code = read_code(merged["code"]) if "code" in merged else policy.rows[0].code
    serviced = merged.get("serviced")
    quantity = merged.get("quantity")
    attributes = {fact.source.path: fact.values for fact in facts if isinstance(fact.source, FromOrder)}
    place = (Code(PLACE_OF_SERVICE, merged["place"]),) if "place" in merged else ()
    return RequestedItem(
        sequence=1,
        source="Claim.item[0]",
        codes=(code,),
        quantity=Quantity(Decimal(quantity["value"]), quantity.get("unit")) if quantity else None,
        serviced=DatePeriod(_day(serviced.get("start")), _day(serviced.get("end"))) if serviced else None,
        place=place,
        attributes=attributes,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _facts(policy: Policy, name: str, value: Json, received: date) -> Iterator[_Fact]:
    if name not in policy.inputs:
        raise GivenRefused(f"The policy has no input {name}.")
    each = policy.inputs[name]
    several = value if isinstance(value, list) and all(isinstance(part, dict) for part in value) else [value]
    for index, part in enumerate(several):
        written = part if isinstance(part, dict) else {"value": part}
        source = _source(each, written.get("source"))
        day = written.get("date", received.isoformat())
        period = DatePeriod(first_day(day), last_day(day)) if day else None
        if isinstance(source, FromObservation) and source.take == "date":
            period = DatePeriod(first_day(written["value"]), last_day(written["value"]))
        values = tuple(_value(raw, written.get("unit") or _unit(policy, name)) for raw in _listed(written.get("value")))
        status = written.get("status", "active" if isinstance(source, FromConditions) else "final")
        yield _Fact(source, values, period, status, Source(f"{name}/{index}", "value"))


def _source(each: Input, kind: str | None) -> InputSource:
    wanted = _KINDS.get(kind, type(None)) if kind else type(each.sources[0])
    for source in each.sources:
        if isinstance(source, wanted):
            return source
    raise GivenRefused(f"The input {each.id} has no source {kind}.")


def _listed(value: Json) -> list[Json]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unit(policy: Policy, name: str) -> str | None:
    for leaf in leaves(policy.criteria):
        if leaf.input == name and isinstance(leaf.condition, Compare):
            return leaf.condition.unit
    return None


def _value(raw: Json, unit: str | None) -> Value:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, Decimal)):
        return Quantity(Decimal(raw), unit, UCUM, unit)
    return read_code(raw) if "|" in raw else str(raw)


def _observed(facts: list[_Fact]) -> tuple[Observed, ...]:
    return tuple(
        Observed(
            (min(fact.source.codes, key=lambda code: code.code),),
            fact.values[0] if fact.values and fact.source.take == "value" else None,
            fact.status,
            fact.at,
            fact.day,
        )
        for fact in facts
        if isinstance(fact.source, FromObservation)
    )


def _diagnosed(facts: list[_Fact]) -> tuple[Diagnosed, ...]:
    return tuple(
        Diagnosed(_codes(fact), _state(fact.status), fact.at)
        for fact in facts
        if isinstance(fact.source, FromConditions)
    )


def _state(status: str) -> Literal["active", "inactive", "refuted"]:
    match status:
        case "active" | "inactive" | "refuted":
            return status
        case _:
            raise GivenRefused("The status of a condition is active, inactive or refuted.")


def _answered(facts: list[_Fact]) -> tuple[Answered, ...]:
    return tuple(
        Answered(fact.source.questionnaire, fact.source.link_id, fact.values, fact.at, fact.day)
        for fact in facts
        if isinstance(fact.source, FromForm)
    )


def _authorized(facts: list[_Fact]) -> tuple[Authorized, ...]:
    return tuple(
        Authorized("PA1", _codes(fact), fact.day or DatePeriod(), fact.at)
        for fact in facts
        if isinstance(fact.source, FromAuthorization)
    )


def _codes(fact: _Fact) -> tuple[Code, ...]:
    return tuple(value for value in fact.values if isinstance(value, Code))
