"""Invariants that hold so often that they are code of their own: ext-1, ref-1, and those of contained resources.

Spec page: https://hl7.org/fhir/R4/domainresource.html#constraints
"""

from collections.abc import Iterator, Mapping

from server.fhir.json import Json
from server.fhir.reference import type_and_id
from server.fhir.validation.generated import Source, only_with
from server.fhir.validation.native_values import CURRENCY, IDENTIFIER, LANGUAGE, UNIT, is_absolute
from server.fhir.validation.position import Position
from server.fhir.validation.reference_form import CONDITIONAL, FORM, TYPE
from server.fhir.validation.rule import Rule, all_of, sentence
from server.fhir.validation.scope import Scope

_WITH_FULL_URLS = ("collection", "searchset", "document", "message")
_USUAL_SCHEMES = ("http://", "https://", "urn:")
_WITH_SYSTEM = ("Identifier", "Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance")


def native_rules(type: str, position: Position) -> list[Rule]:
    """The native rules of an element or resource of a type."""
    if type == "Extension":
        return [_EXT_1]
    if type == "Reference":
        return [_REFERENCES]
    if type == "Money":
        return [CURRENCY]
    if type in _WITH_SYSTEM:
        return [SYSTEM, IDENTIFIER] if type == "Identifier" else [SYSTEM, UNIT]
    return _resource_rules(type, position)


def _resource_rules(type: str, position: Position) -> list[Rule]:
    if type == "Bundle":
        return [LANGUAGE, _FULL_URL, _FULL_URL_THERE]
    if "Resource" not in position.places or position.path != type:
        return []
    found = [LANGUAGE, _DOM_2, _DOM_3, _DOM_4, _CONTAINED_IDS] if "DomainResource" in position.places else [LANGUAGE]
    return [*found, _CANONICAL_URL] if "CanonicalResource" in position.places else found


def _ext_1(value: Json, scope: Scope) -> bool:
    valued = False
    for key in value:
        if key[:5] == "value" or key[:6] == "_value":
            valued = True
    return valued != ("extension" in value)


def _ref_1(value: Json, scope: Scope) -> bool:
    reference = value.get("reference")
    if type(reference) is not str or not reference.startswith("#"):
        return True
    return scope.resolve(reference) is not None


def _refers(value: Json, scope: Scope) -> bool:
    """All rules of references at once: requests have as many references as elements of any other type."""
    reference = value.get("reference")
    if type(reference) is not str:
        return True
    if reference[:1] == "#" and scope.resolve(reference) is None:
        return False
    if " " in reference or "?" in reference or not reference.isprintable():
        return FORM.ok(value, scope) and CONDITIONAL.ok(value, scope) and TYPE.ok(value, scope)
    return "type" not in value or TYPE.ok(value, scope)


def _write_refers(source: Source, names: Mapping[str, str]) -> None:
    """An ordinary reference keeps all of them: it names no type, and none of its characters means anything else."""
    name = names.get("reference")
    if name is None:
        return
    ordinary = "False" if "type" in names else f"{name}[0] not in '# ' and '?' not in {name} and ' ' not in {name}"
    source.refuse_if(f"not ({ordinary} and {name}.isprintable()) and not {source.bind(_refers)}(value, scope)")


def _contained(value: Json) -> list[Json]:
    rows = value.get("contained")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _dom_2(value: Json, scope: Scope) -> bool:
    return "contained" not in value or not any("contained" in row for row in _contained(value))


def _dom_3(value: Json, scope: Scope) -> bool:
    if "contained" not in value:
        return True
    pointers = set(_pointers(value))
    return all(f"#{row.get('id')}" in pointers or "#" in _pointers(row) for row in _contained(value))


