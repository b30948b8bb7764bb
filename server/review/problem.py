"""How this interface answers what it refuses: problem details, one sentence that says what is wrong and what to do.

Spec page: https://www.rfc-editor.org/rfc/rfc9457
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from server.fhir import json
from server.fhir.json import Json, JsonRefused
from server.review.refused import DecisionRefused, Objection

PROBLEM_JSON = "application/problem+json"

_TITLES: Mapping[Objection, tuple[int, str]] = {
    Objection.MALFORMED: (400, "The request is not what this interface describes"),
    Objection.INCOMPLETE: (422, "The decision is not complete"),
    Objection.NOT_ALLOWED: (403, "This reviewer may not do this"),
    Objection.CONFLICT: (409, "The case does not allow this now"),
    Objection.NOT_FOUND: (404, "There is no such case or item"),
}


class ReviewRoute(APIRoute):
    """A route whose body is read by our strict reader, and whose refusals are problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with our reader before it and our refusals after it."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            strict = _Strict(request.scope, request.receive)
            try:
                # The framework would answer whatever goes wrong in its own reading as a 400 of its own.
                await strict.read()
                return await handle(strict)
            except JsonRefused as refused:
                return problem(DecisionRefused(Objection.MALFORMED, str(refused)))
            except RequestValidationError as refused:
                return problem(DecisionRefused(Objection.MALFORMED, _SEE), list(_errors(refused.errors())))
            except DecisionRefused as refused:
                return problem(refused)

        return answered


_SEE = "The body or a parameter has another shape than described at /docs; errors names the elements."


class _Strict(Request):
    """A request whose JSON has exact decimals and no key twice."""

    async def read(self) -> None:
        """Reads the body, if there is one."""
        body = await self.body()
        self._value: Json = json.read(body) if body else None

    async def json(self) -> Json:
        """What `read` has read."""
        return self._value


def problem(refused: DecisionRefused, errors: Sequence[Json] = ()) -> Response:
    """The answer to a refusal."""
    status, title = _TITLES[refused.objection]
    about = {"item": refused.item, "element": refused.element}
    body = {
        "type": f"urn:passage:problem:{refused.objection.value}",
        "title": title,
        "status": status,
        "detail": refused.sentence,
        **{name: value for name, value in about.items() if value is not None},
        **({"errors": list(errors)} if errors else {}),
    }
    return Response(json.write(body), status, media_type=PROBLEM_JSON)


def _errors(errors: Sequence[Any]) -> Iterator[Json]:
    """What the model says, without what was sent: an unknown name and an unknown tag are repeated by no sentence."""
    for error in errors:
        location = [part for part in error["loc"] if part not in ("body", "query", "path")]
        match error["type"]:
            case "extra_forbidden":
                yield {
                    "element": _path(location[:-1]),
                    "detail": "It has an element that this interface does not know.",
                }
            case "union_tag_invalid":
                yield {"element": _path(location), "detail": f"decision is one of {error['ctx']['expected_tags']}."}
            case _:
                yield {"element": _path(location), "detail": f"{error['msg']}."}


def _path(location: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in location)


def described() -> dict[int | str, dict[str, Any]]:
    """The refusals as OpenAPI describes them."""
    schema = {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "item": {"type": "integer", "description": "The sequence of the item that it is about."},
            "element": {"type": "string", "description": "The element of the decision that it is about."},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    }
    statuses = {status: title for status, title in _TITLES.values()}
    return {
        status: {"description": f"{title}.", "content": {PROBLEM_JSON: {"schema": schema}}}
        for status, title in statuses.items()
    }
