"""Takes the facts that are checked out of a StructureDefinition: no name, no sentence, nothing that is not enforced.

An element that says the same as the base definition of its path is written as the one word SAME, so that a review of a
profile reads what the profile adds.
Spec page: https://hl7.org/fhir/R4/elementdefinition.html
"""

from collections.abc import Iterable, Mapping

from server.fhir.json import Json

CORE = "http://hl7.org/fhir/StructureDefinition/"
CORE_PACKAGE = "hl7.fhir.r4.core"
SAME = "="
"""Stands for the facts of the base definition of the same path."""

NATIVE = {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "ref-1", "txt-1", "txt-2"}
"""Invariants that are checked by code of their own, wherever they apply."""

_FHIR_TYPE = CORE + "structuredefinition-fhir-type"
_BEST_PRACTICE = CORE + "elementdefinition-bestpractice"
_MAX_VALUE_SET = CORE + "elementdefinition-maxValueSet"
_CHECKED_STRENGTHS = ("required", "extensible")
_PREFIXES = ("fixed", "pattern", "minValue", "maxValue")

Facts = dict[str, Json]


def short(canonical: str) -> str:
    """A canonical of the core specification by its last part, any other as it is."""
    return canonical.removeprefix(CORE) if canonical.startswith(CORE) else canonical


def structure_facts(definition: Json, base_elements: Mapping[str, Facts] | None) -> Json:
    """The facts of a StructureDefinition with a snapshot. `base_elements` are those of the type that it constrains."""
    elements: dict[str, Json] = {}
    invariants: dict[str, Json] = {}
    for element in definition["snapshot"]["element"]:
        facts = _element(element, invariants)
        same = base_elements is not None and base_elements.get(element["path"]) == facts
        elements[element["id"]] = SAME if same and ":" not in element["id"].rpartition(".")[2] else facts
    found = {
        "version": definition.get("version", ""),
        "type": short(definition["type"]),
        "kind": definition["kind"],
        "abstract": definition.get("abstract", False),
        "base": short(definition.get("baseDefinition", "")),
        "derivation": definition.get("derivation", "specialization"),
        "context": [[context["type"], context["expression"]] for context in definition.get("context", [])],
        "contextInvariant": list(definition.get("contextInvariant", [])),
        "invariants": dict(sorted(invariants.items())),
        "elements": elements,
    }
    return {key: value for key, value in found.items() if value or key == "elements"}


def _element(element: Json, invariants: dict[str, Json]) -> Facts:
    found: dict[str, Json] = {
        "min": element.get("min", 0),
        "max": "" if element.get("max", "*") == "*" else element["max"],
        "types": [_type(type) for type in element.get("type", [])],
        "content": short(element.get("contentReference", "")).removeprefix("#"),
        "slicing": _slicing(element.get("slicing")),
        "bind": _binding(element.get("binding")),
        "length": element.get("maxLength", 0),
        "inv": _invariants(element.get("constraint", []), invariants),
    }
    facts = {key: value for key, value in found.items() if value}
    for key, value in element.items():
        for prefix in _PREFIXES:
            if key.startswith(prefix) and key != prefix:
                facts[prefix] = value
    return facts


def _type(type: Json) -> Json:
    code = next(
        (part["valueUrl"] for part in type.get("extension", []) if part["url"] == _FHIR_TYPE and "valueUrl" in part),
        type["code"],
    )
    found = {
        "code": short(code),
        "profile": [short(profile) for profile in type.get("profile", [])],
        "target": [short(target) for target in type.get("targetProfile", [])],
        "aggregation": type.get("aggregation", []),
        "versioning": type.get("versioning", "").replace("either", ""),
    }
    kept = {key: value for key, value in found.items() if value}
    return kept if len(kept) > 1 else kept["code"]


def _slicing(slicing: Json) -> Json:
    if not slicing:
        return None
    by = [[discriminator["type"], discriminator["path"]] for discriminator in slicing.get("discriminator", [])]
    found = {"by": by, "rules": slicing.get("rules", "open"), "ordered": slicing.get("ordered", False)}
    return {key: value for key, value in found.items() if value}


def _binding(binding: Json) -> Json:
    if not binding:
        return None
    bound: dict[str, Json] = {}
    if binding["strength"] in _CHECKED_STRENGTHS and "valueSet" in binding:
        bound[binding["strength"]] = binding["valueSet"]
    for extension in binding.get("extension", []):
        if extension["url"] == _MAX_VALUE_SET and "required" not in bound:
            bound["max"] = extension.get("valueCanonical") or extension.get("valueUri")
    return bound


def _invariants(constraints: Iterable[Json], invariants: dict[str, Json]) -> list[str]:
    keys = []
    for constraint in constraints:
        key = constraint["key"]
        if key in NATIVE or "expression" not in constraint:
            continue
        rule = [_severity(constraint), constraint["expression"]]
        while invariants.setdefault(key, rule) != rule:
            key += "'"
        keys.append(key)
    return sorted(keys)


def _severity(constraint: Json) -> str:
    best = any(part["url"] == _BEST_PRACTICE and part.get("valueBoolean") for part in constraint.get("extension", []))
    return "best-practice" if best else str(constraint["severity"])
