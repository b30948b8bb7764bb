"""Answering a form from the record, as a DTR app would that does not run CQL: by the codes of its items.

What the payer pre-filled stays unless the record knows better; what no resource holds, the clinician answers; the
rest stays open. Every answer says where it came from.
Spec page: https://hl7.org/fhir/us/davinci-dtr/StructureDefinition-information-origin.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.cli.demo.enabled import enabled
from server.cli.demo.record import Record
from server.clock import instant
from server.fhir.json import Json

_ORIGIN = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/information-origin"
_ROLE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/practitioner-role", "code": "doctor"}]}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with the text of its question and where it came from."""

    text: str
    origin: str
    answer: Json


@dataclass(frozen=True, slots=True)
class Answers:
    """The completed QuestionnaireResponse, and where each answer came from."""

    response: Json
    given: tuple[Given, ...]
    open: tuple[str, ...]
    """The texts of the questions that nobody could answer."""

    def count(self, origin: str) -> int:
        """How many answers came from there: "payer", "record" or "clinician"."""
        return sum(each.origin == origin for each in self.given)


def answer_form(package: Json, record: Record, now: datetime) -> Answers:
    """The form of a package Bundle, answered."""
    resources = [each["resource"] for each in package["entry"]]
    questionnaire = next(each for each in resources if each["resourceType"] == "Questionnaire")
    draft = next(each for each in resources if each["resourceType"] == "QuestionnaireResponse")
    value_sets = {each["url"]: each for each in resources if each["resourceType"] == "ValueSet"}
    prefilled = dict(_prefilled(draft.get("item", ())))
    questions = list(_questions(questionnaire["item"]))
    given = {
        question["linkId"]: found
        for question in questions
        if (found := _answer(question, record, prefilled, value_sets))
    }
    asked = list(_asked(questionnaire["item"], {link_id: found.answer for link_id, found in given.items()}))
    kept = {link_id: given[link_id] for link_id in asked if link_id in given}
    response = {
        **draft,
        "id": f"form-{record.order['id']}",
        "status": "completed",
        "authored": instant(now),
        "author": {"reference": "Practitioner/clinician"},
        "item": list(_items(questionnaire["item"], {k: v.answer for k, v in kept.items()})),
    }
    unanswered = [question.get("text", "") for question in questions if question["linkId"] in set(asked) - set(kept)]
    return Answers(response, tuple(kept.values()), tuple(unanswered))


def _questions(items: list[Json]) -> Iterator[Json]:
    for item in items:
        if item["type"] not in ("group", "display"):
            yield item
        yield from _questions(item.get("item", []))


def _asked(items: list[Json], answers: Mapping[str, Json]) -> Iterator[str]:
    """The linkIds of the questions that are asked; what stands under a disabled item is not."""
    for item in items:
        if enabled(item, answers):
            if item["type"] not in ("group", "display"):
                yield item["linkId"]
            yield from _asked(item.get("item", []), answers)


def _prefilled(items: list[Json]) -> Iterator[tuple[str, Json]]:
    for item in items:
        if item.get("answer"):
            yield item["linkId"], item["answer"][0]
        yield from _prefilled(item.get("item", []))


def _answer(question: Json, record: Record, prefilled: Mapping[str, Json], value_sets: Json) -> Given | None:
    link_id, text = question["linkId"], question.get("text", question["linkId"])
    clinician, draft = record.clinician.get(link_id), prefilled.get(link_id)
    known = _from_record(question, record, clinician, value_sets)
    if draft and (known is None or _same(draft, known)) and not (clinician and not known):
        return Given(text, "payer", draft)
    if known:
        return Given(text, "record", {"extension": [_origin("auto-client")], **known})
    return Given(text, "clinician", {"extension": [_origin("manual")], **clinician}) if clinician else None


def _same(draft: Json, known: Json) -> bool:
    """Whether the payer's answer says what the record says; a display is for people."""
    ((name, value),) = known.items()
    found = draft.get(name)
    if name == "valueCoding" and isinstance(found, dict):
        return (found.get("system"), found.get("code")) == (value.get("system"), value.get("code"))
    return bool(found == value)


def _from_record(question: Json, record: Record, told: Json, value_sets: Json) -> Json | None:
    if told and "from" in told:
        return {"valueDate": record.resources[told["from"]]["effectiveDateTime"][:10]}
    if question["type"] == "quantity":
        return _observed(question, record)
    if question["type"] == "choice":
        return _diagnosed(question, record, value_sets)
    return None


def _observed(question: Json, record: Record) -> Json | None:
    """The newest Observation with one of the item's codes."""
    wanted = {(code["system"], code["code"]) for code in question.get("code", ())}
    found = [
        each
        for each in record.of("Observation")
        if wanted & {(coding["system"], coding["code"]) for coding in each["code"]["coding"]}
    ]
    newest = max(found, key=lambda each: str(each["effectiveDateTime"]), default=None)
    return {"valueQuantity": newest["valueQuantity"]} if newest else None


def _diagnosed(question: Json, record: Record, value_sets: Json) -> Json | None:
    """The first option that is a code of a Condition in the record."""
    conditions = {
        (coding["system"], coding["code"]) for each in record.of("Condition") for coding in each["code"]["coding"]
    }
    for option in _options(question, value_sets):
        if (option.get("system"), option.get("code")) in conditions:
            return {"valueCoding": option}
    return None


def _options(question: Json, value_sets: Json) -> Iterator[Json]:
    for option in question.get("answerOption", ()):
        if "valueCoding" in option:
            yield option["valueCoding"]
    value_set = value_sets.get(question.get("answerValueSet", "").split("|")[0], {})
    for concept in value_set.get("expansion", {}).get("contains", ()):
        yield {name: concept[name] for name in ("system", "code", "display") if name in concept}


def _items(items: list[Json], given: Mapping[str, Json]) -> Iterator[Json]:
    for item in items:
        inside = list(_items(item.get("item", []), given))
        answer = given.get(item["linkId"])
        if not inside and not answer:
            continue
        yield {
            "linkId": item["linkId"],
            **({"text": item["text"]} if "text" in item else {}),
            **({"answer": [{**answer, **({"item": inside} if inside else {})}]} if answer else {}),
            **({"item": inside} if inside and not answer else {}),
        }


def _origin(source: str) -> Json:
    author = [
        {"url": "role", "valueCodeableConcept": _ROLE},
        {"url": "practitioner", "valueReference": {"reference": "Practitioner/clinician"}},
    ]
    parts: list[Json] = [{"url": "source", "valueCode": source}]
    if source == "manual":
        parts.append({"url": "author", "extension": author})
    return {"url": _ORIGIN, "extension": parts}
