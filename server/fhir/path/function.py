"""What a function of FHIRPath is to the compiler: its code, how many arguments it takes, and how it takes them.

Spec page: http://hl7.org/fhirpath/N1/#functions
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from server.fhir.path.environment import Scope
from server.fhir.path.values import Items

Compiled = Callable[[Scope], Items]
"""A part of an expression, ready to run."""


class Takes(Enum):
    """How a function takes its arguments."""

    VALUES = "values"  # collections, evaluated once where the function stands
    LAMBDAS = "lambdas"  # code, run by the function with another `$this`
    TYPE = "type"  # the name of a type


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `code` takes the scope, the input, and the arguments."""

    code: Callable[..., Items]
    least: int = 0
    most: int = 0
    takes: Takes = Takes.VALUES
    gives: str | None = None
    """The System type of the result, `same` for that of the input; None when it may be anything."""


def simple(code: Callable[..., Any], least: int = 0, most: int | None = None, gives: str | None = None) -> Function:
    """A function that needs nothing but its input and arguments."""

    def without_scope(_: Scope, items: Items, *arguments: Items) -> Items:
        found: Items = code(items, *arguments)
        return found

    return Function(without_scope, least, least if most is None else most, Takes.VALUES, gives)
