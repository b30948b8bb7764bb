"""The FHIRPath of a form's constraints: it compiles, and names elements that a response has.

Spec page: https://hl7.org/fhir/extensions/5.3.0/StructureDefinition-questionnaire-constraint.html
"""

from collections.abc import Iterator

from server.content.form_file import FormFile, walk
from server.fhir.json import Json
from server.fhir.path.compile import compile_path
from server.fhir.path.errors import PathRefused

CONSTRAINT = "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint"


def constraint_findings(main: FormFile) -> Iterator[str]:
    """What is wrong with the expressions of questionnaire-constraint, at the form's root and on its items."""
    yield from _of(main, main.resource, "QuestionnaireResponse")
    for item in walk(main.resource):
        yield from _of(main, item, "QuestionnaireResponse.item")


def _of(main: FormFile, element: Json, asked_of: str) -> Iterator[str]:
    for extension in element.get("extension", ()):
        if extension["url"] != CONSTRAINT:
            continue
        parts = {part["url"]: part for part in extension.get("extension", ())}
        written = parts.get("expression", {}).get("valueString", "")
        try:
            compile_path(written, asked_of, strict=True)
        except PathRefused as fault:
            sentence = f"The constraint is no FHIRPath of {asked_of}, at character {fault.position + 1}"
            yield main.finding(f"{sentence}: {fault.sentence}", written.replace('"', '\\"'))
