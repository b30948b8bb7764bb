"""A policy from the value of its `policy.yaml`, whose shape and lint were checked before."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import get_args

from server.decision.codes import PLACE_OF_SERVICE
from server.decision.finding import Citation
from server.decision.plan.read import read_allowed, read_citation, read_codes, read_day
from server.decision.policy.criteria import (
    Bound,
    Comparator,
    Compare,
    Condition,
    Contradiction,
    Criterion,
    FromAuthorization,
    FromConditions,
    FromForm,
    FromMember,
    FromObservation,
    FromOrder,
    FromRequest,
    Group,
    Input,
    InputSource,
    InSet,
    Is,
    Known,
    Leaf,
    ValueSet,
    Within,
    value_set,
)
from server.decision.policy.order_path import order_paths
from server.decision.policy.policy import Outcomes, Policy, QuantityLimit, ScopeRow
from server.decision.request import Code
from server.fhir.json import Json

COMPARATORS: tuple[Comparator, ...] = get_args(Comparator)


def read_policy(value: Json, listed: Iterable[Mapping[str, str]] = ()) -> Policy:
    """The policy; `listed` are the rows of its file of codes. Raises KeyError for a name that lint would refuse."""
    sources = value["sources"]
    sets = {name: _value_set(name, each) for name, each in value.get("value_sets", {}).items()}
    form = value.get("form")
    inputs = {name: _input(name, each, form, sets) for name, each in value["inputs"].items()}
    outcomes = value["outcomes"]
    return Policy(
        id=value["id"],
        version=value["version"],
        title=value["title"],
        rows=scope_rows(value, listed),
        citations=tuple(_source(each) for each in sources.values())
        if "citation" not in value["scope"]
        else (read_citation(value["scope"]["citation"], sources),),
        inputs=inputs,
        criteria=_criterion(value["criteria"], sources, sets),
        outcomes=Outcomes(outcomes["met"]["valid_days"], outcomes["unknown"]["owner"], outcomes["not_met"]["owner"]),
        forms=(form,) if form else (),
        limit=_limit(value["limit"], sources) if "limit" in value else None,
    )


def scope_rows(value: Json, listed: Iterable[Mapping[str, str]] = ()) -> tuple[ScopeRow, ...]:
    """One row for each code of the scope, of its value sets and of its file."""
    scope = value["scope"]
    lines = frozenset(scope.get("lines_of_business", ()))
    places = frozenset(read_codes(scope.get("places", ())))
    start, end = read_day(scope["from"]), read_day(scope["to"])
    codes = list(read_codes(scope.get("codes", ())))
    for name in scope.get("value_sets", ()):
        codes += read_codes(value["value_sets"][name].get("codes", ()))
    rows = [ScopeRow(code, lines, places, start, end) for code in dict.fromkeys(codes)]
    whole = ScopeRow(Code("", ""), lines, places, start, end)
    return (*rows, *(_listed(row, whole) for row in listed))


def _listed(row: Mapping[str, str], whole: ScopeRow) -> ScopeRow:
    """A row of the file; an empty cell takes what the scope says."""
    system_code = read_codes((row["code"],))[0]
    lines = frozenset((row.get("lines_of_business") or "").split()) or whole.lines_of_business
    place = frozenset(Code(PLACE_OF_SERVICE, code) for code in (row.get("places") or "").split()) or whole.places
    start = read_day(row.get("from") or None) or whole.start
    return ScopeRow(system_code, lines, place, start, read_day(row.get("to") or None) or whole.end)


def _source(value: Json) -> Citation:
    return Citation(value["document"], "whole document", value["date"], value.get("url"))


def _value_set(name: str, value: Json) -> ValueSet:
    return value_set(name, value["title"], read_codes(value.get("codes", ())), read_codes(value.get("families", ())))


def _limit(value: Json, sources: Json) -> QuantityLimit:
    allowed, units = read_allowed(value["allowed"])
    citation = read_citation(value["citation"], sources)
    return QuantityLimit(allowed, units, value["approver"], value["enabled"], value.get("reason_code"), citation)


def _input(name: str, value: Json, form: str | None, sets: Mapping[str, ValueSet]) -> Input:
    window = value.get("within")
    link_id = next((each["form_item"] for each in value["from"] if "form_item" in each), None)
    return Input(
        id=name,
        ask=value["ask"],
        sources=tuple(_input_source(each, form, sets) for each in value["from"]),
        window=Within(window["days"], window["before"]) if window else None,
        form=form if link_id else None,
        link_id=link_id,
        attachment=value.get("attachment"),
    )


def _input_source(value: Json, form: str | None, sets: Mapping[str, ValueSet]) -> InputSource:
    [(kind, what)] = value.items()
    match kind:
        case "observation":
            return FromObservation(frozenset(read_codes(what)))
        case "observation_date":
            return FromObservation(frozenset(read_codes(what)), "date")
        case "form_item":
            return FromForm((form or "").partition("|")[0], what)
        case "conditions":
            return FromConditions()
        case "conditions_in":
            return FromConditions(sets[what])
        case _:
            return _other_source(kind, what)


def _other_source(kind: str, what: Json) -> InputSource:
    match kind:
        case "order":
            return FromOrder(what, order_paths(what))
        case "request":
            return FromRequest(what)
        case "member":
            return FromMember()
        case _:
            return FromAuthorization(frozenset(read_codes(what)))


def _criterion(value: Json, sources: Json, sets: Mapping[str, ValueSet]) -> Criterion:
    citation = read_citation(value["citation"], sources) if "citation" in value else None
    if "input" in value:
        against = tuple(Contradiction(each["input"], read_compare(each)) for each in value.get("contradicted_by", ()))
        assert citation is not None, "lint refuses a leaf without citation"
        return Leaf(value["id"], value["text"], value["input"], _condition(value, sets), citation, against)
    kind, children, count = group_parts(value)
    read = tuple(_criterion(child, sources, sets) for child in children)
    match kind:
        case "all" | "any" | "not":
            return Group(value["id"], value["text"], kind, read, 0, citation)
        case _:
            return Group(value["id"], value["text"], "at_least", read, count, citation)


def group_parts(value: Json) -> tuple[str, list[Json], int]:
    """Kind, children and count of a group as it is written."""
    if "not" in value:
        return "not", [value["not"]], 0
    if "at_least" in value:
        return "at_least", value["at_least"]["of"], value["at_least"]["count"]
    kind = "all" if "all" in value else "any"
    return kind, value[kind], 0


def _condition(value: Json, sets: Mapping[str, ValueSet]) -> Condition:
    if "in" in value:
        return InSet(sets[value["in"]])
    if "is" in value:
        return Is(value["is"])
    if "within_days" in value:
        return Within(value["within_days"], value["before"])
    return Known() if "known" in value else read_compare(value)


def read_compare(value: Json) -> Compare:
    """The bounds of a threshold, with their unit."""
    bounds = tuple(Bound(each, Decimal(value[each])) for each in COMPARATORS if each in value)
    return Compare(bounds, value["unit"])
