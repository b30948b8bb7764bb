"""One table from refusals to HTTP statuses, and one renderer of errors on FHIR paths."""

from server.errors import Issue, Refusal
from server.fhir import json
from server.fhir.outcome import operation_outcome

STATUS = {
    Refusal.MALFORMED: 400,
    Refusal.INVALID: 400,
    Refusal.UNAUTHENTICATED: 401,
    Refusal.FORBIDDEN: 403,
    Refusal.NOT_FOUND: 404,
    Refusal.METHOD_NOT_ALLOWED: 405,
    Refusal.NOT_ACCEPTABLE: 406,
    Refusal.CONFLICT: 409,
    Refusal.TOO_LARGE: 413,
    Refusal.UNSUPPORTED_MEDIA: 415,
    Refusal.UNPROCESSABLE: 422,
    Refusal.NOT_SUPPORTED: 422,
}


def outcome_body(issues: tuple[Issue, ...]) -> bytes:
    """The bytes of one OperationOutcome."""
    return json.write(operation_outcome(issues))
