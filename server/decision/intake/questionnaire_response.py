"""Reads the answers of a QuestionnaireResponse into facts, whatever form it answers.

Only what the author declared as final counts: a draft or a withdrawn response says nothing (its items stay unknown).
Spec page: https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from collections.abc import Iterator
from decimal import Decimal

from server.decision.facts import Answered, Source
from server.decision.request import Code, Quantity, Value
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.dates import DatePeriod, DateRefused, first_day, last_day
from server.fhir.json import Json

_FINAL = frozenset({"completed", "amended"})

_TEXT_TYPES = ("valueString", "valueDate", "valueDateTime", "valueTime", "valueUri")


def answered(response: Json, full_url: str, expression: str = "QuestionnaireResponse") -> tuple[Answered, ...]:
    """The answers of all items at every depth, each with its place.

    `expression` is the FHIRPath of the response in the request, for issues. A Quantity with a comparator is no exact
    value and is left out; so is an answer that has only a data-absent-reason. Raises RequestRefused where the JSON is
    not of the shape of a QuestionnaireResponse.
    Spec: hl7.fhir.us.davinci-dtr_2.2.0@conf-10
    """
    if not isinstance(response, dict):
        raise _no_object(expression)
    if _text(response, "status", expression) not in _FINAL:
        return ()
    questionnaire = _questionnaire(response, expression)
    authored = _authored(response, expression)
    return tuple(
        Answered(questionnaire, link_id, values, Source(full_url, path.removeprefix(f"{expression}.")), authored)
        for link_id, values, path in _items(response, expression)
    )


def _items(parent: Json, path: str) -> Iterator[tuple[str, tuple[Value, ...], str]]:
    for index, item in enumerate(_list(parent, "item", path)):
        place = f"{path}.item[{index}]"
        if not isinstance(item, dict):
            raise _no_object(place)
        link_id = _text(item, "linkId", place)
        if not link_id:
            raise _refused(f"{place}.linkId", "is required")
        answers = _list(item, "answer", place)
        values = [_value(answer, place, number) for number, answer in enumerate(answers)]
        known = tuple(value for value in values if value is not None)
        if known:
            yield link_id, known, f"{place}.answer"
        for number, answer in enumerate(answers):
            if "item" in answer:
                yield from _items(answer, f"{place}.answer[{number}]")
        if "item" in item:
            yield from _items(item, place)


def _value(answer: Json, item: str, number: int) -> Value | None:
    """The value of the answer of that number of the item at a place, which is spelled out only for an issue."""
    if not isinstance(answer, dict):
        raise _no_object(f"{item}.answer[{number}]")
    keys = [key for key in answer if key.startswith("value")]
    if not keys:
        return None
    path = f"{item}.answer[{number}]"
    if len(keys) > 1:
        raise _refused(path, "must have one value[x] at most")
    key, value, place = keys[0], answer[keys[0]], f"{path}.value"
    if key == "valueBoolean":
        _need(isinstance(value, bool), place, "must be true or false")
        return bool(value)
    if key in ("valueDecimal", "valueInteger"):
        return _decimal(value, place)
    if key in _TEXT_TYPES:
        _need(isinstance(value, str), place, "must be a JSON string")
        return str(value)
    return _complex(key, value, place)


def _complex(key: str, value: Json, path: str) -> Value | None:
    if not isinstance(value, dict):
        raise _no_object(path)
    match key:
        case "valueCoding":
            return _coding(value, path)
        case "valueQuantity":
            return _quantity(value, path)
        case "valueReference":
            return _text(value, "reference", path) or _text(value, "display", path) or None
        case "valueAttachment":
            return _text(value, "url", path) or _text(value, "title", path) or _text(value, "contentType", path) or None
        case _:
            raise _refused(path, "is no value[x] of an answer: see QuestionnaireResponse.item.answer.value[x]")


def _coding(value: Json, path: str) -> Value | None:
    code, display = _text(value, "code", path), _text(value, "display", path)
    if not code:
        return display or None
    return Code(_text(value, "system", path), code, display or None)


def _quantity(value: Json, path: str) -> Quantity | None:
    if "value" not in value or "comparator" in value:
        return None
    exact = _decimal(value["value"], f"{path}.value")
    unit, system, code = (_text(value, name, path) or None for name in ("unit", "system", "code"))
    return Quantity(exact, unit, system, code)


def _decimal(value: Json, path: str) -> Decimal:
    _need(isinstance(value, int | Decimal) and not isinstance(value, bool), path, "must be a JSON number")
    return Decimal(value)


def _questionnaire(response: Json, path: str) -> str:
    """The canonical without version; of a contained form, the form that it derives from, or its own url."""
    canonical = _text(response, "questionnaire", path)
    if not canonical.startswith("#"):
        return canonical.partition("|")[0]
    for index, contained in enumerate(_list(response, "contained", path)):
        place = f"{path}.contained[{index}]"
        if not isinstance(contained, dict):
            raise _no_object(place)
        if contained.get("id") == canonical[1:] and contained.get("resourceType") == "Questionnaire":
            derived = _list(contained, "derivedFrom", place)
            _need(all(isinstance(form, str) for form in derived), f"{place}.derivedFrom", "must be canonicals")
            named = derived[0] if derived else _text(contained, "url", place)
            return str(named).partition("|")[0]
    return ""


def _authored(response: Json, path: str) -> DatePeriod | None:
    text = _text(response, "authored", path)
    if not text:
        return None
    try:
        return DatePeriod(first_day(text), last_day(text))
    except DateRefused:
        raise _refused(f"{path}.authored", "must be a FHIR dateTime on a day that the calendar has") from None


def _text(parent: Json, name: str, path: str) -> str:
    value = parent.get(name, "")
    if not isinstance(value, str):
        raise _refused(f"{path}.{name}", "must be a JSON string")
    return value


def _list(parent: Json, name: str, path: str) -> list[Json]:
    value = parent.get(name, [])
    if not isinstance(value, list):
        raise _refused(f"{path}.{name}", "must be a JSON array")
    return value


def _need(holds: bool, path: str, rule: str) -> None:
    if not holds:
        raise _refused(path, rule)


def _no_object(path: str) -> RequestRefused:
    return _refused(path, "must be a JSON object")


def _refused(path: str, rule: str) -> RequestRefused:
    return RequestRefused(Refusal.INVALID, [Issue("structure", f"{path} {rule}.", path)])
