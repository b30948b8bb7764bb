"""The API reference at /docs: one page of our own, made from the OpenAPI document.

The usual viewers load a megabyte of script from somebody else's host; this page needs no network but this server.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from server.fhir import json
from server.fhir.json import Json

_FOLDER = Path(__file__).parent / "docs"
_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'"
_SECURITY = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def docs_router(document: Callable[[], Json]) -> APIRouter:
    """`/openapi.json`, and `/docs` with its script and its style. `document` is asked once, on first use."""
    router = APIRouter(include_in_schema=False)
    described = cache(document)

    script, style = (_FOLDER / "page.js").read_bytes(), (_FOLDER / "page.css").read_bytes()

    @cache
    def encoded() -> bytes:
        return json.write(described())

    @cache
    def page() -> str:
        return _page(described())

    @router.get("/openapi.json")
    async def openapi(_: Request) -> Response:
        return Response(encoded(), media_type="application/json")

    @router.get("/docs")
    async def docs(_: Request) -> Response:
        return Response(page(), media_type="text/html; charset=utf-8", headers=_SECURITY)

    @router.get("/docs/page.js")
    async def page_script(_: Request) -> Response:
        return Response(script, media_type="text/javascript; charset=utf-8")

    @router.get("/docs/page.css")
    async def page_style(_: Request) -> Response:
        return Response(style, media_type="text/css; charset=utf-8")

    return router


def _page(document: Json) -> str:
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("page.html").render(document=document, groups=_groups(document))


def _groups(document: Json) -> dict[str, list[Json]]:
    groups: dict[str, list[Json]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation.get("tags", ["Other"])[0], []).append(_call(path, method, operation))
    return groups


def _call(path: str, method: str, operation: Json) -> Json:
    media_type, content = next(iter(operation.get("requestBody", {}).get("content", {}).items()), ("", {}))
    return {
        "id": f"{method}-{path}".replace("/", "-").replace("$", "").replace("{", "").replace("}", ""),
        "path": path,
        "method": method.upper(),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "media_type": media_type,
        "examples": {title: json.write_readable(example) for title, example in _examples(content).items()},
    }


def _examples(content: Json) -> dict[str, Json]:
    if "example" in content:
        return {"Example": content["example"]}
    return {title: example["value"] for title, example in content.get("examples", {}).items()}
