"""Holds a QuestionnaireResponse against its Questionnaire: which items it has, in which order, how often, answered how.

The response itself is R4 by the base rules; what has another shape is passed over here. What is missing of a response
that is not completed is a warning, as it may still come.
Spec page: https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.lenient import objects, text
from server.fhir.terminology.port import Terminology
from server.fhir.validation.finding import Findings
from server.fhir.validation.questionnaire_response.answer import check_answer, check_exclusive
from server.fhir.validation.questionnaire_response.codes import FormCodes
from server.fhir.validation.questionnaire_response.constraint import check_constraints
from server.fhir.validation.questionnaire_response.count import check_count, check_missing
from server.fhir.validation.questionnaire_response.enabled import is_enabled
from server.fhir.validation.questionnaire_response.expressions import NO_VARIABLES, Expressions, Variables
from server.fhir.validation.questionnaire_response.form import WITHOUT_ANSWER, Form, FormItem, read_form, value_of
from server.fhir.validation.questionnaire_response.given import Given, has_content

UNFINISHED = ("in-progress", "stopped", "entered-in-error")
"""Statuses of a response of which nothing more is demanded."""

ROOT = "QuestionnaireResponse"

_UNKNOWN = "No item of the Questionnaire has this linkId; use one that it has."
_MISPLACED = "The Questionnaire has the item of this linkId in another place; move it there."
_OUT_OF_ORDER = "The item stands before or after those that the Questionnaire has it among; keep its order."
_DISABLED = "The item is not enabled by the answers given; leave it out."
_DISPLAY = "An item of type display shows a text: it has neither answers nor items."
_GROUP = "An item of type group has items and no answer."
_TEXT = "The text is not the one of the form; leave it out, or repeat the form's unless this is a translation of it."
_QUESTION = "Items below a question stand in its answer; move them there."


@dataclass(frozen=True, slots=True)
class Placed:
    """An item of the response and where it stands."""

    row: Mapping[str, Json]
    place: str


def check_response(
    response: Mapping[str, Json],
    questionnaire: Mapping[str, Json],
    terminology: Terminology,
    value_sets: Sequence[Json] = (),
    *,
    place: str = ROOT,
    findings: Findings | None = None,
) -> Findings:
    """What is wrong with the answers of a response, by the Questionnaire that it answers.

    `value_sets` are those that came with the Questionnaire, `place` is the FHIRPath of the response in its document.
    What is found is added to `findings`, or to new ones.
    """
    findings = Findings() if findings is None else findings
    form = read_form(questionnaire)
    finished = response.get("status") not in UNFINISHED
    expressions = Expressions(dict(response), dict(questionnaire), findings)
    check = _Check(expressions, form, FormCodes(questionnaire, terminology, value_sets), findings, finished)
    variables = expressions.variables(questionnaire, expressions.response, NO_VARIABLES)
    check.items(form.items, Given(response.get("item"), expressions.response, None, variables), place)
    check_constraints(questionnaire, expressions.response, variables, place, expressions, finished=finished)
    return findings


@dataclass(frozen=True, slots=True)
class _Check:
    expressions: Expressions
    form: Form
    codes: FormCodes
    findings: Findings
    finished: bool

    def items(self, wanted: Sequence[FormItem], given: Given, place: str) -> None:
        """The items of one place of the response, against those that the form has there."""
        found = self._sorted(wanted, given, place)
        for item in wanted:
            rows = [one for one in found.get(item.link_id, ()) if has_content(one.row)]
            enabled = is_enabled(item, given, self.expressions, place)
            if not rows:
                check_missing(item, place, self.findings, finished=self.finished, enabled=enabled)
            elif enabled is False:
                for one in rows:
                    self.findings.error("questionnaire-disabled", "business-rule", one.place, _DISABLED)
            for one in rows:
                self._item(item, one, given)
            check_count(item, [(one.row, one.place) for one in rows], self.findings, finished=self.finished)

    def _sorted(self, wanted: Sequence[FormItem], given: Given, place: str) -> Mapping[str, list[Placed]]:
        """The rows by their linkId. Tells of those that the form does not have here, and of those out of order."""
        positions = {item.link_id: index for index, item in reversed(list(enumerate(wanted)))}
        found: dict[str, list[Placed]] = {}
        last = 0
        for index, row in enumerate(given.rows):
            one = Placed(row, f"{place}.item[{index}]")
            link_id = text(row.get("linkId"))
            position = positions.get(link_id) if link_id is not None else None
            if position is None:
                self._stray(link_id, one, given)
                continue
            if position < last:
                self.findings.error("questionnaire-order", "structure", one.place, _OUT_OF_ORDER)
            last = position
            found.setdefault(wanted[position].link_id, []).append(one)
        return found

    def _stray(self, link_id: str | None, one: Placed, given: Given) -> None:
        item = self.form.by_link_id.get(link_id) if link_id is not None else None
        if item is None:
            self.findings.error("questionnaire-link-id", "not-found", f"{one.place}.linkId", _UNKNOWN)
            return
        self.findings.error("questionnaire-place", "structure", one.place, _MISPLACED)
        self._item(item, one, given)

    def _item(self, item: FormItem, one: Placed, given: Given) -> None:
        """One item of the response: its answers, and what stands below it."""
        answers, below = objects(one.row.get("answer")), objects(one.row.get("item"))
        if "text" in one.row and "text" in item.raw and one.row["text"] != item.raw["text"]:
            self.findings.warning("questionnaire-text", "value", f"{one.place}.text", _TEXT)
        if item.type == "display" and has_content(one.row):
            self.findings.error("questionnaire-display", "structure", one.place, _DISPLAY)
        elif item.type == "group" and answers:
            self.findings.error("questionnaire-group", "structure", one.place, _GROUP)
        elif item.type not in WITHOUT_ANSWER and below:
            self.findings.error("questionnaire-answer-item", "structure", one.place, _QUESTION)
        variables = self.expressions.variables(item.raw, one.row, given.variables)
        if item.type == "group":
            self.items(item.items, Given(below, one.row, given, variables), one.place)
        elif item.type != "display":
            self._answers(item, answers, one.place, given, variables)
        check_constraints(item.raw, one.row, variables, one.place, self.expressions, finished=self.finished)

    def _answers(
        self, item: FormItem, answers: Sequence[Mapping[str, Json]], place: str, given: Given, variables: Variables
    ) -> None:
        check_exclusive(item, [value_of(answer) for answer in answers], place, self.findings)
        for index, answer in enumerate(answers):
            where = f"{place}.answer[{index}]"
            check_answer(item, answer, self.codes, where, self.findings, self.expressions.allowance)
            self.items(item.items, Given(answer.get("item"), answer, given, variables), where)
