"""How often an item is answered: at least as often as the form demands, at most as often as it allows.

Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.repeats
"""

from collections.abc import Mapping, Sequence

from server.fhir.json import Json
from server.fhir.lenient import objects
from server.fhir.validation.finding import Findings
from server.fhir.validation.questionnaire_response.form import CORE, FormItem

Rows = Sequence[tuple[Mapping[str, Json], str]]
"""Items of the response with their places."""


def check_missing(item: FormItem, place: str, findings: Findings, *, finished: bool, enabled: bool | None) -> None:
    """Adds what an item costs that is not there: nothing, unless it is required and enabled."""
    if item.required and enabled and item.type != "display":
        text = f"The item {item.link_id} of the form must be answered, and is not; answer it."
        _add(findings, "questionnaire-required", "required", place, text, error=finished)


def check_count(item: FormItem, rows: Rows, findings: Findings, *, finished: bool) -> None:
    """Adds what is wrong with the number of answers, or of a group's repetitions, where there are any."""
    if not rows:
        return
    place, count = rows[0][1], _count(item, rows)
    if not item.repeats and (len(rows) > 1 or count > 1):
        text = f"The item {item.link_id} of the form is answered once at most; leave the other answers out."
        findings.error("questionnaire-repeats", "structure", rows[-1][1], text)
    most, least = item.value(CORE + "questionnaire-maxOccurs"), item.value(CORE + "questionnaire-minOccurs")
    if isinstance(most, int) and count > most:
        text = f"The item {item.link_id} of the form has {most} answers at most; leave the others out."
        findings.error("questionnaire-max-occurs", "structure", place, text)
    if isinstance(least, int) and count < least:
        text = f"The item {item.link_id} of the form needs {least} answers; give them."
        _add(findings, "questionnaire-min-occurs", "required", place, text, error=finished)


def _count(item: FormItem, rows: Rows) -> int:
    """Answers of a question, repetitions of a group."""
    return len(rows) if item.type == "group" else sum(len(objects(row.get("answer"))) for row, _ in rows)


def _add(findings: Findings, message: str, code: str, place: str, text: str, *, error: bool) -> None:
    (findings.error if error else findings.warning)(message, code, place, text)
