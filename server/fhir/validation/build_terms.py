"""Takes codes out of ValueSets and CodeSystems: which codes a binding allows, and which code systems say nothing here.

A value set becomes parts: a system with the codes that it lists, a system alone for all its codes, or `open` where the
codes cannot be listed from what the packages carry. No display, no definition.
Spec page: https://hl7.org/fhir/R4/valueset.html#compositions
"""

from collections.abc import Callable, Iterable, Mapping

from server.fhir.json import Json

Lookup = Callable[[str], Json | None]
"""Gives the ValueSet or CodeSystem of a canonical, or None."""

Part = dict[str, Json]


def system_codes(system: Json) -> list[str] | None:
    """All codes of a code system in order; None when the package does not carry them all."""
    if system.get("content") != "complete":
        return None
    return [concept["code"] for concept in _concepts(system.get("concept", []))]


def value_set_parts(value_set: Json, value_sets: Lookup, systems: Lookup) -> list[Part]:
    """What a value set is made of. Codes that it excludes are taken away where the rest can be listed."""
    return _parts(value_set, value_sets, systems, ())


def _parts(value_set: Json, value_sets: Lookup, systems: Lookup, above: tuple[str, ...]) -> list[Part]:
    compose = value_set.get("compose")
    if not compose:
        return _expansion(value_set)
    if value_set["url"] in above:
        return []
    above = (*above, value_set["url"])

    def included(rows: Iterable[Json]) -> list[Part]:
        return [part for row in rows for part in _included(row, value_sets, systems, above)]

    return _without(included(compose.get("include", [])), included(compose.get("exclude", [])), systems)


def _expansion(value_set: Json) -> list[Part]:
    """A value set without a definition is what its expansion lists, if that is whole."""
    expansion = value_set.get("expansion")
    if not expansion or expansion.get("total", 0) > len(expansion.get("contains", [])):
        return [{"open": True}]
    listed: dict[str, list[str]] = {}
    for row in expansion.get("contains", []):
        listed.setdefault(row.get("system", ""), []).append(row["code"])
    return [{"system": system, "codes": codes} for system, codes in sorted(listed.items())]


def _included(row: Json, value_sets: Lookup, systems: Lookup, above: tuple[str, ...]) -> list[Part]:
    own = _of_system(row, systems) if "system" in row else None
    for canonical in row.get("valueSet", []):
        found = value_sets(canonical)
        parts = _parts(found, value_sets, systems, above) if found else [{"open": True}]
        own = parts if own is None else _both(own, parts)
    return own or []


def _of_system(row: Json, systems: Lookup) -> list[Part]:
    url = row["system"]
    if concepts := row.get("concept"):
        return [{"system": url, "codes": [concept["code"] for concept in concepts]}]
    system = systems(url)
    codes = system_codes(system) if system else None
    if system is None or codes is None:
        return [{"system": url, "open": True}]
    filters = row.get("filter", [])
    if not filters:
        return [{"system": url}]
    for filter in filters:
        kept = _filtered(system, filter)
        if kept is None:
            return [{"system": url, "open": True}]
        codes = [code for code in codes if code in kept]
    return [{"system": url, "codes": codes}]


def _filtered(system: Json, filter: Json) -> set[str] | None:
    """The codes that pass a filter; None for a filter that is not known."""
    below = _descendants(system)
    value, op = filter.get("value", ""), filter["op"]
    if filter["property"] in ("concept", "code", "parent"):
        match op:
            case "is-a":
                return below.get(value, set()) | {value}
            case "descendent-of":
                return set(below.get(value, set()))
            case "is-not-a":
                return set(below) - below.get(value, set()) - {value}
            case "in":
                return {code.strip() for code in value.split(",")}
    if op == "=":
        return {c["code"] for c in _concepts(system.get("concept", [])) if _has_property(c, filter["property"], value)}
    return None


def _has_property(concept: Json, name: str, value: str) -> bool:
    for property in concept.get("property", []):
        if property["code"] == name:
            found = next((v for key, v in property.items() if key.startswith("value")), None)
            if str(found).lower() == value.lower() if isinstance(found, bool) else found == value:
                return True
    return False


def _concepts(concepts: Iterable[Json]) -> Iterable[Json]:
    for concept in concepts:
        yield concept
        yield from _concepts(concept.get("concept", []))


def _descendants(system: Json) -> dict[str, set[str]]:
    """Every code with all codes below it, by nesting and by the parent and subsumedBy properties."""
    children: dict[str, set[str]] = {concept["code"]: set() for concept in _concepts(system.get("concept", []))}
    for concept in _concepts(system.get("concept", [])):
        children[concept["code"]].update(child["code"] for child in concept.get("concept", []))
        for property in concept.get("property", []):
            if property["code"] in ("subsumedBy", "parent") and (parent := property.get("valueCode")) in children:
                children[parent].add(concept["code"])
    return {code: _reached(code, children) for code in children}


def _reached(code: str, children: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(children[code])
    while todo:
        child = todo.pop()
        if child not in seen:
            seen.add(child)
            todo.extend(children.get(child, ()))
    return seen


def _both(left: list[Part], right: list[Part]) -> list[Part]:
    """The parts in both; a pair that cannot be listed stays open, so that nothing is refused that may be right."""
    found: list[Part] = []
    for one in left:
        for other in right:
            if one.get("system") != other.get("system") and "system" in one and "system" in other:
                continue
            if "codes" in one and "codes" in other:
                found.append({**one, "codes": [code for code in one["codes"] if code in other["codes"]]})
            else:
                found.append({"system": one.get("system") or other.get("system"), "open": True})
    return found


def _without(parts: list[Part], excluded: list[Part], systems: Lookup) -> list[Part]:
    for out in excluded:
        parts = [_less(part, out, systems) for part in parts]
    return [part for part in parts if part.get("codes", True)]


def _less(part: Part, out: Part, systems: Lookup) -> Part:
    if part.get("system") != out.get("system") or "open" in part:
        return part
    if "codes" not in out:
        return part if "open" in out else {**part, "codes": []}
    system = systems(part["system"]) if "codes" not in part else None
    codes = part["codes"] if "codes" in part else (system_codes(system) if system else None) or []
    return {**part, "codes": [code for code in codes if code not in out["codes"]]}