def _pointers(value: Json) -> Iterator[str]:
    """Every text that points inside the resource."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
        elif isinstance(one, str) and one.startswith("#"):
            yield one


def _dom_4(value: Json, scope: Scope) -> bool:
    if "contained" not in value:
        return True
    metas = [row["meta"] for row in _contained(value) if isinstance(row.get("meta"), dict)]
    return not any({"versionId", "lastUpdated", "security"} & meta.keys() for meta in metas)


def _contained_ids_differ(value: Json, scope: Scope) -> bool:
    if "contained" not in value:
        return True
    ids = [row["id"] for row in _contained(value) if isinstance(row.get("id"), str)]
    return len(ids) == len(set(ids))


def _write_nothing(source: Source, names: Mapping[str, str]) -> None:
    """What is asked of keys alone was kept by every object of the shape."""


_EXT_1 = sentence(
    _ext_1,
    "ext-1",
    "invariant",
    "An extension has either a value or extensions, and one of them; send just one.",
    write_known=_write_nothing,
)


def _absolute_system(value: Json, scope: Scope) -> bool:
    system = value.get("system")
    return type(system) is not str or is_absolute(system)


def _absolute_url(value: Json, scope: Scope) -> bool:
    url = value.get("url")
    return type(url) is not str or is_absolute(url)


def _write_system(source: Source, names: Mapping[str, str]) -> None:
    if "system" in names:
        usual, judge = source.bind(_USUAL_SCHEMES), source.bind(_absolute_system)
        source.refuse_if(f"not {names['system']}.startswith({usual}) and not {judge}(value, scope)")


def _full_urls(value: Json, scope: Scope) -> bool:
    for row in _entries(value):  # a generator inside of all() costs a frame for each value
        url = row.get("fullUrl")
        if type(url) is str and not _names(url, row.get("resource")):
            return False
    return True


def _has_full_urls(value: Json, scope: Scope) -> bool:
    if value.get("type") not in _WITH_FULL_URLS:
        return True
    return all("fullUrl" in row or "resource" not in row for row in _entries(value))


def _entries(value: Json) -> list[Json]:
    entries = value.get("entry")
    return [row for row in entries if type(row) is dict] if type(entries) is list else []


def _names(url: str, resource: Json) -> bool:
    """Whether a fullUrl is absolute and, where it looks like the address of a resource, that of this one."""
    if url.startswith("urn:"):
        return True
    if type(resource) is dict and url.endswith(f"/{resource.get('resourceType')}/{resource.get('id')}"):
        return "://" in url
    found = type_and_id(url) if "://" in url else None
    if found is None or not isinstance(resource, dict):
        return "://" in url
    return found == (resource.get("resourceType"), resource.get("id"))


_FULL_URL_THERE = sentence(
    _has_full_urls, "full-url-missing", "required", "Each entry with a resource needs a fullUrl in such a Bundle."
)
_FULL_URL = sentence(
    _full_urls,
    "full-url",
    "invalid",
    "A fullUrl must be absolute and, where it is the address of a resource, end in the type and id of its entry's.",
)
_REF_1 = sentence(
    _ref_1, "ref-1", "invariant", "The reference is to a contained resource, and none has this id; contain it."
)
_REFERENCES = Rule(_refers, all_of([_REF_1, FORM, CONDITIONAL, TYPE]).report, write_known=_write_refers)
SYSTEM = sentence(
    _absolute_system,
    "system-absolute",
    "value",
    "A system must be an absolute URI; send the one of the code system.",
    write_known=_write_system,
)
"""The rule of a system. That of a Coding in a CodeableConcept may be anything, as other codings may say the same."""
_DOM_2 = sentence(
    _dom_2,
    "dom-2",
    "invariant",
    "A contained resource may not contain another; move it to the outer resource.",
    write_known=only_with(_dom_2, "contained"),
)
_DOM_3 = sentence(
    _dom_3,
    "dom-3",
    "invariant",
    "A contained resource is referred to by nothing; refer to it or leave it out.",
    write_known=only_with(_dom_3, "contained"),
)
_DOM_4 = sentence(
    _dom_4,
    "dom-4",
    "invariant",
    "A contained resource has no version, update time or security labels; leave them out.",
    write_known=only_with(_dom_4, "contained"),
)
_CONTAINED_IDS = sentence(
    _contained_ids_differ,
    "contained-id",
    "duplicate",
    "Two contained resources have the same id, so that a reference to it may mean either; give each an id of its own.",
    write_known=only_with(_contained_ids_differ, "contained"),
)
_CANONICAL_URL = sentence(
    _absolute_url,
    "url-absolute",
    "value",
    "The url by which others name this resource must be absolute; write it whole.",
)
