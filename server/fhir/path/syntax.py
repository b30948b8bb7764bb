"""The syntax tree of an expression. Each node knows where it starts, for messages with a caret; equal ones may differ
in that.

Spec page: http://hl7.org/fhirpath/N1/grammar.html
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A value, or None for the empty collection `{}`."""

    at: int = field(compare=False)
    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """`%name`."""

    at: int = field(compare=False)
    name: str


@dataclass(frozen=True, slots=True)
class Special:
    """`$this`, `$index` or `$total`."""

    at: int = field(compare=False)
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """An element or a type by its name. `of` is None at the start of a path."""

    at: int = field(compare=False)
    name: str
    of: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments. `of` is None at the start of a path."""

    at: int = field(compare=False)
    name: str
    arguments: "tuple[Expression, ...]"
    of: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Index:
    """`of[index]`."""

    at: int = field(compare=False)
    of: "Expression"
    index: "Expression"


@dataclass(frozen=True, slots=True)
class Unary:
    """`+x` or `-x`."""

    at: int = field(compare=False)
    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands with an operator between them."""

    at: int = field(compare=False)
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`x is T` or `x as T`; the type with its namespace, when one was written."""

    at: int = field(compare=False)
    operator: str
    operand: "Expression"
    type: str


Expression = Literal | Variable | Special | Member | Call | Index | Unary | Binary | TypeTest
