"""Reading one resource by its id.

Spec page: https://hl7.org/fhir/R4/http.html#read
"""

from email.utils import format_datetime

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.dates import interval
from server.rest.source import Instance, Source
from server.web.declare import FhirAnswer, FhirRequest, Handler


def reading(type: str, source: Source) -> Handler:
    """The handler of `GET [base]/[type]/[id]`, answered 304 to a client that has this version."""

    async def read(request: FhirRequest) -> FhirAnswer:
        found = await source.read(type, request.id or "")
        if found is None:
            raise RequestRefused(
                Refusal.NOT_FOUND, [Issue("not-found", f"There is no {type} of this id; search for it at /{type}.")]
            )
        headers = _version_headers(found)
        if _known(request.headers.get("if-none-match"), found.version):
            return FhirAnswer(b"", 304, headers)
        return FhirAnswer(found.body, 200, headers)

    return read


def _version_headers(found: Instance) -> tuple[tuple[str, str], ...]:
    etag = ("ETag", f'W/"{found.version}"')
    if found.updated is None:
        return (etag,)
    return etag, ("Last-Modified", format_datetime(interval(found.updated).low, usegmt=True))


def _known(condition: str | None, version: str) -> bool:
    if condition is None:
        return False
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in condition.split(",")}
    return version in tags or "*" in tags
