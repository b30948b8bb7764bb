"""Reads an expression into its syntax tree, by precedence climbing over the operators of the grammar.

Spec page: http://hl7.org/fhirpath/N1/#operator-precedence
"""

from decimal import Decimal

from server.fhir.path.errors import PathRefused
from server.fhir.path.moment import parse as parse_moment
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
from server.fhir.path.tokens import Token, tokens
from server.fhir.path.values import Quantity, singular

MAX_DEPTH = 60
"""Levels that an expression may nest, so that no input exhausts the stack."""

MAX_STEPS = 2000
"""Steps that one path, or operators that one chain, may have. A chain that is no list may end sooner, by its depth."""

_PRECEDENCE = {
    "implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4, "=": 5, "~": 5, "!=": 5, "!~": 5,
    "<": 6, ">": 6, "<=": 6, ">=": 6, "|": 7, "is": 8, "as": 8, "+": 9, "-": 9, "&": 9,
    "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_NAMES_TOO = frozenset({"as", "contains", "in", "is"})
"""Operators that the grammar also takes as the name of an element or function."""

_RESERVED = frozenset({"and", "or", "xor", "implies", "div", "mod", "true", "false"})


def parse(expression: str) -> Expression:
    """The syntax tree. Raises PathRefused with position and caret."""
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = tokens(expression)
        self.next = 0
        self.depth = 0

    def whole(self) -> Expression:
        found = self.operators(0)
        if self.token.kind != "end":
            raise self.refused("An operator or the end of the expression should follow here.")
        return found

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def refused(self, sentence: str, token: Token | None = None) -> PathRefused:
        return PathRefused(sentence, self.expression, (token or self.token).at)

    def take(self) -> Token:
        found = self.token
        self.next += 1
        return found

    def accept(self, symbol: str) -> bool:
        if self.token.kind == "symbol" and self.token.text == symbol:
            self.next += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        if not self.accept(symbol):
            raise self.refused(f"A `{symbol}` should stand here.")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refused(f"The expression nests deeper than {MAX_DEPTH} levels.")

    def operators(self, least: int) -> Expression:
        """An operand and all operators behind it that bind at least as tightly as `least`."""
        self.deeper()
        left = self.unary()
        steps = 0
        while (power := self.operator()) >= max(least, 1):
            steps += 1
            if steps > MAX_STEPS:
                raise self.refused(f"More than {MAX_STEPS} operators in one chain.")
            token = self.take()
            if token.text in ("is", "as"):
                left = TypeTest(token.at, token.text, left, self.type_name())
            else:
                left = Binary(token.at, token.text, left, self.operators(power + 1))
        self.depth -= 1
        return left

    def operator(self) -> int:
        """How tightly the next token binds; 0 when it is no operator."""
        return _PRECEDENCE.get(self.token.text, 0) if self.token.kind in ("symbol", "name") else 0

    def unary(self) -> Expression:
        token = self.token
        if token.kind == "symbol" and token.text in "+-":
            self.take()
            self.deeper()
            operand = self.unary()
            self.depth -= 1
            return Unary(token.at, token.text, operand)
        return self.path()

    def path(self) -> Expression:
        """A term with the steps and indexes behind it."""
        found = self.term()
        for _ in range(MAX_STEPS):
            token = self.token
            if self.accept("."):
                found = self.step(found)
            elif self.accept("["):
                index = self.operators(0)
                self.expect("]")
                found = Index(token.at, found, index)
            else:
                return found
        raise self.refused(f"A path of more than {MAX_STEPS} steps.")

    def step(self, of: Expression | None) -> Expression:
        """A name, a function call, or `$this` and its kin (which the grammar allows behind a dot)."""
        token = self.take()
        if token.kind == "special":
            return Special(token.at, token.text)
        if token.kind not in ("name", "quoted") or (token.kind == "name" and token.text in _RESERVED):
            raise self.refused("The name of an element or function should stand here.", token)
        if token.kind == "name" and self.accept("("):
            return Call(token.at, token.text, self.arguments(), of)
        return Member(token.at, token.text, of)

    def arguments(self) -> tuple[Expression, ...]:
        if self.accept(")"):
            return ()
        found = [self.argument()]
        while self.accept(","):
            found.append(self.argument())
        self.expect(")")
        return tuple(found)

    def argument(self) -> Expression:
        """An argument. The one of sort() may name its direction: `family desc` is `-family`."""
        found, token = self.operators(0), self.token
        if token.kind == "name" and token.text in ("asc", "desc"):
            self.take()
            return Unary(token.at, "-", found) if token.text == "desc" else found
        return found

    def term(self) -> Expression:
        token = self.token
        match token.kind:
            case "number":
                return self.number()
            case "string":
                self.take()
                return Literal(token.at, token.text)
            case "date" | "datetime" | "time":
                return self.moment()
            case "symbol":
                return self.enclosed()
            case "name" if token.text in ("true", "false"):
                self.take()
                return Literal(token.at, token.text == "true")
            case "name" if token.text in _PRECEDENCE and token.text not in _NAMES_TOO:
                raise self.refused("An operand should stand before this operator.")
            case "end":
                raise self.refused("The expression ends where an operand should stand.")
            case _:
                return self.step(None)

    def enclosed(self) -> Expression:
        """`(...)`, `{}` or `%name`."""
        token = self.take()
        if token.text == "(":
            found = self.operators(0)
            self.expect(")")
            return found
        if token.text == "{":
            self.expect("}")
            return Literal(token.at, None)
        if token.text == "%":
            name = self.take()
            if name.kind not in ("name", "quoted", "string"):
                raise self.refused("The name of a variable should follow `%`.", name)
            return Variable(token.at, name.text)
        raise self.refused("An operand should stand here.", token)

    def number(self) -> Expression:
        token = self.take()
        value: int | Decimal = Decimal(token.text) if "." in token.text else int(token.text)
        unit = self.token
        if unit.kind == "string":
            self.take()
            return Literal(token.at, Quantity(Decimal(value), unit.text))
        if unit.kind == "name" and (calendar := singular(unit.text)):
            self.take()
            return Literal(token.at, Quantity(Decimal(value), calendar, calendar=True))
        return Literal(token.at, value)

    def moment(self) -> Expression:
        token = self.take()
        kind = {"date": "Date", "datetime": "DateTime", "time": "Time"}[token.kind]
        found = parse_moment(token.text.removeprefix("@").removeprefix("T"), kind)
        if found is None:
            raise self.refused("No calendar or clock has this date or time.", token)
        return Literal(token.at, found)

    def type_name(self) -> str:
        """A type with or without its namespace."""
        names = [self.name_of_type()]
        if self.accept("."):
            names.append(self.name_of_type())
        return ".".join(names)

    def name_of_type(self) -> str:
        token = self.take()
        if token.kind not in ("name", "quoted"):
            raise self.refused("The name of a type should stand here.", token)
        return token.text
