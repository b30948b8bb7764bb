"""One table from refusals to HTTP statuses, and one renderer of errors: no other file writes an error answer.

FHIR and CDS Hooks paths answer with one OperationOutcome, whose id is the request id; the interface for programs of
reviewers (/api/) with problem details; all other paths with a line of text. What went wrong on our side is logged by
type and place only: the message of an exception may hold what a request said.
Spec page: https://hl7.org/fhir/R4/http.html#Status-Codes
"""

import traceback
from collections.abc import Iterable, Sequence
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Scope

from server.errors import Issue, PassageError, Refusal, RequestRefused, StoreUnavailable
from server.fhir import json
from server.fhir.outcome import operation_outcome
from server.storage.port import DocumentTooLarge
from server.web.declare import FHIR_JSON

STATUS = {
    Refusal.MALFORMED: 400,
    Refusal.INVALID: 400,
    Refusal.UNAUTHENTICATED: 401,
    Refusal.FORBIDDEN: 403,
    Refusal.NOT_FOUND: 404,
    Refusal.METHOD_NOT_ALLOWED: 405,
    Refusal.NOT_ACCEPTABLE: 406,
    Refusal.CONFLICT: 409,
    Refusal.PRECONDITION_FAILED: 412,
    Refusal.TOO_LARGE: 413,
    Refusal.UNSUPPORTED_MEDIA: 415,
    Refusal.UNPROCESSABLE: 422,
    Refusal.NOT_SUPPORTED: 422,
}

PROBLEM_JSON = "application/problem+json"
"""The media type of problem details."""

RETRY_AFTER_SECONDS = 5
"""What a client is told to wait while the store can't be reached."""

UNAVAILABLE = Issue(
    "transient", "The store can't be reached now. Nothing was stored; send the same request again after a few seconds."
)
TOO_LARGE_TO_KEEP = Issue(
    "too-long", "What this request asks for is too large to be kept as one case; split it into several requests."
)
FAILED = Issue(
    "exception",
    "The server failed on this request. Nothing was acknowledged; tell its operator the id of this OperationOutcome.",
)


def outcome_body(issues: Iterable[Issue], request_id: str | None = None) -> bytes:
    """The bytes of one OperationOutcome; the request id, where there is one, is its id."""
    return json.write(operation_outcome(issues, request_id))


def problem_body(status: int, issues: Sequence[Issue]) -> bytes:
    """The bytes of one problem details object (RFC 9457): its type is the first issue's."""
    problem = {
        "type": f"urn:passage:problem:{issues[0].code}" if issues else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": " ".join(issue.diagnostics for issue in issues),
    }
    return json.write(problem)


def error_answer(
    scope: Scope, status: int, issues: Iterable[Issue], headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """The answer to a failed request, in the form that its path speaks."""
    listed = tuple(issues)
    if speaks_fhir(scope["path"]):
        body, media_type = outcome_body(listed, scope.get("passage.request_id")), FHIR_JSON
    elif scope["path"].startswith("/api/"):
        body, media_type = problem_body(status, listed), PROBLEM_JSON
    else:
        body, media_type = (
            "\n".join(issue.diagnostics for issue in listed).encode() + b"\n",
            "text/plain; charset=utf-8",
        )
    return Response(body, status, headers=dict(headers), media_type=media_type)


def answer_of(scope: Scope, error: Exception) -> Response:
    """The answer to an error that a use case raised, or that nothing foresaw."""
    match error:
        case RequestRefused():
            headers = [("Accept-Encoding", "gzip, deflate")] if error.refusal is Refusal.UNSUPPORTED_MEDIA else []
            return error_answer(scope, STATUS[error.refusal], error.issues, headers)
        case StoreUnavailable():
            return error_answer(scope, 503, [UNAVAILABLE], [("Retry-After", str(RETRY_AFTER_SECONDS))])
        case DocumentTooLarge():
            return error_answer(scope, 413, [TOO_LARGE_TO_KEEP])
        case _:
            return error_answer(scope, 500, [FAILED])


def is_ours(error: Exception) -> bool:
    """Whether the error is a fault on our side, which the log must show."""
    return not isinstance(error, RequestRefused | DocumentTooLarge)


def place(error: BaseException) -> str:
    """Where the error was raised, as `file:line function`, innermost last: code only, never a value."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{frame.filename.rpartition('/server/')[2]}:{frame.lineno} {frame.name}" for frame in frames)


def kind(error: BaseException) -> str:
    """The error's type, and its own name for one of ours."""
    cause = error.__cause__
    name = type(error).__name__
    return f"{name} from {type(cause).__name__}" if isinstance(error, PassageError) and cause else name


def speaks_fhir(path: str) -> bool:
    """Whether answers on the path are FHIR: FHIR bases and CDS Hooks."""
    first, _, rest = path.lstrip("/").partition("/")
    return first in {"fhir", "cds-services"} or rest == "fhir" or rest.startswith("fhir/")
