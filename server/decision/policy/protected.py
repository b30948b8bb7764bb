"""Attributes of a person that no policy may decide by: race, ethnicity, language, religion, disability status, sex and
gender. A member's age is readable, as an input of its own that every criterion must cite.
"""

import re
from collections.abc import Callable, Iterator

from server.decision.plan.read import read_codes
from server.decision.policy.order_path import reaches_a_person
from server.decision.request import Code
from server.fhir.codes import LOINC
from server.fhir.json import Json

PROTECTED_OBSERVATIONS = frozenset(
    Code(LOINC, code)
    for code in (
        "32624-9",  # race
        "69490-1",  # ethnicity
        "42784-9",  # ethnic background
        "54899-0",  # preferred language
        "81222-2",  # religious affiliation
        "76689-9",  # sex assigned at birth
        "46098-0",  # sex
        "76691-5",  # gender identity
        "76690-7",  # sexual orientation
        "101720-1",  # disability status
    )
)
"""LOINC codes of observations about protected attributes."""

_WORDS = re.compile(
    r"race|ethnic|gender|(^|[^a-z])sex|language|religio|disab|birthsex|orientation|marital|citizen", re.IGNORECASE
)

At = Callable[..., str]


def is_protected(expression: str) -> bool:
    """Whether an expression on an order names a protected attribute, or a way to the person who has it."""
    return _WORDS.search(expression) is not None or reaches_a_person(expression)


def protected_findings(value: Json, at: At) -> Iterator[str]:
    """The inputs of a policy that would read a protected attribute."""
    for name, each in value["inputs"].items():
        for index, source in enumerate(each["from"]):
            path = ("inputs", name, "from", index)
            for kind in ("observation", "observation_date"):
                if PROTECTED_OBSERVATIONS & set(read_codes(source.get(kind, ()))):
                    yield at("The observation is about a protected attribute of a person.", *path)
            if "order" in source and is_protected(source["order"]):
                yield at("The element of the order is about a protected attribute of a person.", *path)
