"""Compiles expressions that someone else wrote: the same closures, and each counts what it does.

Every part pays for the items that it gives, so that whatever comes next has been paid for; functions and operators that
look into elements pay for what is in them before they run. Our own expressions compile without any of this.
Spec page: http://hl7.org/fhirpath/N1/#expressions
"""

from collections.abc import Callable, Sequence
from typing import Any

from server.fhir.path.allowance import Allowance, weigh, width
from server.fhir.path.closures import Compiler, Part, Types, given_types
from server.fhir.path.environment import Scope
from server.fhir.path.function import Compiled, Function
from server.fhir.path.items import answer, some, text
from server.fhir.path.operators import OPERATORS, distinct
from server.fhir.path.syntax import Binary, Call, Expression, Literal, Member, TypeTest
from server.fhir.path.tame import matches, replaced
from server.fhir.path.values import Items

_LOOK_INSIDE = frozenset({"=", "!=", "in", "contains"})
_PAIR_UP = frozenset({"~", "!~"})
_LOGIC = frozenset({"and", "or", "xor", "implies"})
_KEEP_OUTSIDE = frozenset(
    {"count", "empty", "first", "last", "tail", "skip", "take", "single", "not", "hasValue",
     "getValue", "combine", "type", "allTrue", "anyTrue", "allFalse", "anyFalse", "toString", "length"}
)  # fmt: skip
"""Functions that do not look into elements; any other pays as if it did."""


_GO_DOWN = frozenset(
    {"exists", "where", "all", "empty", "not", "count", "hasValue", "first", "is", "as", "ofType", "startsWith",
     "endsWith", "length", "extension"}
)  # fmt: skip
_KEEP_LEVEL = frozenset({"|", "&", "~", "!~"})


def allowance_of(scope: Scope) -> Allowance:
    """The allowance of an evaluation."""
    found = scope.environment.allowance
    assert found is not None  # Path.evaluate() gives one to each metered expression
    return found


class MeteredCompiler(Compiler):
    """Compiles one expression to closures that count."""

    def part(self, tree: Expression, this: Types) -> Part:
        """One part of it, which pays for what it gives."""
        found = super().part(tree, this)
        return Part(_counted(found.run), found.types)

    def focus(self, this: Types) -> Part:
        """`$this` where nothing stands before the dot, paid for as well."""
        found = super().focus(this)
        return Part(_counted(found.run), found.types)

    def binary(self, tree: Binary, this: Types) -> Part:
        """Two operands, paid for by what is compared."""
        if tree.operator in _LOGIC or tree.operator == "|":
            return super().binary(tree, this)
        left, right = self.part(tree.left, this), self.part(tree.right, this)
        code, pay = OPERATORS[tree.operator], _payment(tree.operator)

        def run(scope: Scope) -> Items:
            ours, theirs = left.run(scope), right.run(scope)
            pay(allowance_of(scope), ours, theirs)
            return code(ours, theirs)

        return Part(run)

    def united(self, runs: Sequence[Compiled]) -> Compiled:
        """A union looks into what it unites."""

        def run(scope: Scope) -> Items:
            found = [item for each in runs for item in each(scope)]
            weigh(found, allowance_of(scope))
            return distinct(found)

        return run

    def call_with_lambdas(self, tree: Call, function: Function, of: Part, this: Types) -> Part:
        """As every function; `repeat` compares what it finds."""
        if tree.name != "repeat":
            return super().call_with_lambdas(tree, function, of, this)
        projected, before, code = self.part(tree.arguments[0], of.types), of.run, function.code

        def looked_into(scope: Scope) -> Items:
            found = projected.run(scope)
            weigh(found, allowance_of(scope))
            return found

        return Part(lambda scope: code(scope, before(scope), looked_into))

    def call_with_values(self, tree: Call, function: Function, of: Part, this: Types) -> Part:
        """Arguments that are evaluated where the function stands, paid for by what the function looks at."""
        if tree.name in _TAME:
            return self.tamed(tree, of, this)
        if tree.name in _KEEP_OUTSIDE:
            return super().call_with_values(tree, function, of, this)
        runs = tuple(self.part(argument, this).run for argument in tree.arguments)
        code, before = function.code, of.run

        def run(scope: Scope) -> Items:
            items, arguments = before(scope), [run(scope) for run in runs]
            for each in (items, *arguments):
                weigh(each, allowance_of(scope))
            return code(scope, items, *arguments)

        return Part(run, given_types(function, of))

    def tamed(self, tree: Call, of: Part, this: Types) -> Part:
        """`matches`, `matchesFull` and `replaceMatches`, whose expression may ask for any amount of work."""
        self.check_pattern(tree)
        runs = (of.run, *(self.part(argument, this).run for argument in tree.arguments))
        code = _TAME[tree.name]

        def run(scope: Scope) -> Items:
            values = [text(run(scope)) for run in runs]
            return [] if None in values else code(allowance_of(scope), *values)

        return Part(run, frozenset({"System.String" if tree.name == "replaceMatches" else "System.Boolean"}))


def goes_down(tree: Expression) -> bool:
    """Whether an expression looks at its element and below, each step at most once for each element above it."""
    match tree:
        case Call():
            parts = tree.arguments if tree.of is None else (tree.of, *tree.arguments)
            return tree.name in _GO_DOWN and all(goes_down(part) for part in parts)
        case Member():
            return tree.of is None or goes_down(tree.of)
        case Binary():
            return tree.operator not in _KEEP_LEVEL and goes_down(tree.left) and goes_down(tree.right)
        case TypeTest():
            return goes_down(tree.operand)
        case _:
            return isinstance(tree, Literal)


def _counted(run: Compiled) -> Compiled:
    def counted(scope: Scope) -> Items:
        found = run(scope)
        allowance_of(scope).spend(1 + width(found))
        return found

    return counted


def _payment(operator: str) -> Callable[[Allowance, Items, Items], None]:
    if operator in _LOOK_INSIDE:
        return _look_inside
    return _pair_up if operator in _PAIR_UP else lambda allowance, ours, theirs: None


def _look_inside(allowance: Allowance, ours: Items, theirs: Items) -> None:
    weigh(ours, allowance)
    weigh(theirs, allowance)


def _pair_up(allowance: Allowance, ours: Items, theirs: Items) -> None:
    """Items are equivalent in any order, and those of an element are too."""
    allowance.spend(weigh(ours, allowance) * weigh(theirs, allowance))


def _matches(allowance: Allowance, value: str, expression: str) -> Items:
    return answer(matches(expression, value, allowance, whole=False))


def _matches_full(allowance: Allowance, value: str, expression: str) -> Items:
    return answer(matches(expression, value, allowance, whole=True))


def _replace(allowance: Allowance, value: str, expression: str, substitution: str) -> Items:
    return some(replaced(value, expression, substitution, allowance))


_TAME: dict[str, Callable[..., Any]] = {
    "matches": _matches,
    "matchesFull": _matches_full,
    "replaceMatches": _replace,
}
