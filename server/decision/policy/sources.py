"""Reads an input of a policy from the sources that the policy names: facts, the item, the member.

An Observation counts when it is final, amended or corrected, and inside the input's window for certain; the latest one
counts, and several when their dates can't be told apart. Absence of a fact shows nothing.
"""

from dataclasses import dataclass, replace
from datetime import date

from server.decision.days import shifted
from server.decision.fact_index import FactIndex
from server.decision.facts import Answered, Authorized, Diagnosed, Observed
from server.decision.finding import Evidence
from server.decision.plan.decide import Asked
from server.decision.policy.age import ages
from server.decision.policy.criteria import (
    FromAuthorization,
    FromConditions,
    FromForm,
    FromMember,
    FromObservation,
    FromOrder,
    FromRequest,
    Input,
    InputSource,
    ValueSet,
    Within,
)
from server.decision.policy.order_path import read_elements
from server.decision.policy.seen import Reading, Seen, show, show_period
from server.decision.request import Code, Value
from server.fhir.dates import DatePeriod

COUNTED = frozenset({"final", "amended", "corrected"})
"""Statuses of an Observation that counts. Others are not results yet, or no longer."""

_VOID = frozenset({"entered-in-error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Context:
    """What an input is read from."""

    asked: Asked
    facts: FactIndex

    def anchor(self, before: str) -> date:
        """The day that a window ends with."""
        serviced = self.asked.item.serviced
        if before == "service" and serviced and serviced.start:
            return serviced.start
        return self.asked.request.received.date()


def read_input(each: Input, context: Context) -> Reading:
    """Everything that the sources of the input show."""
    readings = [_read(source, each, context) for source in each.sources]
    return Reading(
        tuple(seen for reading in readings for seen in reading.seen),
        tuple(evidence for reading in readings for evidence in reading.unused),
    )


def is_within(period: DatePeriod | None, window: Within, context: Context) -> bool | None:
    """Whether the days are inside the window; None when some of the days that it may be are and some are not.

    One day after receipt still counts, as it may be that day already where the test was done.
    """
    if period is None or period.start is None or period.end is None:
        return None
    anchor = context.anchor(window.before)
    first = shifted(anchor, -window.days)
    last = shifted(anchor, 1) if window.before == "receipt" else anchor
    if period.start > last:
        return None
    if first <= period.start and period.end <= last:
        return True
    return False if period.end < first else None


def _read(source: InputSource, each: Input, context: Context) -> Reading:
    match source:
        case FromObservation():
            return _observations(source, each, context)
        case FromForm():
            return _answers(context.facts.answers(source.questionnaire, source.link_id), each, context)
        case FromConditions():
            diagnoses = tuple(_diagnosis(fact) for fact in context.facts.diagnosed) + _request_diagnoses(context)
            return Reading(diagnoses if source.within is None else _members(diagnoses, source.within))
        case FromOrder():
            return _ordered(source, context)
        case FromRequest():
            return _stated(context, source.element, _element(context, source.element))
        case FromMember():
            return _age(context)
        case FromAuthorization():
            return Reading(
                tuple(_authorized(fact) for fact in context.facts.authorized if _valid(fact, source, context))
            )


def _observations(source: FromObservation, each: Input, context: Context) -> Reading:
    counted: list[Observed] = []
    unused: list[Evidence] = []
    for fact in context.facts.observations(source.codes):
        if fact.status in _VOID or fact.value is None and source.take == "value":
            continue
        if fact.status not in COUNTED:
            unused.append(_observed(fact, f" (status {fact.status})"))
        elif each.window and is_within(fact.effective, each.window, context) is not True:
            unused.append(_observed(fact, f" (not known to be within {each.window.days} days before the request)"))
        else:
            counted.append(fact)
    return Reading(tuple(_seen(fact, source) for fact in _latest(counted)), tuple(unused))


def _latest(facts: list[Observed]) -> list[Observed]:
    """Those that may be the latest: no other one is later for certain."""
    starts = [fact.effective.start for fact in facts if fact.effective and fact.effective.start]
    if not starts:
        return facts
    newest = max(starts)
    return [
        fact for fact in facts if fact.effective is None or fact.effective.end is None or fact.effective.end >= newest
    ]


def _seen(fact: Observed, source: FromObservation) -> Seen:
    if source.take == "date":
        values = () if fact.effective is None else (fact.effective,)
        return Seen(values, _observed(fact, ""), exhaustive=False)
    return Seen(() if fact.value is None else (fact.value,), _observed(fact, ""))


def _observed(fact: Observed, note: str) -> Evidence:
    day = show_period(fact.effective) if fact.effective else None
    return Evidence(fact.source.resource, fact.source.element, show(fact.value) + note, day)


def _answers(facts: tuple[Answered, ...], each: Input, context: Context) -> Reading:
    used: list[Answered] = []
    unused: list[Evidence] = []
    for fact in facts:
        if each.window and fact.authored and is_within(fact.authored, each.window, context) is False:
            unused.append(_answered(fact, f" (given more than {each.window.days} days before the request)"))
        elif fact.values:
            used.append(fact)
    newest = max((fact.authored.start for fact in used if fact.authored and fact.authored.start), default=None)
    latest = [fact for fact in used if newest is None or not _ends_before(fact.authored, newest)]
    return Reading(tuple(Seen(fact.values, _answered(fact, "")) for fact in latest), tuple(unused))


def _ends_before(period: DatePeriod | None, day: date) -> bool:
    return period is not None and period.end is not None and period.end < day


def _answered(fact: Answered, note: str) -> Evidence:
    shown = ", ".join(show(value) for value in fact.values)
    return Evidence(
        fact.source.resource, fact.source.element, shown + note, show_period(fact.authored) if fact.authored else None
    )


def _diagnosis(fact: Diagnosed) -> Seen:
    shown = ", ".join(show(code) for code in fact.codes) + ("" if fact.state == "active" else f" ({fact.state})")
    onset = show_period(fact.onset) if fact.onset else None
    evidence = Evidence(fact.source.resource, fact.source.element, shown, onset)
    values = () if fact.state == "inactive" else fact.codes
    return Seen(values, evidence, exhaustive=False, refuted=fact.state == "refuted")


def _request_diagnoses(context: Context) -> tuple[Seen, ...]:
    item = context.asked.item
    return tuple(
        Seen((code,), Evidence(item.source, "diagnosis", show(code)), exhaustive=False) for code in item.diagnoses
    )


def _members(diagnoses: tuple[Seen, ...], within: ValueSet) -> tuple[Seen, ...]:
    held = [seen for seen in diagnoses if not seen.refuted]
    return tuple(replace(seen, values=(True,)) for seen in held if any(_in(code, within) for code in seen.values))


def _in(value: Value | DatePeriod, within: ValueSet) -> bool:
    return isinstance(value, Code) and value in within


def _element(context: Context, element: str) -> tuple[Value, ...]:
    item = context.asked.item
    match element:
        case "quantity":
            return () if item.quantity is None else (item.quantity,)
        case "place":
            return item.place
        case _:
            return item.modifiers


def _ordered(source: FromOrder, context: Context) -> Reading:
    """What the order says by a name that every order is read by, or else by the policy's expression."""
    item = context.asked.item
    if source.path in item.attributes or item.order is None:
        return _stated(context, source.path, item.attributes.get(source.path, ()))
    found = read_elements(source.compiled, item.order, context.asked.request.received)
    reading = _stated(context, source.path, found.values)
    return Reading(tuple(replace(seen, exhaustive=found.exhaustive) for seen in reading.seen))


def _stated(context: Context, element: str, values: tuple[Value, ...]) -> Reading:
    if not values:
        return Reading()
    shown = ", ".join(show(value) for value in values)
    return Reading((Seen(values, Evidence(context.asked.item.source, element, shown)),))


def _age(context: Context) -> Reading:
    birth_date = context.asked.request.member.birth_date
    values = () if birth_date is None else ages(birth_date, context.asked.on)
    if not values:
        return Reading()
    shown = " or ".join(dict.fromkeys(f"{age.value:f}" for age in values))
    evidence = Evidence("Patient", "birthDate", f"{shown} years of age", context.asked.on.isoformat())
    return Reading((Seen(values, evidence),))


def _valid(fact: Authorized, source: FromAuthorization, context: Context) -> bool:
    return bool(source.codes & set(fact.codes)) and fact.valid.contains(context.anchor("service"))


def _authorized(fact: Authorized) -> Seen:
    shown = f"authorization {fact.number}"
    evidence = Evidence(fact.source.resource, fact.source.element, shown, show_period(fact.valid))
    return Seen(fact.codes, evidence, exhaustive=False)
