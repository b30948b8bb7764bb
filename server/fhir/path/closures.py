"""Turns a syntax tree into closures, one for each part, and follows the types of what they give.

Following types makes two things possible: an element that no type has is refused before anything runs, and what
is known beforehand is not looked up again for each item.
Spec page: http://hl7.org/fhirpath/N1/#expressions
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server.fhir.path.environment import Scope
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.existence import FUNCTIONS as _EXISTENCE
from server.fhir.path.function import Compiled, Function, Takes
from server.fhir.path.items import integer
from server.fhir.path.logic import implies, shortcut, xor
from server.fhir.path.model import Model
from server.fhir.path.operators import OPERATORS, distinct, negated, unsigned
from server.fhir.path.regex import pattern
from server.fhir.path.registry import FUNCTIONS, LEFT_OUT
from server.fhir.path.syntax import (
    Binary,
    Call,
    Expression,
    Index,
    Literal,
    Member,
    Special,
    TypeTest,
    Unary,
    Variable,
)
from server.fhir.path.tree import children_named
from server.fhir.path.types import Target, is_of, target
from server.fhir.path.values import Items, Node
from server.fhir.path.variables import variable

Types = frozenset[str] | None
"""The FHIR and System types that a part of an expression may give; None when that is not known."""

_BOOLEAN: Types = frozenset({"System.Boolean"})
_LOGIC = {"implies": implies, "xor": xor}
_SAYS_NOTHING = frozenset({"Resource", "DomainResource", "Element", "BackboneElement"})
_CHAINS = frozenset({"and", "or", "|"})


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled part of an expression and the types that it may give."""

    run: Compiled
    types: Types = None


def _this(scope: Scope) -> Items:
    return scope.this


