"""The inputs of a kit with other values, so that a run shows that no answer hangs on the values of the published ones.

New are ids and addresses of resources, identifiers and names of all but members and the payer, and the years of what is
asked for. Members and their payer stay: a payer answers for those that it knows, in its own name. Codes stay: they are
what is decided on.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_BASE = "https://north-clinic.test/r4"
_NPI = "http://hl7.org/fhir/sid/us-npi"
_MEMBERS = frozenset({"Patient", "Coverage"})
_STAYS = re.compile(r"\{run\}|@uuid|^urn:")
"""Made anew by the runner, or of a form of its own."""
_YEAR = re.compile(r"^(20\d\d)(-\d\d-(?!29)\d\d)")
_YEARS_LATER = 1


def with_other_values(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The same inputs with the payloads' and the Subscription's values made anew, the same one for the same one."""
    bodies = {name: value for name, value in inputs.items() if isinstance(value, (dict, list))}
    strings, bases = _new_identifiers(bodies), _bases(bodies)
    ids = {id: f"{type.lower()}-{number:03}" for number, (type, id) in enumerate(sorted(_ids(bodies)), 700)}
    return {**inputs, **_Renaming(strings, bases, ids).of(bodies)}


class _Renaming:
    """What becomes of a value."""

    def __init__(self, strings: Mapping[str, str], bases: frozenset[str], ids: Mapping[str, str]) -> None:
        self._strings = strings
        self._filter = re.compile("|".join(f"(?<=[=|]){re.escape(value)}$" for value in strings) or r"(?!)")
        self._bases = bases
        self._ids = ids

    def of(self, value: Any, key: str = "", within: str = "") -> Any:
        """`key` is the name of the element that has the value, `within` the type of the resource around it."""
        match value:
            case dict():
                within = value.get("resourceType", within)
                return {name: self.of(child, name, within) for name, child in value.items()}
            case list():
                return [self.of(child, key, within) for child in value]
            case str():
                return self._string(value, key, within)
            case _:
                return value

    def _string(self, value: str, key: str, within: str) -> str:
        if key in {"id", "reference", "fullUrl", "div"}:
            return self._address(value)
        if within in _MEMBERS:
            return value
        if key == "value" and value in self._strings:
            return self._strings[value]
        if key in {"family", "name"} and within:
            return f"{value} North"
        if key == "valueString":
            return self._filter.sub(lambda found: self._strings[found[0]], value)
        return _YEAR.sub(lambda found: f"{int(found[1]) + _YEARS_LATER}{found[2]}", value)

    def _address(self, value: str) -> str:
        for base in self._bases:
            value = value.replace(base + "/", _BASE + "/")
        return re.sub(r"[A-Za-z0-9\-.]+", lambda found: self._ids.get(found[0], found[0]), value)


def _new_identifiers(bodies: Any) -> dict[str, str]:
    """Another value for each identifier of others than members and payers; check digits are right."""
    payers = {one["reference"].rpartition("/")[2] for each in _objects(bodies) for one in _payers(each)}
    known = [each for each in _objects(bodies) if _is_member(each) or each.get("id") in payers]
    kept = {each["value"] for each in _identifiers(known)}
    found = {each["value"]: each["system"] for each in _identifiers(bodies) if not _STAYS.search(each["value"])}
    return {
        value: npi(100_200_300 + number) if found[value] == _NPI else f"OTHER-{number:03}"
        for number, value in enumerate(sorted(found.keys() - kept), 100)
    }


def npi(first_nine: int) -> str:
    """A National Provider Identifier: nine digits and their check digit (Luhn, with the prefix 80840)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(f"80840{first_nine:09}"))]
    return f"{first_nine:09}{-sum(each // 10 + each % 10 for each in doubled) % 10}"


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in it, the outer ones first."""
    match value:
        case dict():
            yield value
            yield from (each for child in value.values() for each in _objects(child))
        case list():
            yield from (each for child in value for each in _objects(child))


def _identifiers(value: Any) -> Iterator[dict[str, str]]:
    for each in _objects(value):
        found = each.get("identifier", [])
        yield from (one for one in (found if isinstance(found, list) else [found]) if {"system", "value"} <= set(one))


def _payers(value: dict[str, Any]) -> list[dict[str, str]]:
    """References to who is asked and to who covers."""
    return [*([value["insurer"]] if "insurer" in value else []), *value.get("payor", [])]


def _is_member(value: dict[str, Any]) -> bool:
    return value.get("resourceType") in _MEMBERS


def _ids(value: Any) -> set[tuple[str, str]]:
    return {(each["resourceType"], each["id"]) for each in _objects(value) if {"resourceType", "id"} <= set(each)}


def _bases(value: Any) -> frozenset[str]:
    """What addresses of entries begin with, before their type and id."""
    entries = [each for each in _objects(value) if {"fullUrl", "resource"} <= set(each)]
    marks = [(each["fullUrl"], f"/{each['resource']['resourceType']}/") for each in entries]
    return frozenset(url.partition(mark)[0] for url, mark in marks if mark in url)
