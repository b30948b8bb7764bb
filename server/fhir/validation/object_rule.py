"""The rule of a JSON object: which keys it may have, which it must have, and the rule of each value.

Keys are compiled when a document first has them, so that a profile costs what its documents use and circles of types
need no care. What can't be a key is never stored, so that documents can't make the table grow.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.validation.finding import Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import Ok, Rule, Write
from server.fhir.validation.scope import Scope
from server.fhir.validation.shapes import Make, Shape, Shapes, Stock

ShadowOk = Callable[[Json, Json, Scope], bool]
ShadowReport = Callable[[Json, Json, Scope, str, Findings], None]


@dataclass(frozen=True, slots=True)
class Shadow:
    """The rule of a key that reads its twin too: `_x` beside `x`, or an array of primitives beside `_x`."""

    ok: ShadowOk
    report: ShadowReport
    twin: str
    write_alone: Write | None = None
    """The lines of a check where the twin is known to be absent."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an object may have. `make` gives the rule of a key, or None for a key that may not be there."""

    make: Callable[[str], Rule | Shadow | None]
    required: Sequence[tuple[str, ...]] = ()
    """Groups of keys of which one must be there; the first names the group."""
    choices: Sequence[tuple[str, frozenset[str]]] = ()
    """Groups of keys of which at most one may be there, with the name of the element."""
    labels: Mapping[str, str] = None  # type: ignore[assignment]
    """FHIRPath step of a key, where it is not the key itself."""
    implied: Sequence[tuple[str, str]] = ()
    """Pairs of keys: where the first is, the second must be."""
    element: bool = True
    """Whether it is an element (ele-1), not a resource."""


class _Table(dict[str, Rule | Shadow]):
    """The rules of the keys that documents have used."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[str], Rule | Shadow | None]) -> None:
        super().__init__()
        self._make = make

    def rule(self, key: str) -> Rule | Shadow | None:
        found = self.get(key)
        if found is None:
            found = self._make(key)
            if found is not None:
                self[key] = found
        return found


class _Oks(dict[str, Ok | None]):
    """The fast checks of plain keys; None for a key that is unknown or needs its twin."""

    __slots__ = ("_table",)

    def __init__(self, table: _Table) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, key: str) -> Ok | None:
        found = self._table.rule(key)
        if found is None:
            return None
        ok = self[key] = found.ok if isinstance(found, Rule) else None
        return ok


def object_rule(keys: Keys, extra: Rule, stock: Stock) -> Rule:
    """The rule of an object with these keys; `extra` is asked when the keys are right."""
    table = _Table(keys.make)
    shapes = Shapes(_answering(keys, table, extra), _making(table, extra), stock)
    return Rule(shapes.ok, _reporting(keys, table, extra), write=shapes.write)


def _making(table: _Table, extra: Rule) -> Make:
    """Makes the check of a shape. What is asked of keys alone was kept by the objects that had the shape before."""

    def make(shape: Shape) -> Source | None:
        source = Source()
        names = source.unpack(shape)
        for key, name in names.items():
            match table.rule(key):
                case Rule() as rule:
                    source.hold(rule, name)
                case Shadow() as shadow if shadow.twin not in names and shadow.write_alone is not None:
                    shadow.write_alone(source, name)
                case Shadow() as shadow:
                    source.refuse_if(f"not {source.bind(shadow.ok)}({name}, {names.get(shadow.twin)}, scope)")
                case None:
                    return None
        source.hold_known(extra, names)
        return source

    return make


def _answering(keys: Keys, table: _Table, extra: Rule) -> Ok:
    """The check of an object of any shape, key by key."""

    def twinned(key: str, child: Json, value: Json, scope: Scope) -> bool:
        found = table.rule(key)
        return isinstance(found, Shadow) and found.ok(child, value.get(found.twin), scope)

    source = Source()
    oks, other = source.bind(_Oks(table)), source.bind(twinned)
    source.refuse_if("not value")
    with source.block("for key, child in value.items():"):
        source.add(f"check = {oks}[key]")
        with source.block("if check is not None:"):
            source.refuse_if("not check(child, scope)")
        source.add(f"elif not {other}(key, child, value, scope): return False")
    source.require(keys.required)
    for names in (names for _, names in keys.choices if len(names) > 1):
        _choose_once(source, names)
    if keys.element and not keys.required:  # or else an id alone lacks what is required
        source.refuse_if("len(value) == 1 and 'id' in value")
    source.imply(keys.implied)
    source.ask(part.ok for part in extra.parts)
    return source.made() or extra.ok


def _choose_once(source: Source, names: frozenset[str]) -> None:
    """Counts the keys of a choice; a value counts once with its twin, which only the slower count knows."""
    has = source.bind(frozenset({*names, *(f"_{name}" for name in names)}).__contains__)
    counted = source.bind(lambda value: _chosen(value, names))
    source.refuse_if(f"sum(map({has}, value)) > 1 and {counted}(value) > 1")


def _chosen(value: Json, names: frozenset[str]) -> int:
    found = 0
    for key in value:
        if key in names or key[0:1] == "_" and key[1:] in names and key[1:] not in value:
            found += 1
    return found


def _reporting(keys: Keys, table: _Table, extra: Rule) -> Callable[[Json, Scope, str, Findings], None]:
    labels = keys.labels or {}

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if type(value) is not dict:
            findings.error("json-object", "structure", place, "This must be one JSON object.")
            return
        if not value or (keys.element and len(value) == 1 and "id" in value):
            findings.error("ele-1", "structure", place, "The element is empty; give it a value or leave it out.")
            return
        for key, child in value.items():
            _report_key(table, key, child, value, scope, f"{place}.{labels.get(key, key)}", findings)
        _report_absent(keys, value, place, findings)
        extra.report(value, scope, place, findings)

    return report


def _report_key(
    table: _Table, key: str, child: Json, value: Json, scope: Scope, place: str, findings: Findings
) -> None:
    match table.rule(key):
        case Rule() as rule:
            rule.report(child, scope, place, findings)
        case Shadow() as shadow:
            shadow.report(child, value.get(shadow.twin), scope, place, findings)
        case None:
            parent = place.rpartition(".")[0]
            text = "There is a key that this element does not have, or that the profile forbids; leave it out."
            where = place if key.isidentifier() and len(key) <= 64 else parent
            findings.error("unknown-element", "structure", where, text)


def _report_absent(keys: Keys, value: Json, place: str, findings: Findings) -> None:
    for names in keys.required:
        if not any(name in value for name in names):
            text = f"{names[0]} is required here and absent; send it."
            findings.error("cardinality-min", "required", place, text)
    for name, choice in keys.choices:
        if _chosen(value, choice) > 1:
            text = f"{name} may have one type only; send one of its variants."
            findings.error("choice-once", "structure", place, text)
    for when, then in keys.implied:
        if when in value and then not in value:
            text = f"{when} must have an extension here; send it in {then}."
            findings.error("cardinality-min", "required", place, text)
