"""Evaluates the criteria of a policy: each becomes met, not met or unknown, with the evidence for it.

Sources that disagree make a criterion unknown and all of them are shown; a value that can't be compared makes it
unknown; nothing found makes it unknown. Only a value that was seen and fails makes it not met.
"""

from collections.abc import Mapping

from server.decision.finding import Finding, Missing, State, all_of, any_of, at_least, negate
from server.decision.policy.criteria import Compare, Condition, Criterion, Group, Input, InSet, Is, Known, Leaf, Within
from server.decision.policy.policy import Policy
from server.decision.policy.seen import Reading, Seen
from server.decision.policy.sources import Context, is_within, read_input
from server.decision.policy.units import factor
from server.decision.request import Code, Quantity, Value
from server.fhir.dates import DatePeriod, DateRefused, first_day, last_day

_YES_NO_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0136"
_YES_NO: Mapping[str, bool] = {"Y": True, "N": False}


def evaluate(policy: Policy, context: Context) -> Finding:
    """The finding of the whole tree; each input is read once."""
    readings = {name: read_input(each, context) for name, each in policy.inputs.items()}
    return _evaluate(policy.criteria, policy.inputs, readings, context)


def combine(group: Group, states: list[State]) -> State:
    """The state of a group from the states of its children, by Kleene's logic."""
    match group.kind:
        case "all":
            return all_of(states)
        case "any":
            return any_of(states)
        case "at_least":
            return at_least(group.count, states)
        case "not":
            return negate(states[0])


def _evaluate(
    criterion: Criterion, inputs: Mapping[str, Input], readings: Mapping[str, Reading], context: Context
) -> Finding:
    if isinstance(criterion, Leaf):
        return _leaf(criterion, inputs[criterion.input], readings, context)
    children = tuple(_evaluate(child, inputs, readings, context) for child in criterion.children)
    state = combine(criterion, [child.state for child in children])
    return Finding(criterion.id, criterion.text, state, citation=criterion.citation, children=children)


def _leaf(leaf: Leaf, asked_for: Input, readings: Mapping[str, Reading], context: Context) -> Finding:
    reading = readings[leaf.input]
    considered = _considered(leaf.condition, reading.seen)
    verdicts = [(seen, verdict) for seen in considered if (verdict := _verdict(leaf.condition, seen, context))]
    state, conflict = _agree([verdict for _, verdict in verdicts])
    evidence = tuple(seen.evidence for seen, _ in verdicts)
    if state is State.MET:
        against = _contradicting(leaf, readings, context)
        if against:
            state, conflict = State.UNKNOWN, True
            evidence += tuple(seen.evidence for seen in against)
    missing = (_missing(leaf, asked_for, conflict),) if state is State.UNKNOWN else ()
    shown = evidence if state is not State.UNKNOWN else evidence + reading.unused
    return Finding(leaf.id, leaf.text, state, shown, missing, leaf.citation, (), conflict)


def _considered(condition: Condition, seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """What bears on the condition: that one code is refuted says nothing about the other codes of a value set."""
    if not isinstance(condition, InSet):
        return seen
    held = {value for each in seen if not each.refuted for value in each.values}
    return tuple(each for each in seen if not each.refuted or held & set(each.values))


def _agree(verdicts: list[State]) -> tuple[State, bool]:
    met, not_met = State.MET in verdicts, State.NOT_MET in verdicts
    if met and not_met:
        return State.UNKNOWN, True
    if met or not_met:
        return (State.MET if met else State.NOT_MET), False
    return State.UNKNOWN, False


def _contradicting(leaf: Leaf, readings: Mapping[str, Reading], context: Context) -> list[Seen]:
    return [
        seen
        for each in leaf.contradicted_by
        for seen in readings[each.input].seen
        if _verdict(each.condition, seen, context) is State.MET
    ]


def _missing(leaf: Leaf, asked_for: Input, conflict: bool) -> Missing:
    ask = f"The sources disagree; say which holds: {asked_for.ask}" if conflict else asked_for.ask
    return Missing(leaf.id, ask, asked_for.form, asked_for.link_id, asked_for.attachment)


def _verdict(condition: Condition, seen: Seen, context: Context) -> State | None:
    """What one source says about the condition; None when it says nothing about it."""
    if isinstance(condition, InSet):
        return _membership(condition, seen)
    if not seen.values or seen.refuted:
        return None
    state, *others = [_value(condition, value, context) for value in seen.values]
    if any(other is not state for other in others):
        return State.UNKNOWN
    return None if state is State.NOT_MET and not seen.exhaustive else state


def _membership(condition: InSet, seen: Seen) -> State | None:
    codes = [value for value in seen.values if isinstance(value, Code)]
    hit = any(code in condition.value_set for code in codes)
    if seen.refuted:
        return State.NOT_MET if hit else None
    if hit:
        return State.MET
    return State.NOT_MET if codes and seen.exhaustive else None


def _value(condition: Condition, value: Value | DatePeriod, context: Context) -> State:
    match condition:
        case Compare():
            return _compare(condition, value)
        case Is():
            return _is(condition, value)
        case Within():
            return _date(condition, value, context)
        case Known():
            return State.MET
        case InSet():
            return State.UNKNOWN


def _compare(condition: Compare, value: Value | DatePeriod) -> State:
    if isinstance(value, Quantity):
        quantity = value
    elif isinstance(value, (int, str, bool, Code, DatePeriod)):
        return State.UNKNOWN
    else:
        quantity = Quantity(value)
    ratio = factor(condition.unit, quantity)
    if ratio is None:
        return State.UNKNOWN
    return _of(all(bound.holds(quantity.value, ratio) for bound in condition.bounds))


def _is(condition: Is, value: Value | DatePeriod) -> State:
    if isinstance(value, Code) and value.system == _YES_NO_SYSTEM:
        answer = _YES_NO.get(value.code)
        return State.UNKNOWN if answer is None else _of(answer is condition.value)
    return _of(value is condition.value) if isinstance(value, bool) else State.UNKNOWN


def _date(condition: Within, value: Value | DatePeriod, context: Context) -> State:
    period: DatePeriod | None = None
    if isinstance(value, DatePeriod):
        period = value
    elif isinstance(value, str):
        try:
            period = DatePeriod(first_day(value), last_day(value))
        except DateRefused:
            period = None
    inside = is_within(period, condition, context)
    return State.UNKNOWN if inside is None else _of(inside)


def _of(holds: bool) -> State:
    return State.MET if holds else State.NOT_MET
