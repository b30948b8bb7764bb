"""Rendering: templates with everything escaped, and the headers that keep a page from leaking or loading anything."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from server.console.view import readable

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """The templates and the style sheet of one folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(folder / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["readable"] = readable
        self._style = (folder / "static" / "passage.css").read_bytes()

    def answer(self, template: str, status: int = 200, **values: object) -> Response:
        """The page; no browser or proxy keeps it."""
        html = self._templates.get_template(template).render(values)
        return Response(html, status, {**_HEADERS, "Cache-Control": "no-store"}, "text/html")

    def style(self) -> Response:
        """The style sheet."""
        return Response(self._style, 200, {**_HEADERS, "Cache-Control": "max-age=300"}, "text/css")
