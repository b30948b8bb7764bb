"""The keys of an object and the items of an array by what a profile adds: only the keys that it says more about.

The shape of the JSON was checked with the type, so nothing is asked of it here.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import NOTHING, Ok, Rule, all_of
from server.fhir.validation.scope import Scope
from server.fhir.validation.shapes import Shape, Shapes, Stock

_FEW = 4
"""Keys of an object up to which it is as quick to look for each of them."""


@dataclass(frozen=True, slots=True)
class AddedKeys:
    """What is asked of the keys of an object."""

    members: Sequence[tuple[str, Rule]] = ()
    """The keys that more is asked of."""
    required: Sequence[tuple[str, ...]] = ()
    """Groups of keys of which one must be there."""
    implied: Sequence[tuple[str, str]] = ()
    """Pairs of keys: where the first is, the second must be."""
    forbidden: frozenset[str] = frozenset()


def added_object(added: AddedKeys, whole: Rule, stock: Stock) -> Rule:
    """What is asked of an object by its keys, and as a whole."""
    source = Source()
    source.require(added.required)
    if added.forbidden:
        source.refuse_if(f"not {source.bind(added.forbidden)}.isdisjoint(value)")
    for key, rule in added.members:
        child = source.variable()
        with source.block(f"if {key!r} in value:"):
            source.add(f"{child} = value[{key!r}]")
            source.hold(rule, child)
    source.imply(added.implied)
    source.hold(whole, "value")
    if source.asks_nothing:
        return NOTHING
    if len(added.members) + len(added.required) <= _FEW:
        return Rule(source.made() or NOTHING.ok, NOTHING.report)
    shapes = Shapes(source.later(), lambda shape: _of_shape(shape, added, whole), stock)
    return Rule(shapes.ok, NOTHING.report, write=shapes.write)


def _of_shape(shape: Shape, added: AddedKeys, whole: Rule) -> Source:
    source = Source()
    names = source.unpack(shape)
    for key, rule in added.members:
        if key in names:
            source.hold(rule, names[key])
    source.hold_known(whole, names)
    return source


def added_list(item: Rule, least: int, most: int, whole: Rule) -> Rule:
    """What is asked of an array: of each item, of their number (0 adds nothing), and of all of them together."""

    def counted(value: Json, scope: Scope) -> bool:
        return len(value) >= least and (not most or len(value) <= most)

    def write_counted(source: Source, name: str) -> None:
        if least:
            source.refuse_if(f"len({name}) < {least}")
        if most:
            source.refuse_if(f"len({name}) > {most}")

    count = Rule(counted, NOTHING.report, write=write_counted) if least or most else NOTHING
    return all_of([count, _each(item), whole])


def _each(item: Rule) -> Rule:
    if not item.parts:
        return NOTHING
    check: Ok = item.ok

    def each(value: Json, scope: Scope) -> bool:
        for one in value:  # noqa: SIM110 - a generator inside of all() costs a frame for each value
            if one is not None and not check(one, scope):
                return False
        return True

    def write(source: Source, name: str) -> None:
        one = source.variable()
        with source.block(f"for {one} in {name}:"), source.block(f"if {one} is not None:"):
            source.hold(item, one)

    return Rule(each, NOTHING.report, write=write)
