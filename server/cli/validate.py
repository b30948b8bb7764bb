"""`passage validate`: holds files against FHIR R4 and the profiles that Passage knows.

Spec page: https://hl7.org/fhir/R4/validation.html
"""

import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from server.cli.screen import out, problems, table, write_json
from server.errors import PassageError
from server.fhir.json import Json, JsonRefused, read
from server.fhir.validation.finding import Finding
from server.fhir.validation.outcome import verdict_outcome
from server.fhir.validation.questionnaire_response.documents import Forms, check_responses, forms_of
from server.fhir.validation.structure import Package
from server.fhir.validation.validate import Validator, Verdict, open_validator
from server.settings import content_root

STANDARD_INPUT = "-"


class Format(Enum):
    """How the findings are written."""

    TABLE = "table"
    JSON = "json"
    OUTCOME = "outcome"


def validate(
    files: Annotated[list[str], typer.Argument(help="JSON files, - for standard input.")],
    profile: Annotated[list[str] | None, typer.Option(help="Canonical to hold them against.")] = None,
    package: Annotated[
        list[str] | None, typer.Option(help="Package (name or name#version) whose profiles count first.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to write the findings.")] = Format.TABLE,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of profiles.", show_default="the shipped one", exists=True)
    ] = None,
    also: Annotated[
        list[Path] | None, typer.Option(help="Further folder of profiles (`passage profiles add`).", exists=True)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Findings of one file at most.")] = 1000,
) -> None:
    """Validate resources. Exit status 1 if any file is invalid, or no JSON.

    A QuestionnaireResponse is held against its Questionnaire too, where that is contained, among the files or served.
    """
    validator = open_validator(folder or content_root() / "profiles", *(also or ()))
    packages = [_package(validator, name) for name in package or []]
    resources = {name: _read(name) for name in files}
    forms = _forms(resources.values())
    verdicts = {}
    for name, resource in resources.items():
        found = validator.validate(resource, profile or [], packages, limit=limit)
        verdicts[name] = check_responses(found, resource, forms, validator.terminology, limit=limit)
    match format:
        case Format.TABLE:
            _show(verdicts)
        case Format.JSON:
            write_json({name: [_row(finding) for finding in verdict.findings] for name, verdict in verdicts.items()})
        case Format.OUTCOME:
            for verdict in verdicts.values():
                write_json(verdict_outcome(verdict))
    if not all(verdict.valid for verdict in verdicts.values()):
        raise typer.Exit(1)


def _forms(files: Iterable[Json]) -> Forms:
    """The forms among the files, before those that are served."""
    given = forms_of(files)
    served = forms_of(_served())
    return lambda canonical: given(canonical) or served(canonical)


def _served() -> Iterator[Json]:
    """The Questionnaires and ValueSets of the shipped forms, as plain JSON."""
    folder = content_root() / "questionnaires"
    for path in sorted((*folder.glob("*/questionnaire.json"), *folder.glob("*/value-sets/*.json"))):
        yield read(path.read_bytes())


def _package(validator: Validator, name: str) -> Package:
    wanted, _, version = name.partition("#")
    found = [one for one in validator.library.packages if one.name == wanted and version in ("", one.version)]
    if not found:
        raise typer.BadParameter("no such package; `passage profiles list` names them", param_hint="--package")
    return found[-1]


def _read(name: str) -> Json:
    try:
        return read(sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes())
    except (OSError, JsonRefused) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PassageError(f"{name}: {reason}") from None


def _show(verdicts: dict[str, Verdict]) -> None:
    for name, verdict in verdicts.items():
        rows = [(one.severity, one.expression, one.message, one.text) for one in verdict.findings]
        if rows:
            out().print(table(name, ("severity", "where", "rule", "what"), rows))
        if verdict.left_out:
            problems().print(f"{name}: {verdict.left_out} more findings; --limit shows more.")
        out().print(f"{name}: {'valid' if verdict.valid else f'{verdict.errors} errors'}", markup=False)


def _row(finding: Finding) -> Json:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "text": finding.text,
        "expression": finding.expression,
    }
