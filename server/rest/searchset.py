"""Searching, and the Bundle that answers: written around the resources' own bytes, which are not read again.

Spec page: https://hl7.org/fhir/R4/bundle.html#searchset
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from server.fhir import json
from server.fhir.json import Json
from server.rest.cursor import write_cursor
from server.rest.search import CURSOR, Search, read_search
from server.rest.source import Instance, Page, Source
from server.web.declare import FhirAnswer, FhirRequest, Handler, SearchParameter


def searching(type: str, source: Source, parameters: Sequence[SearchParameter]) -> Handler:
    """The handler of `GET [base]/[type]` and `POST [base]/[type]/_search`."""

    async def search(request: FhirRequest) -> FhirAnswer:
        asked = read_search(request, type, parameters)
        return FhirAnswer(_bundle(request.base, asked, await source.search(asked)))

    return search


def _bundle(base: str, search: Search, page: Page) -> bytes:
    head: Json = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        head["total"] = page.total
    head["link"] = _links(base, search, page)
    if not page.instances:
        return json.write(head)
    entries = b",".join(_entry(base, instance) for instance in page.instances)
    return json.write(head)[:-1] + b',"entry":[' + entries + b"]}"


def _entry(base: str, found: Instance) -> bytes:
    full_url = json.write(f"{base}/{found.type}/{found.id}")
    return b'{"fullUrl":' + full_url + b',"resource":' + found.body + b',"search":{"mode":"match"}}'


def _links(base: str, search: Search, page: Page) -> list[Json]:
    links = [{"relation": "self", "url": _url(base, search, search.used)}]
    if page.after:
        stays = [(name, value) for name, value in search.used if name != CURSOR]
        links.append({"relation": "next", "url": _url(base, search, [*stays, (CURSOR, write_cursor(page.after))])})
    return links


def _url(base: str, search: Search, parameters: Sequence[tuple[str, str]]) -> str:
    query = urlencode(parameters, safe=":/|,$")
    return f"{base}/{search.type}?{query}" if query else f"{base}/{search.type}"
