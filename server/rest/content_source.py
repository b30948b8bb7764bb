"""Questionnaires, Libraries and ValueSets of the forms in force: indexed by the same terms as what a store keeps."""

from dataclasses import dataclass
from hashlib import sha256

from server.content.content import CurrentContent
from server.content.forms import Forms
from server.fhir import json
from server.fhir.json import Json
from server.fhir.search_terms import date_bounds, identifier_terms, token_terms, uri_terms
from server.rest.search import Search
from server.rest.search_values import folded
from server.rest.source import Instance, Page
from server.storage.port import DateRange

_PLACE = "0001-01-01T00:00:00.000Z"
"""Forms have no time of keeping; they are listed by id, and a cursor needs an instant."""

_STATUS_SYSTEM = "http://hl7.org/fhir/publication-status"


@dataclass(frozen=True, slots=True)
class _Indexed:
    instance: Instance
    terms: frozenset[str]
    strings: dict[str, str]
    low: str | None
    high: str | None


class ContentSource:
    """The forms' resources of one type."""

    def __init__(self, content: CurrentContent, type: str) -> None:
        self._content = content
        self._type = type
        self._of: tuple[Forms, dict[str, _Indexed]] | None = None

    async def read(self, type: str, id: str) -> Instance | None:
        """The resource of the id."""
        found = self._index().get(id)
        return found.instance if found else None

    async def search(self, search: Search) -> Page:
        """A page of what matches, by id."""
        index = self._index()
        ids = sorted(index if search.ids is None else search.ids & index.keys())
        matches = [index[id].instance for id in ids if _matches(index[id], search)]
        rest = [match for match in matches if search.after is None or match.id > search.after[1]]
        page = tuple(rest[: search.count])
        more = search.count and len(rest) > search.count
        return Page(
            page, len(matches) if search.total or not search.count else None, (_PLACE, page[-1].id) if more else None
        )

    def _index(self) -> dict[str, _Indexed]:
        """The index of the forms in force; made anew when other forms came into force."""
        forms = self._content().forms
        if self._of is None or self._of[0] is not forms:
            self._of = forms, {resource["id"]: _indexed(resource) for resource in forms.resources(self._type)}
        return self._of[1]


def _indexed(resource: Json) -> _Indexed:
    body = json.write(resource)
    low, high = date_bounds(resource.get("date"))
    url, version = resource.get("url"), resource.get("version")
    terms = (
        uri_terms("url", url)
        | (uri_terms("url", f"{url}|{version}") if version else set())
        | (token_terms("version", None, version) if version else set())
        | token_terms("status", _STATUS_SYSTEM, resource["status"])
        | identifier_terms("identifier", resource.get("identifier"))
    )
    strings = {name: folded(resource[name]) for name in ("name", "title") if name in resource}
    instance = Instance(resource["resourceType"], resource["id"], body, sha256(body).hexdigest()[:32])
    return _Indexed(instance, frozenset(terms), strings, low, high)


def _matches(found: _Indexed, search: Search) -> bool:
    return (
        all(found.terms & alternatives for alternatives in search.terms)
        and all(any(_holds(found, comparison) for comparison in clause) for clause in search.dates)
        and all(found.strings.get(name, "").startswith(starts) for name, starts in search.strings)
    )


def _holds(found: _Indexed, comparison: DateRange) -> bool:
    bound = found.low if comparison.field == "low" else found.high
    if bound is None:
        return False
    match comparison.operator:
        case "<":
            return bound < comparison.value
        case "<=":
            return bound <= comparison.value
        case ">":
            return bound > comparison.value
        case _:
            return bound >= comparison.value
