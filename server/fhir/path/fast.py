"""The fast lane: invariants over elements of a known type, as closures from JSON to a truth value.

An invariant is asked of every element of every request, and nearly always of ordinary ones. For those, no node is made
and no type looked up. What this lane does not know raises Unusual where it is reached, and the general closures answer.
Spec page: https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from dataclasses import replace

from server.fhir.json import Json
from server.fhir.path.fast_keys import (
    NO,
    NONE,
    YES,
    Keys,
    any_that,
    not_,
    without,
)
from server.fhir.path.fast_parts import (
    TEXTS,
    UNKNOWN,
    Count,
    Part,
    Truth,
    as_truth,
    carried,
    comparison,
    concatenation,
    equality,
    exists_of,
    logic,
    negated,
    of_primitives,
    total,
)
from server.fhir.path.fast_steps import (
    ABSTRACT,
    EMPTY,
    Found,
    Unusual,
    child,
    filtered,
    of_type,
    selected,
    this,
    with_url,
)
from server.fhir.path.fast_tests import FLIPPED, all_as, one_of, text_test
from server.fhir.path.model import Model
from server.fhir.path.syntax import Binary, Call, Expression, Index, Literal, Member, Special, TypeTest, Variable


def fast_test(tree: Expression, type: str, model: Model) -> Truth | None:
    """The test of an invariant on elements of a type; None when nothing of it can be done quickly."""
    try:
        part = _Fast(model, type).part(tree, Found(this, frozenset({type})))
    except RecursionError:
        return None
    return None if part is None else as_truth(part)


def _unknown(_this: Json, _resource: Json) -> bool | None:
    raise Unusual


class _Fast:
    """Compiles one expression; None stands for a part that this lane does not know."""

    def __init__(self, model: Model, type: str) -> None:
        self.model = model
        root = type.split(".")[0]
        self.root = root if root in model.types and model.types[root].is_resource else None

    def part(self, tree: Expression, focus: Found) -> Part | None:
        match tree:
            case Member():
                return self.member(tree, focus)
            case Call():
                return self.call(tree, focus)
            case Binary():
                return self.binary(tree, focus)
            case TypeTest():
                of = self.found(tree.operand, focus)
                return self.is_type(of, tree.type) if tree.operator == "is" else self.of_type(of, tree.type)
            case _:
                return self.atom(tree, focus)

    def atom(self, tree: Expression, focus: Found) -> Part | None:
        match tree:
            case Special(name="$this"):
                return focus
            case Variable(name="resource") if self.root:
                return Found(lambda this, resource: [resource], frozenset({self.root}), fixed=True)
            case Index(index=Literal(value=0)):
                return self.first(self.found(tree.of, focus))
            case Literal() if type(tree.value) is int:
                value: int = tree.value
                return Count(lambda this, resource: value, is_zero=value == 0)
            case _:
                return None

    def found(self, tree: Expression, focus: Found) -> Found | None:
        """A part that gives elements."""
        part = self.part(tree, focus)
        return part if isinstance(part, Found) else None

    def test(self, tree: Expression, focus: Found) -> Truth:
        """A part as a test. One that is not known leaves this lane only when it is reached."""
        part = self.part(tree, focus)
        return Truth(_unknown) if part is None else as_truth(part)

    def member(self, tree: Member, focus: Found) -> Part | None:
        if tree.of is not None:
            of = self.found(tree.of, focus)
            return None if of is None else carried(of, child(of, tree.name, self.model))
        if tree.name not in self.model.types or not tree.name[0].isupper():
            return child(focus, tree.name, self.model)
        if focus.types & ABSTRACT or len(focus.types) != 1:
            return None
        (only,) = focus.types
        return focus if self.model.derives(only, tree.name) else EMPTY

    def inner(self, of: Found) -> Found:
        """`$this` inside of a function that takes the items one by one."""
        return Found(this, of.types) if len(of.types) == 1 else Found(this, frozenset({UNKNOWN}))

    def call(self, tree: Call, focus: Found) -> Part | None:
        if tree.name == "not":
            return self.negation(tree, focus)
        of = focus if tree.of is None else self.found(tree.of, focus)
        return None if of is None else carried(of, self.function(tree, of))

    def function(self, tree: Call, of: Found) -> Part | None:
        name, arguments = tree.name, tree.arguments
        if name == "trace":
            return of
        if name in ("is", "as", "ofType"):
            type_name = arguments[0].name if arguments and isinstance(arguments[0], Member) else ""
            return self.is_type(of, type_name) if name == "is" else self.of_type(of, type_name)
        if name in ("exists", "where", "all", "select") and len(arguments) == 1:
            return self.lambdas(name, of, arguments[0])
        if len(arguments) == 1 and isinstance(arguments[0], Literal) and type(arguments[0].value) is str:
            return self.with_text(name, of, arguments[0].value)
        return self.plain(name, of) if not arguments else None

    def negation(self, tree: Call, focus: Found) -> Part | None:
        of = None if tree.of is None else self.part(tree.of, focus)
        return None if of is None or tree.arguments else negated(of)

    def lambdas(self, name: str, of: Found, argument: Expression) -> Part | None:
        inner, run = self.inner(of), of.run
        if name == "select":
            projected = self.found(argument, inner)
            return None if projected is None or projected.by_type else selected(of, projected)
        if name == "all" and (same := self.all_same(of, argument, inner)) is not None:
            return same
        truth = self.test(argument, inner)
        test = truth.test
        if name == "where":
            found = filtered(of, test)
            return replace(found, there=any_that(truth.possible)) if run is this else found
        if name == "exists":
            exists = any_that(truth.possible) if run is this else without(NO, of.needs)
            return Truth(lambda this, resource: any(test(item, resource) for item in run(this, resource)), exists)
        for_all = lambda this, resource: all(test(item, resource) is True for item in run(this, resource))  # noqa: E731
        return Truth(for_all, without(YES, of.needs))

    def all_same(self, of: Found, argument: Expression, inner: Found) -> Part | None:
        """`all(test = fixed)`, where the right side is the same for all items; None when it is anything else."""
        if not isinstance(argument, Binary) or argument.operator != "=":
            return None
        left, right = self.part(argument.left, inner), self.part(argument.right, inner)
        if not isinstance(left, Truth) or not isinstance(right, Truth) or not right.fixed:
            return None
        return Truth(all_as(of.run, left.test, right.test), without(YES, of.needs))

    def plain(self, name: str, of: Found) -> Part | None:
        """Functions without arguments."""
        run, any_ = of.run, of.any()
        match name:
            case "exists":
                return Truth(any_, exists_of(of))
            case "empty":
                return Truth(lambda this, resource: not any_(this, resource), not_(exists_of(of)))
            case "count":
                needs: Keys = of.needs if of.there else frozenset()
                return Count(lambda this, resource: len(run(this, resource)), needs=needs)
            case "first":
                return self.first(of)
            case "tail" if len(of.types) == 1:
                return Found(lambda this, resource: run(this, resource)[1:], of.types)
            case _:
                return of_primitives(name, of)

    def first(self, of: Found | None) -> Part | None:
        if of is None or len(of.types) != 1:
            return None
        run = of.run
        return Found(lambda this, resource: run(this, resource)[:1], of.types)

    def with_text(self, name: str, of: Found, text: str) -> Part | None:
        """Functions with a string as their argument."""
        if name == "extension":
            return with_url(of, text, self.model)
        if not of.types <= TEXTS:
            return None
        test = text_test(name, of.run, text, of.key)
        return None if test is None else Truth(test, without(NONE, of.needs))

    def of_type(self, of: Found | None, name: str) -> Part | None:
        if of is None or name not in self.model.types or UNKNOWN in of.types:
            return None
        return of_type(of, name, self.model)

    def is_type(self, of: Found | None, name: str) -> Part | None:
        """`is`, of at most one item. A primitive may derive from another, which `of_type` does not follow."""
        if of is not None and of.run is this and of.types == {name}:
            return Truth(lambda this, resource: True)
        found = self.of_type(of, name)
        if of is None or not isinstance(found, Found) or self.model.types[name].is_primitive:
            return None
        run, matching = of.run, found.run

        def test(this: Json, resource: Json) -> bool | None:
            items = run(this, resource)
            if len(items) > 1:
                raise Unusual
            return bool(matching(this, resource)) if items else None

        return Truth(test, without(NONE, of.needs))

    def binary(self, tree: Binary, focus: Found) -> Part | None:
        match tree.operator:
            case "and" | "or" | "implies" | "xor":
                return self.logic(tree, focus)
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return self.comparison(tree, focus)
            case "in":
                return self.among(tree.left, _texts(tree.right), focus)
            case "+":
                return total(self.part(tree.left, focus), self.part(tree.right, focus))
            case "&":
                return concatenation(self.part(tree.left, focus), self.part(tree.right, focus))
            case _:
                return None

    def logic(self, tree: Binary, focus: Found) -> Part | None:
        """Logic; a string that may be one of several is looked up in a set."""
        choice = _choice(tree)
        chosen = self.among(choice[0], choice[1], focus) if choice else None
        if chosen is not None:
            return chosen
        left, right = self.test(tree.left, focus), self.test(tree.right, focus)
        return None if left.test is _unknown else logic(left, right, tree.operator)

    def among(self, left: Expression, values: list[str] | None, focus: Found) -> Part | None:
        """`x` among some strings."""
        of = self.found(left, focus)
        if of is None or values is None or not of.types <= TEXTS:
            return None
        return Truth(one_of(of.run, frozenset(values)), without(NONE, of.needs), fixed=of.fixed)

    def comparison(self, tree: Binary, focus: Found) -> Part | None:
        if isinstance(tree.right, Literal) and type(tree.right.value) in (str, bool):
            return equality(self.part(tree.left, focus), tree.right.value, tree.operator)
        if isinstance(tree.left, Literal) and type(tree.left.value) in (str, bool):
            return equality(self.part(tree.right, focus), tree.left.value, FLIPPED[tree.operator])
        return comparison(self.part(tree.left, focus), self.part(tree.right, focus), tree.operator)


def _choice(tree: Expression) -> tuple[Expression, list[str]] | None:
    """The path and the strings of `x = 'a' or x = 'b'`, with the same `x` throughout; None when it is anything else."""
    path: Expression | None = None
    found: list[str] = []
    while True:
        operand, rest = (tree.right, tree.left) if isinstance(tree, Binary) and tree.operator == "or" else (tree, None)
        if not isinstance(operand, Binary) or operand.operator != "=" or not isinstance(operand.right, Literal):
            return None
        if type(operand.right.value) is not str or (path is not None and path != operand.left):
            return None
        path = operand.left
        found.append(operand.right.value)
        if rest is None:
            return path, found
        tree = rest


def _texts(tree: Expression) -> list[str] | None:
    """The strings of `'a' | 'b'`; None when it is anything else."""
    found: list[str] = []
    while isinstance(tree, Binary) and tree.operator == "|":
        if not isinstance(tree.right, Literal) or type(tree.right.value) is not str:
            return None
        found.append(tree.right.value)
        tree = tree.left
    if not isinstance(tree, Literal) or type(tree.value) is not str:
        return None
    return [*found, tree.value]
