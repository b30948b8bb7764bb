"""Fills the draft of a form with what the payer knows (`known.py`), as the form's `prefill.yaml` says.

What is filled is a draft: the EHR's record overrides it, and a person looks at it.
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Iterable, Mapping
from datetime import date

from server.content.forms import KNOWN_SOURCES, Form, ObservedItems
from server.decision.codes import canonical
from server.decision.facts import Observed
from server.decision.request import Code, Quantity
from server.dtr.enable_when import is_enabled
from server.dtr.expansion import enumerated
from server.dtr.known import Known
from server.fhir.codes import DTR, UCUM
from server.fhir.json import Json

_UNIT_OPTION = "http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption"
_ORIGIN = {
    "url": f"{DTR}/StructureDefinition/information-origin",
    "extension": [{"url": "source", "valueCode": "auto-server"}],
}
_FINAL = frozenset({"final", "amended", "corrected"})


def draft_items(form: Form, known: Known) -> list[Json]:
    """The items of the draft QuestionnaireResponse that have an answer, in the order and nesting of the form.

    Each answer says that the payer filled it.
    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-19
    """
    answers: dict[str, list[Json]] = {}
    for link_id, source in form.prefill.known.items():
        answers |= _known(form, link_id, source, known)
    for group in form.prefill.observations:
        answers |= _observed(form, group, known.facts.observed)
    if form.prefill.diagnosis:
        active = [code for found in known.facts.diagnosed if found.state == "active" for code in found.codes]
        if chosen := _chosen(form, form.prefill.diagnosis, [*known.reasons, *active]):
            answers[form.prefill.diagnosis] = chosen[:1]
    return _items(form.questionnaire["item"], answers)


def _known(form: Form, link_id: str, source: str, known: Known) -> dict[str, list[Json]]:
    if KNOWN_SOURCES[source] == "choice":
        chosen = _chosen(form, link_id, known.ordered)
        chosen = chosen if form.items[link_id].get("repeats") else chosen[:1]
        return {link_id: chosen} if chosen else {}
    if source not in known.texts:
        return {}
    return {link_id: [{"valueDate" if KNOWN_SOURCES[source] == "date" else "valueString": known.texts[source]}]}


def _items(items: Iterable[Json], answers: Mapping[str, list[Json]]) -> list[Json]:
    """Items that are not asked now are left out with all below them: an answer to them would be invalid."""
    drafted = []
    for item in items:
        if not is_enabled(item, answers):
            continue
        answer = [{"extension": [_ORIGIN], **value} for value in answers.get(item["linkId"], ())]
        children = _items(item.get("item", ()), answers)
        if answer or children:
            drafted.append(
                {"linkId": item["linkId"], "text": item["text"]}
                | ({"answer": answer} if answer else {})
                | ({"item": children} if children else {})
            )
    return drafted


def _observed(form: Form, group: ObservedItems, observed: Iterable[Observed]) -> dict[str, list[Json]]:
    """The values of the latest day; two different values of one day contradict one another and are left open."""
    usable = [found for found in observed if found.status in _FINAL and _day(found) is not None]
    by_item = {link_id: _values(form.items[link_id], usable) for link_id in group.items}
    days = [day for found in by_item.values() for day in found]
    if not days:
        return {}
    answers: dict[str, list[Json]] = {}
    for link_id, by_day in by_item.items():
        day = max(days) if group.date else max(by_day, default=None)
        values = by_day.get(day, []) if day else []
        if values and all(value == values[0] for value in values):
            answers[link_id] = [{"valueQuantity": values[0]}]
    if group.date and answers:
        answers[group.date] = [{"valueDate": max(days).isoformat()}]
    return answers


def _values(item: Json, observed: Iterable[Observed]) -> dict[date, list[Json]]:
    """The item's values by day: Observations with one of its codes, in one of its units."""
    wanted = {(coding.get("system"), coding.get("code")) for coding in item.get("code", ())}
    units = {unit["code"]: unit for unit in _unit_options(item)}
    values: dict[date, list[Json]] = {}
    for found in observed:
        value, day = found.value, _day(found)
        if day is None or not isinstance(value, Quantity) or value.system != UCUM or value.code not in units:
            continue
        if any((code.system, code.code) in wanted for code in found.codes):
            unit = units[value.code]
            quantity = {"value": value.value, "unit": unit.get("display", value.code)}
            values.setdefault(day, []).append(quantity | {"system": UCUM, "code": value.code})
    return values


def _unit_options(item: Json) -> list[Json]:
    return [found["valueCoding"] for found in item.get("extension", ()) if found["url"] == _UNIT_OPTION]


def _day(observed: Observed) -> date | None:
    """The day of an Observation; None when its date is partial, so that the day is not known."""
    effective = observed.effective
    return effective.end if effective and effective.start == effective.end else None


def _chosen(form: Form, link_id: str, codes: Iterable[Code]) -> list[Json]:
    """Answers for those of the codes that the item offers, as the item's ValueSet writes them."""
    offered = _offered(form, form.items[link_id])
    return [{"valueCoding": offered[code]} for code in dict.fromkeys(codes) if code in offered]


def _offered(form: Form, item: Json) -> dict[Code, Json]:
    """The codings that a choice item offers, by code."""
    codings = [option["valueCoding"] for option in item.get("answerOption", ()) if "valueCoding" in option]
    for value_set in form.value_sets:
        if f"{value_set['url']}|{value_set['version']}" == item.get("answerValueSet"):
            codings += enumerated(value_set) or ()
    return {canonical(Code(coding["system"], coding["code"])): coding for coding in codings}
