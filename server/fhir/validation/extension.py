"""Extensions: each is held against the definition that its url names, and may stand only where that allows.

An extension that no package defines is no error, as FHIR lets anyone define one; a modifier extension that is not
understood is, as FHIR demands.
Spec page: https://hl7.org/fhir/R4/extensibility.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.context import invariants_rule, queries_rule
from server.fhir.validation.finding import Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.native_values import is_absolute
from server.fhir.validation.position import Position
from server.fhir.validation.rule import NOTHING, Ok, Rule, Write, all_of, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Node, Package, Structure

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler


_Known = dict[Package | None, dict[str, Ok]]
_NONE: Mapping[str, Ok] = MappingProxyType({})


def extension_items(compiler: Compiler, node: Node, position: Position, *, sliced: bool) -> Rule:
    """The rule of one extension at a position. `sliced` says that a slice of the profile has it already."""
    known: _Known = {}
    modifier = node.name == "modifierExtension"
    base = compiler.library.find("Extension")
    below = _below(position)
    plain = compiler.structure_rule(base, below) if base is not None else NOTHING
    closed = node.structure.type == "Extension" and node.structure.profile and not sliced
    unknown = _unknown(plain, modifier)
    inner = position.base.type == "Extension"
    relative = NOTHING if sliced else all_of([plain, *([_NOT_DEFINED] if closed else [] if inner else [_RELATIVE])])

    def rule(value: Json, prefer: Sequence[Package]) -> Rule:
        url = value.get("url") if type(value) is dict else None
        if type(url) is not str:
            return plain
        if not is_absolute(url):
            return relative
        definition = compiler.library.find(url, node.structure.package, prefer)
        if definition is None or definition.type != "Extension":
            return unknown
        found = _defined(compiler, definition, position, below)
        known.setdefault(prefer[0] if prefer else None, {})[url] = found.ok
        return found

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        rule(value, scope.run.prefer).report(value, scope, place, findings)

    def ok(value: Json, scope: Scope) -> bool:
        return rule(value, scope.run.prefer).ok(value, scope)

    return Rule(_quickly(known, relative, ok), report, write=_written(known, ok))


def _quickly(known: _Known, relative: Rule, other: Ok) -> Ok:
    """By the table of what was found before; else by the rule."""
    relative_ok = relative.ok

    def ok(value: Json, scope: Scope) -> bool:
        url = value.get("url") if type(value) is dict else None
        if type(url) is str:
            check = known.get(scope.run.first, _NONE).get(url)
            if check is not None:
                return check(value, scope)
            if ":" not in url:
                return relative_ok(value, scope)
        return other(value, scope)

    return ok


def _written(known: _Known, other: Ok) -> Write:
    """The lines of the same."""

    def write(source: Source, name: str) -> None:
        url, check = source.variable(), source.variable()
        source.add(f"{url} = {name}.get('url') if type({name}) is dict else None")
        found = f"{source.bind(known)}.get(scope.run.first, {source.bind(_NONE)}).get({url}, {source.bind(other)})"
        source.add(f"{check} = {found} if type({url}) is str else {source.bind(other)}")
        source.refuse_if(f"not {check}({name}, scope)")

    return write


_RELATIVE = sentence(
    lambda value, scope: False,
    "extension-url",
    "value",
    "The url of an extension must be absolute; only the parts of an extension have simple names.",
)
_NOT_DEFINED = sentence(
    lambda value, scope: False,
    "extension-part",
    "structure",
    "The definition of the extension around this one has no part of this url; use one that it has.",
)


def _below(position: Position) -> tuple[str, ...]:
    return tuple(f"{place}.extension" for place in position.places if place.count(".") < 3)


def _unknown(plain: Rule, modifier: bool) -> Rule:
    if modifier:
        text = "The modifier extension is not understood here, and FHIR forbids to ignore it; leave it out."
        return all_of([plain, sentence(lambda value, scope: False, "modifier-unknown", "not-supported", text)])

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        plain.report(value, scope, place, findings)
        text = "No package that is loaded defines the extension: its content was not checked."
        findings.information("extension-unknown", "not-found", place, text)

    return Rule(plain.ok, report)


def _defined(compiler: Compiler, definition: Structure, position: Position, below: tuple[str, ...]) -> Rule:
    whole = compiler.structure_rule(definition, ("extension:" + definition.url, *below))
    rule = all_of([whole, invariants_rule(definition)])
    if allowed(definition.contexts, position):
        return rule
    if any(kind == "fhirpath" for kind, _ in definition.contexts):
        return all_of([rule, queries_rule(definition)])
    names = ", ".join(expression for _, expression in definition.contexts[:8])
    text = f"The extension may not stand here; its definition allows {names}."
    return all_of([rule, sentence(lambda value, scope: False, "extension-context", "structure", text)])


def allowed(contexts: Sequence[tuple[str, str]], position: Position) -> bool:
    """Whether a definition with these contexts may be used at a position, by those that are no queries."""
    if not contexts:
        return True
    places = set(position.places)
    for kind, expression in contexts:
        if kind != "fhirpath" and (expression == "Element" or expression in places):
            return True
        if kind == "extension" and f"extension:{expression}" in places:
            return True
        if kind == "element" and (":" in expression or expression == "Extension" and position.base.type == "Extension"):
            return True
    return False
