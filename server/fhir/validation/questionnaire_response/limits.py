"""The limits that a form sets to a value: smallest and largest, length, pattern, decimals, unit, size, target.

Each gives sentences about what is wrong; what can't be compared is never wrong.
Spec page: https://hl7.org/fhir/uv/sdc/STU4/behavior.html
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from server.fhir.json import Json
from server.fhir.lenient import obj, text
from server.fhir.path import tame
from server.fhir.path.allowance import Allowance
from server.fhir.path.errors import EvaluationRefused
from server.fhir.reference import type_and_id
from server.fhir.validation.binding import MEMBERS
from server.fhir.validation.questionnaire_response.codes import FormCodes
from server.fhir.validation.questionnaire_response.compared import order
from server.fhir.validation.questionnaire_response.form import CORE, SDC, FormItem

Problem = tuple[str, str, str]
"""Our id of the rule, the issue type, and the sentence."""

_LONGEST_MATCHED = 2000
"""Characters of the longest text that a pattern of a form is tried on."""

_BYTES_PER_MEGABYTE = 1024 * 1024


def range_problems(item: FormItem, value: Json, _: Allowance) -> Iterator[Problem]:
    """Smaller than the smallest value, or larger than the largest."""
    for url in (CORE + "minValue", SDC + "minQuantity"):
        least = item.value(url)
        if least is not None and order(value, least) == -1:
            yield "questionnaire-min-value", "value", "The answer is below the smallest value that the form allows."
    for url in (CORE + "maxValue", SDC + "maxQuantity"):
        most = item.value(url)
        if most is not None and order(value, most) == 1:
            yield "questionnaire-max-value", "value", "The answer is above the largest value that the form allows."


def text_problems(item: FormItem, value: Json, allowance: Allowance) -> Iterator[Problem]:
    """Too long, too short, or of another form than the pattern."""
    if not isinstance(value, str):
        return
    longest, shortest = item.raw.get("maxLength"), item.value(CORE + "minLength")
    if isinstance(longest, int) and len(value) > longest:
        yield "questionnaire-max-length", "too-long", f"The answer is longer than {longest} characters; shorten it."
    if isinstance(shortest, int) and len(value) < shortest:
        yield "questionnaire-min-length", "value", f"The answer is shorter than {shortest} characters; say more."
    written = text(item.value(CORE + "regex"))
    if written is not None and matches(written, value, allowance) is False:
        yield "questionnaire-regex", "value", "The answer is not of the form that the regex of the item asks for."


def matches(written: str, value: str, allowance: Allowance) -> bool | None:
    """Whether a text fits a pattern as a whole; None for a pattern that is not tried.

    Whoever sends a form chooses its patterns, so they take their work from what the form is allowed.
    """
    if len(value) > _LONGEST_MATCHED:
        return None
    try:
        return tame.matches(written, value, allowance, whole=True)
    except EvaluationRefused:
        return None


def decimal_problems(item: FormItem, value: Json, _: Allowance) -> Iterator[Problem]:
    """More decimals than are allowed."""
    places = item.value(CORE + "maxDecimalPlaces")
    if not isinstance(places, int) or not isinstance(value, Decimal):
        return
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        yield "questionnaire-decimals", "value", f"The answer has more than {places} decimal places; round it."


def unit_problems(item: FormItem, value: Json, codes: FormCodes) -> Iterator[Problem]:
    """A unit that the form does not offer."""
    quantity = obj(value)
    if "code" not in quantity and "unit" not in quantity:
        return
    offered = [obj(one) for one in item.values(CORE + "questionnaire-unitOption")]
    if offered and not _is_open(item) and not any(_has_unit(quantity, one) for one in offered):
        yield "questionnaire-unit", "value", "The unit is not one of those that the form offers; use one of them."
    bound = text(item.value(CORE + "questionnaire-unitValueSet"))
    known = codes.find(bound) if bound is not None else None
    if known is not None and not _is_open(item) and MEMBERS["Quantity"](quantity, known) is False:
        yield "questionnaire-unit", "code-invalid", "The unit is not in the value set of units that the form names."


def _is_open(item: FormItem) -> bool:
    return bool(item.extensions(SDC + "unitOpen") or item.extensions(SDC + "unitSupplementalSystem"))


def _has_unit(quantity: Mapping[str, Json], offered: Mapping[str, Json]) -> bool:
    if "code" in quantity:
        return quantity["code"] == offered.get("code") and quantity.get("system") == offered.get("system")
    return quantity.get("unit") in (offered.get("display"), offered.get("code"))


def attachment_problems(item: FormItem, value: Json, _: Allowance) -> Iterator[Problem]:
    """A type of content that the form does not want, or too much of it."""
    attachment = obj(value)
    types = [one for one in item.values(CORE + "mimeType") if isinstance(one, str)]
    if types and attachment.get("contentType") not in types:
        yield "questionnaire-content-type", "value", f"The attachment must be of one of {', '.join(types)}."
    megabytes, data = item.value(CORE + "maxSize"), attachment.get("data")
    if isinstance(megabytes, int | Decimal) and _bytes(attachment.get("size"), data) > megabytes * _BYTES_PER_MEGABYTE:
        yield "questionnaire-size", "too-long", f"The attachment is larger than {megabytes} MB."


def _bytes(size: Json, data: Json) -> int:
    if isinstance(data, str):
        return len(data) * 3 // 4
    return size if isinstance(size, int) else 0


def reference_problems(item: FormItem, value: Json, _: Allowance) -> Iterator[Problem]:
    """A reference to a resource of a type that the form does not want."""
    types = [one for one in item.values(CORE + "questionnaire-referenceResource") if isinstance(one, str)]
    written = text(obj(value).get("reference"))
    found = type_and_id(written) if written is not None else None
    named = text(obj(value).get("type")) or (found[0] if found else None)
    if types and named is not None and named not in types:
        yield "questionnaire-reference", "value", f"The reference must be to a resource of one of {', '.join(types)}."


Limits = Callable[[FormItem, Json, Allowance], Iterator[Problem]]

LIMITS: Mapping[str, tuple[Limits, ...]] = MappingProxyType(
    {
        "valueInteger": (range_problems,),
        "valueDecimal": (range_problems, decimal_problems),
        "valueDate": (range_problems,),
        "valueDateTime": (range_problems,),
        "valueTime": (range_problems,),
        "valueString": (text_problems,),
        "valueUri": (text_problems,),
        "valueQuantity": (range_problems,),
        "valueAttachment": (attachment_problems,),
        "valueReference": (reference_problems,),
    }
)
"""Which limits a value may have, by its key; units need the value sets of the form too."""
