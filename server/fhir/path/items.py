"""Takes collections apart as the specification's singleton rules say.

Spec page: http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
"""

from decimal import Decimal
from typing import Any

from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.values import Item, Items, Node, system

MAX_TEXT = 1_000_000
"""Characters of the longest string that an expression may make."""

MAX_ITEMS = 500_000
"""Items of the longest collection that an expression may make."""

TRUE: Items = [True]
FALSE: Items = [False]
NONE: Items = []
_ANSWERS: dict[bool | None, Items] = {True: TRUE, False: FALSE, None: NONE}


def answer(value: bool | None) -> Items:
    """A three-valued result as a collection. It is shared, so nobody may change it."""
    return _ANSWERS[value]


def one(items: Items) -> Item | None:
    """The only item; None of an empty collection. Raises EvaluationRefused for several."""
    if len(items) > 1:
        raise EvaluationRefused("One item is allowed here, and there are several.")
    return items[0] if items else None


def truth(items: Items) -> bool | None:
    """A collection as a Boolean: empty is None, one Boolean is itself, one other item is True."""
    if not items:
        return None
    item = one(items)
    value = item.value if type(item) is Node else item
    return value if type(value) is bool else True


def strict_truth(items: Items) -> bool | None:
    """As `truth`, but an item that is no Boolean is refused."""
    value = system(one(items))
    if value is not None and type(value) is not bool:
        raise EvaluationRefused("A Boolean is needed here.")
    return value


def text(items: Items) -> str | None:
    """The only item as a String; None of an empty collection. Raises EvaluationRefused for other types."""
    item = one(items)
    value = item.value if type(item) is Node else item
    if type(value) is str:
        return value
    if value is None and (type(item) is not Node or item.facts is None or item.facts.is_primitive):
        return None
    raise EvaluationRefused("A String is needed here.")


def integer(items: Items) -> int | None:
    """The only item as an Integer; None of an empty collection. Raises EvaluationRefused for other types."""
    value = system(one(items))
    if value is not None and type(value) is not int:
        raise EvaluationRefused("An Integer is needed here.")
    return value


def number(items: Items) -> int | Decimal | None:
    """The only item as a number; None of an empty collection. Raises EvaluationRefused for other types."""
    value: Any = system(one(items))
    if value is not None and type(value) is not int and type(value) is not Decimal:
        raise EvaluationRefused("A number is needed here.")
    return value


def some(value: Any) -> Items:
    """A collection of one; empty for None. Raises EvaluationRefused for a string beyond MAX_TEXT."""
    if value is None:
        return []
    if type(value) is str and len(value) > MAX_TEXT:
        raise EvaluationRefused(f"A string of more than {MAX_TEXT} characters.")
    return [value]
