"""What a Subscription filters on: the requesting organization, by any identifier that a result is addressed to.

The guide's topic calls the filter orgIdentifier, its text org-identifier, PAS 2.0.1 identifier; all mean one thing.
Spec page: https://hl7.org/fhir/us/davinci-pas/STU2.2/specification.html#subscription
"""

import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote

NAMES = ("org-identifier", "orgIdentifier", "identifier")

RESOURCE = "ClaimResponse"
"""The type that the topic is about; a filter may name it before a question mark."""

_TYPED = re.compile(r"([A-Z][A-Za-z]+)[.?]")


class FilterRefused(ValueError):
    """The criteria can't be evaluated; the message says what can, and quotes nothing."""


def read_criteria(text: str, *, other_types: bool = False) -> tuple[tuple[str, ...], ...]:
    """The conditions of one filter-criteria: alternatives between commas, conditions between ampersands.

    With `other_types` a filter that names another resource type than the topic's (`Encounter.patient=…`) is taken, and
    narrows nothing: no event of the topic is about that type. PAS 2.0.1 does not name the filters of its topic, and its
    clients send such.

    Raises FilterRefused for a filter that the topic does not have, and for one without a value.
    """
    if other_types and (named := _TYPED.match(text)) and named.group(1) != RESOURCE:
        return ()
    type, question, rest = text.partition("?")
    if question and type != RESOURCE:
        raise FilterRefused(f"the topic is about {RESOURCE}; leave the type out")
    return tuple(_condition(each) for each in (rest if question else text).split("&"))


def fits(filters: Iterable[Collection[str]], addressed: Collection[str]) -> bool:
    """Whether each of the conditions names a value of what the result is addressed to.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@95, hl7.fhir.uv.subscriptions_1.1.0@136
    """
    return all(any(value in addressed for value in condition) for condition in filters)


def _condition(text: str) -> tuple[str, ...]:
    name, equals, value = text.partition("=")
    if not equals or name.strip() not in NAMES:
        raise FilterRefused(
            f"a filter is {NAMES[0]}=[value], with | between system and value and commas between several"
        )
    values = tuple(unquote(each).strip() for each in value.split(","))
    if not all(values):
        raise FilterRefused("a filter has an empty value")
    return values