class Compiler:
    """Compiles one expression."""

    def __init__(self, expression: str, model: Model, strict: bool) -> None:
        self.expression = expression
        self.model = model
        self.strict = strict
        self._by_kind: dict[type, Callable[[Any, Types], Part]] = {
            Literal: self.literal,
            Member: self.member,
            Call: self.call,
            Binary: self.binary,
            TypeTest: self.type_test,
            Special: self.special,
            Variable: self.variable,
            Index: self.index,
            Unary: self.unary,
        }

    def refused(self, sentence: str, at: int) -> PathRefused:
        """A refusal that points at the place."""
        return PathRefused(sentence, self.expression, at)

    def whole(self, tree: Expression, type: str | None) -> Compiled:
        """The whole expression, for an input of the type."""
        return self.part(tree, frozenset({type}) if type else None).run

    def part(self, tree: Expression, this: Types) -> Part:
        """One part of it, where `$this` is of the types."""
        compile_part: Callable[[Any, Types], Part] = self._by_kind[type(tree)]
        return compile_part(tree, this)

    def focus(self, this: Types) -> Part:
        """`$this` where nothing stands before the dot."""
        return Part(_this, this)

    def literal(self, tree: Literal, this: Types) -> Part:
        """A value, or `{}`."""
        items: Items = [] if tree.value is None else [tree.value]
        return Part(lambda scope: items, frozenset() if tree.value is None else None)

    def variable(self, tree: Variable, this: Types) -> Part:
        """`%name`."""
        return Part(variable(tree.name))

    def unary(self, tree: Unary, this: Types) -> Part:
        """`-x`, `+x`."""
        run, change = self.part(tree.operand, this).run, negated if tree.operator == "-" else unsigned
        return Part(lambda scope: change(run(scope)))

    def special(self, tree: Special, this: Types) -> Part:
        """`$this`, `$index`, `$total`."""
        match tree.name:
            case "$this":
                return Part(_this, this)
            case "$index":
                return Part(lambda scope: [] if scope.index is None else [scope.index], frozenset({"System.Integer"}))
            case _:
                return Part(lambda scope: scope.total)

    def index(self, tree: Index, this: Types) -> Part:
        """`x[n]`."""
        of, at = self.part(tree.of, this), self.part(tree.index, this).run

        def run(scope: Scope) -> Items:
            items, position = of.run(scope), integer(at(scope))
            return [] if position is None or position < 0 else items[position : position + 1]

        return Part(run, of.types)

    # Steps

    def member(self, tree: Member, this: Types) -> Part:
        """An element by its name; at the start of a path the name may be that of the input's type."""
        if tree.of is None:
            if tree.name in self.model.types and tree.name[0].isupper():
                return self.type_at_start(tree, this)
            of = self.focus(this)
        else:
            if (qualified := self.qualified(tree)) is not None:
                return qualified
            of = self.part(tree.of, this)
        name, model = tree.name, self.model
        types = self.types_of_element(tree, of.types)

        def run(scope: Scope) -> Items:
            found: Items = []
            for item in of.run(scope):
                if type(item) is Node:
                    found += children_named(item, name, model)
                elif name in ("namespace", "name") and hasattr(item, name):
                    found.append(getattr(item, name))
            return found

        return Part(run, types)

    def qualified(self, tree: Member) -> Part | None:
        """`FHIR.Patient` at the start of a path."""
        if type(tree.of) is Member and tree.of.of is None and tree.of.name == "FHIR" and tree.name in self.model.types:
            return self.type_at_start(Member(tree.at, tree.name), None)
        return None

    def type_at_start(self, tree: Member, this: Types) -> Part:
        """The input, when it is of the type."""
        wanted = Target(self.model.types[tree.name], None)
        known = this is not None and all("." not in name for name in this)
        if self.strict and known and this and not any(self.may_be(name, tree.name) for name in this):
            raise self.refused("The input is not of this type.", tree.at)
        run: Compiled = lambda scope: [item for item in scope.this if is_of(item, wanted)]  # noqa: E731
        return Part(run, frozenset({tree.name}))

    def may_be(self, name: str, wanted: str) -> bool:
        """Whether something known to be of the one type may be of the other."""
        return self.model.derives(name, wanted) or self.model.derives(wanted, name)

    def types_of_element(self, tree: Member, of: Types) -> Types:
        """The types of an element of the types. In strict mode an element that none of them has is refused."""
        if of is None or not all(name in self.model.types for name in of):
            return None
        if of & _SAYS_NOTHING:
            return None
        shapes = [self.model.types[name].elements.get(tree.name) for name in of]
        found = frozenset(choice.type for shape in shapes if shape for choice in shape.choices)
        if not found and of and self.strict:
            raise self.refused("No type that stands before the dot has this element.", tree.at)
        return found

    def type_test(self, tree: TypeTest, this: Types) -> Part:
        """`x is T`, `x as T`."""
        name = Call(tree.at, tree.operator, (_name_of_type(tree),), tree.operand)
        return self.call(name, this)

    # Functions

    def call(self, tree: Call, this: Types) -> Part:
        """A function call."""
        function = self.function(tree)
        self.check_order(tree)
        of = self.focus(this) if tree.of is None else self.part(tree.of, this)
        match function.takes:
            case Takes.TYPE:
                return self.call_with_type(tree, function, of)
            case Takes.LAMBDAS:
                return self.call_with_lambdas(tree, function, of, this)
            case Takes.VALUES:
                return self.call_with_values(tree, function, of, this)

    def function(self, tree: Call) -> Function:
        """The function of the name, called with as many arguments as it takes."""
        function = FUNCTIONS.get(tree.name)
        if function is None:
            reason = LEFT_OUT.get(tree.name)
            why = f" {reason}" if reason else ""
            raise self.refused(f"The function {tree.name}() does not exist here.{why}", tree.at)
        count = len(tree.arguments)
        if not function.least <= count <= function.most:
            range_ = str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
            raise self.refused(f"{tree.name}() takes {range_} arguments, not {count}.", tree.at)
        return function

    def check_order(self, tree: Call) -> None:
        """In strict mode, nothing depends on the order of children, which has no meaning."""
        unordered = type(tree.of) is Call and tree.of.name in ("children", "descendants")
        if self.strict and unordered and tree.name in ("first", "last", "tail", "skip", "take"):
            raise self.refused("Children and descendants have no order.", tree.at)

    def call_with_type(self, tree: Call, function: Function, of: Part) -> Part:
        """`is`, `as`, `ofType`."""
        name = _type_name(tree.arguments[0])
        if name is None:
            raise self.refused("The name of a type should stand here.", tree.arguments[0].at)
        if tree.name == "as" and not self.strict:
            function = FUNCTIONS["ofType"]  # FHIR's own invariants use `as` on several items, as FHIRPath 1 allowed
        wanted, code, before = self.target(name, tree.arguments[0].at), function.code, of.run
        types = _BOOLEAN if tree.name == "is" else frozenset({wanted.fhir.name}) if wanted.fhir else None
        return Part(lambda scope: code(scope, before(scope), wanted), types)

    def target(self, name: str, at: int) -> Target:
        """The type that a name means."""
        return target(name, self.model, self.expression, at, strict=self.strict)

    def call_with_lambdas(self, tree: Call, function: Function, of: Part, this: Types) -> Part:
        """Arguments that the function runs itself, for one item after the other."""
        if tree.name == "sort":
            return self.sort(tree, of)
        outer = {"coalesce": len(tree.arguments), "trace": 1}.get(tree.name, 0)
        parts = [self.part(each, this if at < outer else of.types) for at, each in enumerate(tree.arguments)]
        runs, code, before = tuple(part.run for part in parts), function.code, of.run
        types = given_types(function, of)
        if tree.name == "select":
            types = parts[0].types
        if len(runs) == 1:
            only = runs[0]
            return Part(lambda scope: code(scope, before(scope), only), types)
        return Part(lambda scope: code(scope, before(scope), *runs), types)

    def sort(self, tree: Call, of: Part) -> Part:
        """`sort(-key)` sorts falling: there the sign is no arithmetic."""
        keys = []
        for argument in tree.arguments:
            falling = type(argument) is Unary and argument.operator == "-"
            by = argument.operand if type(argument) is Unary and falling else argument
            keys.append((self.part(by, of.types).run, falling))
        code, before = _EXISTENCE["sort"].code, of.run
        return Part(lambda scope: code(scope, before(scope), *keys), of.types)

    def call_with_values(self, tree: Call, function: Function, of: Part, this: Types) -> Part:
        """Arguments that are evaluated where the function stands."""
        self.check_pattern(tree)
        runs = tuple(self.part(argument, this).run for argument in tree.arguments)
        code, before = function.code, of.run
        types = given_types(function, of)
        if not runs:
            return Part(lambda scope: code(scope, before(scope)), types)
        return Part(lambda scope: code(scope, before(scope), *[run(scope) for run in runs]), types)

    def check_pattern(self, tree: Call) -> None:
        """A regular expression that can't be read is refused before anything runs."""
        if tree.name not in ("matches", "matchesFull", "replaceMatches") or not isinstance(tree.arguments[0], Literal):
            return
        expression = tree.arguments[0].value
        try:
            pattern(expression if type(expression) is str else "")
        except EvaluationRefused as refused:
            raise self.refused(str(refused), tree.arguments[0].at) from None

    # Operators

    def binary(self, tree: Binary, this: Types) -> Part:
        """Two operands; a chain of one operator is taken as a whole, so that its length costs no depth."""
        if tree.operator in _CHAINS:
            return self.chain(tree, this)
        left, right = self.part(tree.left, this).run, self.part(tree.right, this).run
        if tree.operator in _LOGIC:
            return Part(_LOGIC[tree.operator](left, right), _BOOLEAN)
        code = OPERATORS[tree.operator]
        return Part(lambda scope: code(left(scope), right(scope)))

    def chain(self, tree: Binary, this: Types) -> Part:
        """`a | b | c`, `a and b and c`, `a or b or c`."""
        operands: list[Expression] = []
        rest: Expression = tree
        while type(rest) is Binary and rest.operator == tree.operator:
            operands.append(rest.right)
            rest = rest.left
        parts = [self.part(operand, this) for operand in (rest, *reversed(operands))]
        runs = tuple(part.run for part in parts)
        if tree.operator != "|":
            return Part(shortcut(runs, tree.operator == "or"), _BOOLEAN)
        known = [part.types for part in parts]
        types = None if None in known else frozenset().union(*(each for each in known if each))
        return Part(self.united(runs), types)

    def united(self, runs: Sequence[Compiled]) -> Compiled:
        """The code of a union."""
        return lambda scope: distinct([item for run in runs for item in run(scope)])


def given_types(function: Function, of: Part) -> Types:
    """The types of what a function gives."""
    return of.types if function.gives == "same" else frozenset({function.gives}) if function.gives else None


def _name_of_type(tree: TypeTest) -> Member:
    names = tree.type.split(".")
    found = Member(tree.at, names[0])
    for name in names[1:]:
        found = Member(tree.at, name, found)
    return found


def _type_name(tree: Expression) -> str | None:
    """The name of a type that stands as an argument: `Patient`, `FHIR.Patient`."""
    if type(tree) is not Member:
        return None
    if tree.of is None:
        return tree.name
    before = _type_name(tree.of)
    return None if before is None else f"{before}.{tree.name}"
