"""A Questionnaire as the check of its responses reads it: a tree of items by linkId, with their extensions at hand.

Nobody has validated the Questionnaire, as it may come contained: what has another shape than FHIR gives it is absent.
Spec page: https://hl7.org/fhir/R4/questionnaire.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from server.fhir.json import Json
from server.fhir.lenient import objects, text

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"

_VALUE_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "valueBoolean",
        "decimal": "valueDecimal",
        "integer": "valueInteger",
        "date": "valueDate",
        "dateTime": "valueDateTime",
        "time": "valueTime",
        "string": "valueString",
        "text": "valueString",
        "url": "valueUri",
        "choice": "valueCoding",
        "open-choice": "valueCoding",
        "attachment": "valueAttachment",
        "reference": "valueReference",
        "quantity": "valueQuantity",
    }
)
WITHOUT_ANSWER = ("group", "display")
"""Types of items that are never answered themselves."""


@dataclass(frozen=True, slots=True)
class FormItem:
    """One item of a Questionnaire with those below it."""

    link_id: str
    type: str
    raw: Mapping[str, Json]
    items: tuple["FormItem", ...] = ()

    @property
    def required(self) -> bool:
        """Whether it must be answered where it is enabled."""
        return self.raw.get("required") is True

    @property
    def repeats(self) -> bool:
        """Whether it may have more than one answer, or stand more than once."""
        return self.raw.get("repeats") is True

    @property
    def options(self) -> list[dict[str, Json]]:
        """Its answerOptions."""
        return objects(self.raw.get("answerOption"))

    def extensions(self, url: str) -> list[dict[str, Json]]:
        """Its extensions of a url."""
        return [one for one in objects(self.raw.get("extension")) if one.get("url") == url]

    def value(self, url: str) -> Json:
        """The value of its first extension of a url; None when there is none."""
        return next((value_of(one) for one in self.extensions(url)), None)

    def values(self, url: str) -> list[Json]:
        """The values of its extensions of a url."""
        return [found for one in self.extensions(url) if (found := value_of(one)) is not None]

    def value_keys(self) -> frozenset[str]:
        """The keys that an answer may have its value under; none when the type says nothing about it."""
        own = _VALUE_OF_TYPE.get(self.type)
        if own is None:
            return frozenset()
        listed = [key for option in self.options for key in option if key.startswith("value")]
        found = {*listed, own} if self.type.endswith("choice") else {own}
        return frozenset(found | {"valueString"}) if self.type == "open-choice" else frozenset(found)


def value_of(element: Mapping[str, Json]) -> Json:
    """The value of an extension or an answer, whatever its type; None when it has none."""
    return next((value for key, value in element.items() if key.startswith("value")), None)


@dataclass(frozen=True, slots=True)
class Form:
    """A Questionnaire."""

    raw: Mapping[str, Json]
    items: tuple[FormItem, ...]
    by_link_id: Mapping[str, FormItem] = field(default_factory=dict)


def read_form(questionnaire: Mapping[str, Json]) -> Form:
    """The tree of a Questionnaire's items. Of two items with one linkId the first counts."""
    items = tuple(_items(questionnaire.get("item")))
    known: dict[str, FormItem] = {}
    todo = list(reversed(items))
    while todo:
        one = todo.pop()
        known.setdefault(one.link_id, one)
        todo.extend(reversed(one.items))
    return Form(questionnaire, items, known)


def _items(rows: Json) -> Iterator[FormItem]:
    for row in objects(rows):
        link_id = text(row.get("linkId"))
        if link_id is not None:
            yield FormItem(link_id, text(row.get("type")) or "", row, tuple(_items(row.get("item"))))
