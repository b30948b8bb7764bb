"""Which media types are read and written: FHIR JSON, and plain JSON for those who ask for it.

Spec page: https://hl7.org/fhir/R4/http.html#mime-type
"""

from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from server.errors import Issue, Refusal, RequestRefused
from server.web.declare import FHIR_JSON

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_FORMATS = {"json": FHIR_JSON, FHIR_JSON: FHIR_JSON, JSON: JSON, "text/json": FHIR_JSON}
_VERSIONS = frozenset({"4.0", "4.0.1"})


@lru_cache(maxsize=256)
def check_content_type(content_type: str | None) -> None:
    """Raises RequestRefused when a body of this Content-Type is not read as FHIR JSON."""
    media_type, parameters = _media_type(content_type or "")
    if media_type not in (FHIR_JSON, JSON):
        raise _unsupported(f"Send the body as {FHIR_JSON} or {JSON}, and say so in Content-Type.")
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise _unsupported("JSON is read as UTF-8 only; send it so, and name no other charset in Content-Type.")
    if parameters.get("fhirversion", "4.0") not in _VERSIONS:
        raise _unsupported("This base serves FHIR R4; send fhirVersion=4.0 or leave it out of Content-Type.")


@lru_cache(maxsize=64)
def check_form(content_type: str | None) -> None:
    """Raises RequestRefused when the Content-Type is not that of a search by POST."""
    if _media_type(content_type or "")[0] != FORM:
        raise _unsupported(f"Send the search parameters as {FORM}, and say so in Content-Type.")


@lru_cache(maxsize=1024)
def answer_type(accept: str | None, asked_format: str | None) -> str:
    """The media type to answer with. `_format` goes before Accept. Raises RequestRefused when neither is served."""
    if asked_format is not None:
        found = _FORMATS.get(_media_type(asked_format.replace(" ", "+"))[0])
        if not found:
            raise _unacceptable()
        return found
    offered = [_media_type(part) for part in (accept or "*/*").split(",")]
    accepted = {media_type for media_type, parameters in offered if _wanted(parameters)}
    if accepted & {FHIR_JSON, "*/*", "application/*"}:
        return FHIR_JSON
    if JSON in accepted:
        return JSON
    raise _unacceptable()


class NegotiatedHooks:
    """Checks what a CDS Hooks request sends and asks for; FHIR bases check for themselves, by interaction."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises RequestRefused for media types that CDS Hooks does not speak."""
        if scope["type"] == "http" and scope["path"].startswith("/cds-services"):
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            answer_type(headers.get(b"accept"), None)
            if scope["method"] == "POST":
                check_content_type(headers.get(b"content-type"))
        await self._app(scope, receive, send)


def _wanted(parameters: dict[str, str]) -> bool:
    quality = parameters.get("q", "1")
    return quality.strip("0.") != "" and parameters.get("fhirversion", "4.0") in _VERSIONS


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = text.split(";")
    pairs = (part.partition("=") for part in rest)
    return media_type.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _unsupported(what_to_do: str) -> RequestRefused:
    return RequestRefused(
        Refusal.UNSUPPORTED_MEDIA, [Issue("not-supported", f"This Content-Type is not read. {what_to_do}")]
    )


def _unacceptable() -> RequestRefused:
    return RequestRefused(
        Refusal.NOT_ACCEPTABLE,
        [
            Issue(
                "not-supported",
                f"Answers are written as {FHIR_JSON} (or {JSON}); ask for one of them in Accept or _format.",
            )
        ],
    )
