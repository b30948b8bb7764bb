"""One journey, played as an EHR would: sign the order, get the form, answer it, ask for authorization.

Each step says what it did, what came back and where to look; it fails when the answer is not the one that was told.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from server.cli.demo import answers
from server.cli.demo.asks import order_sign, questionnaire_package
from server.cli.demo.claim_bundle import request_bundle
from server.cli.demo.ehr import Answered, Ehr
from server.cli.demo.form import answer_form
from server.cli.demo.record import Record
from server.clock import Clock, Ids
from server.fhir.json import Json

DISCOVERY = "/cds-services"
HOOK = f"{DISCOVERY}/order-sign-crd"
PACKAGE = "/fhir/Questionnaire/$questionnaire-package"
SUBMIT = "/fhir/Claim/$submit"

_DECIDED = {"A1": "approved", "A3": "not a benefit of the contract", "A4": "pended", "A6": "approved in part"}
"""Our own words for the codes of X12 306 that this server gives."""

_SHOWN = ("covered", "pa-needed", "doc-needed", "questionnaire", "reason", "satisfied-pa-id", "coverage-assertion-id")
"""The parts of the coverage information that are printed."""

_FROM = {"payer": "[payer]    ", "record": "[record]   ", "clinician": "[clinician]"}
"""Marks of where an answer came from, of one width."""

_MOST = 3
"""Values of one part that are printed; the rest is counted."""

_BROKEN = (KeyError, IndexError, StopIteration, TypeError, AttributeError)
"""What reading an answer of another shape than told raises."""


@dataclass(slots=True)
class Step:
    """One step: what was done, with its answer, what it says, where to look, and what is not as told."""

    what: str
    answered: Answered
    says: list[str] = field(default_factory=list)
    look: str = ""
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, told: object, found: object) -> None:
        """Notes a difference between what was told and what came."""
        if told != found:
            self.wrong.append(f"{what}: told {_word(told)}, came {_word(found)}")


async def discover(ehr: Ehr) -> Step:
    """Asks which hooks the server offers."""
    return read_step(Step("The EHR asks which hooks are offered", await ehr.get(DISCOVERY)), _read_discovery)


def _read_discovery(step: Step) -> None:
    offered = [f"{each['hook']} at {DISCOVERY}/{each['id']}" for each in step.answered.body["services"]]
    step.says = offered
    step.expect("order-sign is offered", True, f"order-sign at {HOOK}" in offered)


class Journey:
    """The steps of one record against one server."""

    def __init__(self, record: Record, ehr: Ehr, clock: Clock, ids: Ids) -> None:
        self._record = record
        self._ehr = ehr
        self._clock = clock
        self._ids = ids
        self._order: Json = record.order
        self._assertion = ""
        self._form: Json = None

    async def steps(self) -> AsyncIterator[Step]:
        """Plays the journey; stops after the first step that is not as told."""
        expected = self._record.expected
        plays = [self._sign]
        if expected.form:
            plays.append(self._get_form)
        if expected.answer:
            plays.append(self._submit)
        for play in plays:
            step = await play()
            yield step
            if step.wrong:
                return

    async def _sign(self) -> Step:
        answered = await self._ehr.post(HOOK, order_sign(self._record, self._ids), "application/json")
        return read_step(Step("The order is signed (hook order-sign)", answered), self._read_hook)

    def _read_hook(self, step: Step) -> None:
        expected = self._record.expected
        order = answers.updated_order(step.answered.body)
        if order is None:
            step.wrong.append("no update system action came back")
            return
        self._order = order
        told = answers.coverage_information(order)
        self._assertion = str(told.get("coverage-assertion-id", [""])[0])
        step.says = [line for name in _SHOWN if name in told for line in _lines(name, told[name])]
        if expected.answer is None:
            step.says.append("There is nothing to request: the journey ends here.")
        step.look = f"{self._ehr.origin}/docs"
        step.expect("covered", expected.covered, told.get("covered", [None])[0])
        if expected.answer == "A1" and "satisfied-pa-id" in told:
            step.says.append("An earlier run's authorization is on file. The demo goes on as if there were none.")
            return
        step.expect("pa-needed", expected.authorization, told.get("pa-needed", [None])[0])
        step.expect("a form to fill in", expected.form, bool(told.get("questionnaire")))

    async def _get_form(self) -> Step:
        asked = questionnaire_package(self._record, self._order, self._assertion)
        answered = await self._ehr.post(PACKAGE, asked)
        return read_step(
            Step("The form is fetched by the id that the hook gave, and answered", answered), self._read_form
        )

    def _read_form(self, step: Step) -> None:
        found = answers.packages(step.answered.body)
        if not found:
            step.wrong.append("no package came back")
            return
        filled = answer_form(found[0], self._record, self._clock())
        self._form = filled.response
        form = found[0]["entry"][0]["resource"]
        kinds = [each["resource"]["resourceType"] for each in found[0]["entry"]]
        step.says = [
            f"{form.get('title', form['url'])}: {', '.join(f'{kinds.count(k)} {k}' for k in dict.fromkeys(kinds))}",
            *(f"{_FROM[each.origin]} {each.text}: {answers.shown(each.answer)}" for each in filled.given),
            *(f"[open]      {text}" for text in filled.open),
        ]
        step.look = f"{self._ehr.origin}/fhir/Questionnaire/{form['id']}"

    async def _submit(self) -> Step:
        asked = request_bundle(self._record, self._order, self._form, self._clock(), self._ids)
        answered = await self._ehr.post(SUBMIT, asked)
        return read_step(Step("Authorization is requested (Claim/$submit)", answered), self._read_decision)

    def _read_decision(self, step: Step) -> None:
        response = answers.claim_response(step.answered.body)
        decided = list(answers.review_actions(response))
        codes = [code for code, _ in decided]
        for code, number in decided:
            named = f", authorization number {number}" if number else ""
            step.says.append(f"{code} {_DECIDED.get(code, '')}{named}")
        step.says += _noted(answers.process_notes(response))
        step.says += [f"error {code}" for code in answers.errors(response)]
        step.look = f"{self._ehr.origin}/cases/{response['id']}"
        step.expect("reviewAction", [self._record.expected.answer], codes)
        if codes == ["A1"]:
            step.expect("an authorization number", True, bool(decided[0][1]))


def read_step(step: Step, read: Callable[[Step], None], status: int = 200) -> Step:
    """Reads the answer of a step; another status than told or another shape than the guide's is not as told."""
    if step.answered.status != status or not isinstance(step.answered.body, dict):
        step.expect("HTTP status", status, step.answered.status)
        if isinstance(step.answered.body, dict):
            step.wrong += answers.diagnostics(step.answered.body)
        return step
    try:
        read(step)
    except _BROKEN as error:
        step.wrong.append(f"the answer has not the shape of the guide ({type(error).__name__})")
    return step


def _lines(name: str, values: list[Json]) -> list[str]:
    """A line for each value of a part, the first ones of many."""
    shown = [f"{name}: {answers.read(value)}" for value in values[:_MOST]]
    return shown if len(values) <= _MOST else [*shown, f"{name}: ... and {len(values) - _MOST} more"]


def _noted(notes: list[str]) -> list[str]:
    """The lines of the payer's notes; sources are counted, because the case page names them."""
    lines = [line for note in notes for line in note.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Source:")]
    return [*said, f"Sources cited: {len(lines) - len(said)}"] if len(said) < len(lines) else said


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
