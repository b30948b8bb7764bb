"""How a reference may be written, whatever it refers to: its form, the type that it names, and where its target may be.

Spec page: https://hl7.org/fhir/R4/references.html#literal
"""

from collections.abc import Sequence

from server.fhir.json import Json
from server.fhir.reference import type_and_id
from server.fhir.validation.rule import NOTHING, Rule, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Node

AGGREGATIONS = ("contained", "bundled", "referenced")
_VERSIONED = ("specific", "independent")


def _is_written(value: Json, scope: Scope) -> bool:
    reference = value.get("reference")
    return type(reference) is not str or not (
        reference.isspace() or any(character.isspace() for character in reference.strip())
    )


def _is_conditional_in_transaction(value: Json, scope: Scope) -> bool:
    reference = value.get("reference")
    if type(reference) is not str or "?" not in reference or "://" in reference or reference.startswith("urn:"):
        return True
    bundle = scope.outer.bundle
    return bundle is not None and bundle.bundle.get("type") in ("transaction", "batch")


def _names_its_type(value: Json, scope: Scope) -> bool:
    reference, type_name = value.get("reference"), value.get("type")
    if type(reference) is not str or type(type_name) is not str:
        return True
    found = type_and_id(reference)
    return found is None or found[0] == type_name.rpartition("/")[2]


FORM = sentence(
    _is_written, "reference-form", "value", "A reference has no white space; send a URL, a relative reference or #id."
)
"""The rule of `Reference.reference`."""

CONDITIONAL = sentence(
    _is_conditional_in_transaction,
    "reference-conditional",
    "value",
    "A reference by search may stand in a transaction only; refer to the resource itself.",
)
"""The rule of references that are searches."""

TYPE = sentence(
    _names_its_type,
    "reference-names-type",
    "value",
    "Reference.type is another type than that of the reference; send the type of the target or leave it out.",
)
"""The rule of `Reference.type` beside a reference."""


def aggregation_rule(allowed: Sequence[str]) -> Rule:
    """The rule of where the target of a reference may be: contained, in the same Bundle, or anywhere else."""
    wanted = frozenset(allowed)

    def ok(value: Json, scope: Scope) -> bool:
        reference = value.get("reference")
        return type(reference) is not str or _aggregation(reference, scope) in wanted

    names = " or ".join(name for name in AGGREGATIONS if name in wanted)
    text = f"The target of the reference must be {names}; the profile allows no other place."
    return sentence(ok, "reference-aggregation", "structure", text)


def _aggregation(reference: str, scope: Scope) -> str:
    if reference.startswith("#"):
        return "contained"
    return "bundled" if scope.resolve(reference) is not None else "referenced"


def versioning_rule(node: Node, type: str) -> Rule:
    """The rule of whether a reference or canonical names a version, where the profile demands or forbids that."""
    asked = {one.versioning for one in node.facts.types if one.code == type}
    if len(asked) != 1 or asked.isdisjoint(_VERSIONED):
        return NOTHING
    wanted, mark = asked.pop() == "specific", "/_history/" if type == "Reference" else "|"

    def ok(value: Json, scope: Scope) -> bool:
        written = value.get("reference") if isinstance(value, dict) else value
        return not isinstance(written, str) or written.startswith("#") or (mark in written) == wanted

    text = "must name the version that is meant" if wanted else "may not name a version"
    return sentence(ok, "reference-versioning", "structure", f"The reference {text}; the profile demands it.")
