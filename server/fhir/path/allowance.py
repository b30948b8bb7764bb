"""How much work an expression may do that someone else wrote: a count of steps, not of seconds, so that the answer to
one question is always the same.

A step is about what it costs to run one part of an expression on one item. Whoever makes many evaluations for one
request gives them one allowance.
Spec page: http://hl7.org/fhirpath/N1/#expressions
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from server.fhir.json import Json
from server.fhir.path.errors import AllowanceSpent, EvaluationRefused
from server.fhir.path.values import Item, Items, Node, Quantity

STEPS = 2_000_000
"""Steps of one request: less than a second, and hundreds of times what the expressions of a form take."""

_STEPS_OF_ELEMENT = 3
"""An element is found by its name and gets its type; a computed value is just there."""

_CHARACTERS_PER_STEP_BITS = 6
_LONGEST_NUMBER_BYTES = 1024
_LARGEST_EXPONENT = 1000
_LONGEST_INTEGER_BITS = 4096
_TOO_LARGE = f"A number with more than {_LARGEST_EXPONENT} digits is not computed with here."


class Allowance:
    """Steps that are left. It counts for one evaluation or for several, in one thread."""

    __slots__ = ("left",)

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Takes steps. Raises AllowanceSpent when there are not enough, then and ever after."""
        self.left -= steps
        if self.left < 0:
            self.left = -1
            raise AllowanceSpent("The expression takes more work than is allowed here; write one that asks for less.")


def width(items: Items) -> int:
    """Steps for handling items without looking into elements. Raises EvaluationRefused for an outsized number."""
    found = len(items)
    for item in items:
        value: Any = item
        if type(item) is Node:
            value = item.value
            found += _STEPS_OF_ELEMENT - 1
        if type(value) is str:
            found += len(value) >> _CHARACTERS_PER_STEP_BITS
        elif type(value) is not dict and type(value) is not bool:
            _check_number(value)
    return found


def _check_number(value: Item) -> None:
    """Exact arithmetic on numbers of any length takes any time."""
    if type(value) is int:
        if value.bit_length() > _LONGEST_INTEGER_BITS:
            raise EvaluationRefused(_TOO_LARGE)
        return
    number = value.value if type(value) is Quantity else value
    if type(number) is not Decimal:
        return
    if number.__sizeof__() > _LONGEST_NUMBER_BYTES or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise EvaluationRefused(_TOO_LARGE)


def weigh(items: Iterable[Item], allowance: Allowance) -> int:
    """Spends the steps for looking at items with all that is below them, as a comparison of elements does; gives their
    number. They are spent one by one, as to count them is work as well.
    """
    found = 0
    for item in items:
        steps = (
            _below(item.value) + (_below(item.shadow) if item.shadow is not None else 0) if type(item) is Node else 1
        )
        allowance.spend(steps)
        found += steps
    return found


def _below(json: Json) -> int:
    found, waiting = 0, [json]
    while waiting:
        value = waiting.pop()
        found += 1
        if type(value) is dict:
            waiting.extend(value.values())
        elif type(value) is list:
            waiting.extend(value)
        elif type(value) is str:
            found += len(value) >> _CHARACTERS_PER_STEP_BITS
        elif type(value) is not bool:
            _check_number(value)
    return found
