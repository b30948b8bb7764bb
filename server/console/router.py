"""The pages for people: the start page and one page per case. Rendered here, no build step, no script.

A URL never holds a name or a number of a member: the id of a case is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from server.clock import Clock, instant
from server.console.pages import Pages
from server.console.view import case_line, demo_member
from server.content.content import CurrentContent
from server.members.record import MEMBER, read_person, tag_key
from server.storage.port import Document, Store

DEMO_STORY = "https://passage.example/fhir/CodeSystem/demo-story"
"""System of the `meta.tag` by which a demo member says what to try with them."""

_LATEST = 20
_DEMO_MEMBERS = 50


@dataclass(frozen=True, slots=True)
class GuideBase:
    """The FHIR base of one generation of the guides; `served` is said as it is."""

    generation: str
    path: str
    guides: str
    served: bool


BASES = (
    GuideBase("the current guides", "/fhir", "PAS 2.2.1, DTR 2.2.0, CRD 2.2.1", served=True),
    GuideBase("the guides in regulation today", "/2.0.1/fhir", "PAS 2.0.1", served=True),
)
"""Both generations: they are not compatible on the wire, so each has a base of its own."""


def router(
    *,
    store: Store,
    content: CurrentContent,
    clock: Clock,
    demo: bool = False,
    base_url: str | None = None,
    bases: Sequence[GuideBase] = BASES,
) -> APIRouter:
    """The routes of the pages. `demo` shows the demo members; `base_url` is this server's public address, if set."""
    pages = Pages(Path(__file__).parent)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def start(request: Request) -> Response:
        latest = await store.find("case", limit=_LATEST, newest_first=True)
        return pages.answer(
            "start.html",
            origin=base_url or str(request.base_url).rstrip("/"),
            version=version("passage"),
            now=instant(clock()),
            bases=bases,
            content=content(),
            members=await _demo_members(store) if demo else [],
            cases=[case_line(document.body) for document in latest.documents],
            case_count=await store.count("case"),
        )

    @routes.get("/cases/{id}")
    async def case(request: Request, id: str) -> Response:
        found = await _case(store, id)
        if found is None:
            return pages.answer("missing.html", status=404)
        origin = base_url or str(request.base_url).rstrip("/")
        return pages.answer("case.html", case=found.body, line=case_line(found.body), origin=origin)

    @routes.get("/passage.css")
    async def style() -> Response:
        return pages.style()

    return routes


async def _case(store: Store, id: str) -> Document | None:
    """The case of its own id, or of the id of its ClaimResponse: that one a requester has."""
    found = await store.get("case", id)
    if found is None and (answer := await store.read_entry("ClaimResponse", id)):
        found = await store.get("case", answer.document_id)
    return found


async def _demo_members(store: Store) -> list[dict[str, object]]:
    found = await store.find(MEMBER, [tag_key(DEMO_STORY)], limit=_DEMO_MEMBERS)
    return [demo_member(read_person(document), DEMO_STORY) for document in found.documents]
