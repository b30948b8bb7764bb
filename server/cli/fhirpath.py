"""`passage fhirpath`: lets anyone try an expression on a resource.

Spec page: http://hl7.org/fhirpath/N1/
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from server.cli.screen import problems, write_json
from server.fhir.json import Json, JsonRefused, read
from server.fhir.path.allowance import Allowance
from server.fhir.path.compile import Path as FhirPath
from server.fhir.path.compile import compile_metered
from server.fhir.path.environment import Environment, Traces
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.output import to_json
from server.fhir.path.values import Items

STANDARD_INPUT = "-"

STEPS = 20_000_000
"""Work that an expression may ask for at the command line: about ten seconds, then it is told."""


class _Shown(Traces):
    """`trace()` goes to standard error, so that the result stays JSON."""

    def trace(self, name: str, items: Items) -> None:
        shown = ", ".join(str(to_json(item)) for item in items)
        problems().print(f"{name}: {shown}", markup=False, soft_wrap=True)


def fhirpath(
    expression: Annotated[str, typer.Argument(help="The expression, such as 'Patient.name.given'.")],
    files: Annotated[list[str] | None, typer.Argument(help="JSON files, - for standard input.")] = None,
    type: Annotated[str | None, typer.Option(help="The FHIR type of the input when it is no resource.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse elements that the types do not have.")] = False,
) -> None:
    """Print what a FHIRPath expression finds, as JSON: a collection, or an object by file name for several files."""
    inputs = files or ([] if sys.stdin.isatty() else [STANDARD_INPUT])
    try:
        path = compile_metered(expression, type, strict=strict)
        found = {name: _found(path, _read(name)) for name in inputs} or {"": _found(path, None)}
    except (PathRefused, EvaluationRefused) as refused:
        problems().print(str(refused), markup=False, soft_wrap=True, highlight=False)
        raise typer.Exit(1) from None
    write_json(next(iter(found.values())) if len(found) == 1 else found)


def _found(path: FhirPath, resource: Json) -> list[Json]:
    environment = Environment(now=datetime.now().astimezone(), traces=_Shown(), allowance=Allowance(STEPS))
    return path.values(resource, environment=environment)


def _read(name: str) -> Json:
    """The JSON of a file; of standard input for `-`, where nothing at all means no input."""
    if name == STANDARD_INPUT:
        body = sys.stdin.buffer.read()
        if not body.strip():
            return None
    else:
        body = _file(Path(name))
    try:
        return read(body)
    except JsonRefused as refused:
        problems().print(f"{name}: {refused}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problems().print(f"{path}: {error.strerror}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
