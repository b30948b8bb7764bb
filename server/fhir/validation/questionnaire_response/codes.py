"""Which codes the form allows: its own options, and value sets that come with it or that terminology knows.

Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.answerValueSet
"""

from collections.abc import Mapping, Sequence

from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.fhir.terminology.local import value_set_of
from server.fhir.terminology.port import CodeSet, Terminology
from server.fhir.validation.binding import MEMBERS
from server.fhir.validation.build_terms import value_set_parts
from server.fhir.validation.questionnaire_response.compared import same
from server.fhir.validation.questionnaire_response.form import CORE, SDC, FormItem, value_of

_DYNAMIC = (SDC + "answerExpression", SDC + "candidateExpression", SDC + "answerOptionsToggleExpression")
"""Extensions by which the options are only known while the form is filled in."""


class FormCodes:
    """The value sets of one form. What nobody here knows is None and never refused."""

    def __init__(
        self, questionnaire: Mapping[str, Json], terminology: Terminology, value_sets: Sequence[Json] = ()
    ) -> None:
        self._terminology = terminology
        contained = objects(questionnaire.get("contained"))
        self._contained = {f"#{one['id']}": one for one in contained if text(one.get("id"))}
        self._resources = [one for one in (*contained, *objects(list(value_sets))) if text(one.get("url"))]
        self._read: dict[str, CodeSet | None] = {}

    def find(self, canonical: str) -> CodeSet | None:
        """The value set of a canonical or of `#id`; None when it is not known."""
        if canonical not in self._read:
            own = self._contained.get(canonical) or self._resource("ValueSet", canonical)
            known = self._of(own) if own is not None else self._terminology.value_set(canonical)
            self._read[canonical] = known
        return self._read[canonical]

    def _resource(self, type: str, canonical: str) -> Json | None:
        url, _, version = canonical.partition("|")
        found = [one for one in self._resources if one.get("resourceType") == type and one["url"] == url]
        return next((one for one in found if version in ("", one.get("version"))), None)

    def _of(self, value_set: Json) -> CodeSet | None:
        try:
            parts = value_set_parts(
                _by_expansion(value_set),
                lambda canonical: self._resource("ValueSet", canonical),
                lambda canonical: self._resource("CodeSystem", canonical),
            )
            return value_set_of(value_set.get("url", ""), "", parts, {})
        except (KeyError, TypeError, AttributeError):  # nobody has validated it: a broken one tells nothing
            return None


def _by_expansion(value_set: Json) -> Json:
    """A value set by its expansion, where it has a whole one: the definition may need what is not here."""
    expansion = value_set.get("expansion", {})
    listed = _flat(expansion.get("contains"))
    if not listed or expansion.get("total", 0) > len(listed) or "parameter" in expansion and _is_partial(expansion):
        return {"url": "", **value_set}
    return {"url": value_set.get("url", ""), "expansion": {"contains": listed}}


def _is_partial(expansion: Json) -> bool:
    return any(one.get("name") in ("offset", "count", "filter") for one in objects(expansion["parameter"]))


def _flat(rows: Json) -> list[Json]:
    found: list[Json] = []
    for row in objects(rows):
        if "code" in row and row.get("abstract") is not True:
            found.append(row)
        found += _flat(row.get("contains"))
    return found


def is_offered(item: FormItem, key: str, value: Json, codes: FormCodes) -> bool | None:
    """Whether an answer is one of those that the form offers; None where that is not known."""
    if key == "valueString" and item.type == "open-choice":
        return True
    if any(item.extensions(url) for url in _DYNAMIC):
        return None
    if item.options:
        return any(same(value, option[key]) for option in item.options if key in option)
    bound = text(item.raw.get("answerValueSet"))
    known = codes.find(bound) if bound is not None and key == "valueCoding" and text(obj(value).get("system")) else None
    return None if known is None else MEMBERS["Coding"](value, known)


def excludes_others(item: FormItem, value: Json) -> bool:
    """Whether an answer is an option that must stand alone."""
    exclusive = CORE + "questionnaire-optionExclusive"
    for option in item.options:
        marked = any(one.get("url") == exclusive and value_of(one) is True for one in objects(option.get("extension")))
        if marked and same(value, value_of(option)):
            return True
    return False
