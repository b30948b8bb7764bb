"""What is checked of answers that no declaration speaks of: errors, cards of hooks, and the reviewers' interface.

Answers of FHIR interactions are checked where they are made (`fhir_base.py`), and what hooks carry of FHIR too
(`hook_gate.py`). What is told names rules and places, and nothing of an answer.
Spec page: https://cds-hooks.hl7.org/#cds-service-response
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from server.fhir import json
from server.fhir.json import Json
from server.fhir.validation.finding import Finding
from server.web.declare import FHIR_JSON
from server.web.errors import PROBLEM_JSON, speaks_fhir
from server.web.gate import Gate
from server.web.self_check import AnswerCheck, Sent

_OUTCOME = "http://hl7.org/fhir/StructureDefinition/OperationOutcome"
_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {name: {"type": "string", "minLength": 1} for name in ("type", "title", "detail")},
}
"""What every answer that tells of a problem has, also one that no route documents (RFC 9457)."""


def checks_of(gates: Mapping[str, Gate], document: Callable[[], Json]) -> list[AnswerCheck]:
    """The checks of an application with a gate for each path of a FHIR base; `document` gives its OpenAPI document."""
    first = next(iter(gates.values()))
    return [errors_of_fhir(gates), answers_of_hooks(first), answers_of_the_interface(first, document)]


def errors_of_fhir(gates: Mapping[str, Gate]) -> AnswerCheck:
    """Every error on a FHIR base and on hooks is one valid OperationOutcome. Hooks are judged by the first base."""

    async def check(sent: Sent) -> None:
        if sent.status < 400 or not speaks_fhir(sent.path):
            return
        gate = next((each for path, each in gates.items() if _below(sent.path, path)), next(iter(gates.values())))
        if sent.media_type != FHIR_JSON:
            gate.broken(sent.name, [_finding("media-type", "")])
            return
        await gate.check_sent(sent.name, json.read(sent.body), (_OUTCOME,), len(sent.body))

    return check


def answers_of_hooks(gate: Gate) -> AnswerCheck:
    """The cards and actions of an answer have the shape that CDS Hooks and CRD give them."""
    schema = json.read(files("server.web").joinpath("hook_answer.schema.json").read_bytes())
    validator = Draft202012Validator(schema)

    async def check(sent: Sent) -> None:
        if sent.status == 200 and sent.method == "POST" and _is_call(sent.path):
            _hold(gate, sent, validator)

    return check


def answers_of_the_interface(gate: Gate, document: Callable[[], Json]) -> AnswerCheck:
    """Answers of `/api/` keep the schema that the OpenAPI document gives to their route and status."""

    @lru_cache(maxsize=200)
    def validator(route: str, method: str, status: int, media_type: str) -> Draft202012Validator | None:
        described = document()
        responses = described["paths"].get(route, {}).get(method.lower(), {}).get("responses", {})
        described_as = responses.get(str(status)) or responses.get(f"{status // 100}XX") or {}
        content = described_as.get("content", {})
        schema = content.get(media_type, {}).get("schema")
        if schema is None:
            return Draft202012Validator(_PROBLEM) if status >= 400 and media_type == PROBLEM_JSON else None
        return Draft202012Validator({**schema, "components": described.get("components", {})})

    async def check(sent: Sent) -> None:
        if not sent.path.startswith("/api/"):
            return
        found = validator(sent.route, sent.method, sent.status, sent.media_type)
        if found is None:
            gate.broken(sent.name, [_finding("media-type", "")])
        else:
            _hold(gate, sent, found)

    return check


def _hold(gate: Gate, sent: Sent, validator: Draft202012Validator) -> None:
    if found := [_broken(error) for error in validator.iter_errors(json.read(sent.body))]:
        gate.broken(sent.name, found)


def _broken(error: ValidationError) -> Finding:
    return _finding(f"schema:{error.validator}", _place(error.absolute_path))


def _finding(rule: str, place: str) -> Finding:
    return Finding("error", "structure", rule, "The answer has another shape than it is declared to have.", place)


def _place(path: Iterable[str | int]) -> str:
    written = ""
    for part in path:
        written += f"[{part}]" if isinstance(part, int) else f".{part}"
    return written.lstrip(".")


def _is_call(path: str) -> bool:
    """Whether a hook is called there, and no feedback given."""
    parts = path.strip("/").split("/")
    return len(parts) == 2 and parts[0] == "cds-services"


def _below(path: str, base: str) -> bool:
    return f"{path}/".startswith(f"{base}/")
