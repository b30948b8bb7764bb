"""Compiles expressions once into closures over plain JSON, and keeps them.

`compile_path(expression)` gives a Path; `Path.evaluate(resource)` its items, `Path.values(resource)` their JSON,
`Path.is_true(element)` the verdict of an invariant.
Spec page: http://hl7.org/fhirpath/N1/
"""

from dataclasses import replace
from decimal import Decimal, DecimalException
from functools import lru_cache

from server.fhir.json import Json
from server.fhir.path.allowance import Allowance
from server.fhir.path.closures import Compiler
from server.fhir.path.environment import NOTHING, Environment, Scope
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.fast import fast_test
from server.fhir.path.fast_keys import YES, Keys
from server.fhir.path.fast_parts import Truth, possible_of
from server.fhir.path.fast_steps import Test, Unusual
from server.fhir.path.function import Compiled
from server.fhir.path.items import truth
from server.fhir.path.metered import MeteredCompiler, goes_down
from server.fhir.path.model import r4
from server.fhir.path.output import to_json
from server.fhir.path.parse import parse
from server.fhir.path.tree import typed
from server.fhir.path.values import Home, Items, Node

CACHED = 4096
"""Compiled expressions that are kept."""

LONGEST_METERED = 10_000
"""Characters of the longest expression that is taken from outside."""

_CACHED_METERED = 256
_LONGEST_KEPT = 1000


_SAYS_NOTHING = frozenset({"Element", "BackboneElement"})
"""Types that do not say which elements there are."""

_PLAIN = frozenset({dict, str, bool, int, Decimal})
"""What the fast lane takes: JSON as it stands, no Node."""


UNUSUAL = (Unusual, TypeError, AttributeError, KeyError, RecursionError)
"""What a quick test raises on an element that is out of the ordinary."""


class Path:
    """A compiled expression. It holds no state of an evaluation, so any number of threads may use it."""

    __slots__ = ("_code", "_fast", "_metered", "_truth", "expression", "type")

    def __init__(
        self, expression: str, type: str | None, code: Compiled, fast: Truth | None = None, *, metered: bool = False
    ) -> None:
        self.expression = expression
        self.type = type
        self._code = code
        self._fast = fast.test if fast else None
        self._truth = fast
        self._metered = metered

    def __repr__(self) -> str:
        return f"Path({self.expression!r})"

    @property
    def quick(self) -> Test | None:
        """From an ordinary JSON element of the type and its resource to the answer; raises UNUSUAL on any other."""
        return self._fast

    def holds_with(self, keys: Keys) -> bool:
        """Whether it is true of every element of the type that has just these keys and keeps the rules of its type."""
        return self._truth is not None and possible_of(self._truth)(keys) == YES

    def quick_with(self, keys: Keys) -> Test | None:
        """As `quick`, for elements of which `holds_with` could not tell: what is left to ask of them."""
        return None if self._truth is None else self._truth.with_keys(keys)

    def evaluate(self, resource: Json, *, environment: Environment | None = None) -> Items:
        """The items that the expression finds: Nodes for elements, System values for what was computed.

        Raises EvaluationRefused where the specification says that evaluation ends in an error, and where a metered
        expression asks for more work than its allowance has.
        """
        outside = environment or NOTHING
        if self._metered and outside.allowance is None:
            outside = replace(outside, allowance=Allowance())
        home = _home(resource, outside)
        model = r4()
        focus = resource if type(resource) is Node else typed(resource, model, home, self.type)
        try:
            return list(self._code(Scope([] if resource is None else [focus], outside, home, model)))
        except RecursionError:
            raise EvaluationRefused("The expression nests too deep to be evaluated.") from None
        except DecimalException:
            raise EvaluationRefused("A number is out of the range that can be computed with.") from None

    def values(self, resource: Json, *, environment: Environment | None = None) -> list[Json]:
        """The found items as JSON: elements as they stand in the resource, computed ones as FHIR has them."""
        return [to_json(item) for item in self.evaluate(resource, environment=environment)]

    def is_true(self, node: Json, *, environment: Environment | None = None) -> bool | None:
        """What an invariant says about an element: True, False, or None when the answer is empty.

        Where the type of the input is known and the element is an ordinary one, nothing but the answer is made.
        """
        fast = self._fast
        if fast is not None and type(node) in _PLAIN and (environment is None or environment.traces is None):
            resource = node if environment is None or environment.resource is None else environment.resource
            try:
                return fast(node, resource)
            except UNUSUAL:  # what is out of the ordinary is answered below
                pass
        return truth(self.evaluate(node, environment=environment))


def _home(resource: Json, environment: Environment) -> Home:
    """Where the input stands: in its resource, which may be in another one."""
    inner = environment.resource if environment.resource is not None else resource
    if type(inner) is Node:
        return inner.home or Home(inner.value)
    outer = environment.root_resource
    container = Home(outer) if outer is not None and outer is not inner else None
    return Home(inner, container, environment.full_url)


@lru_cache(maxsize=CACHED)
def compile_path(expression: str, type: str | None = None, *, strict: bool = False) -> Path:
    """The compiled expression, kept so that the next call costs nothing.

    `type` is the FHIR type of the input where it is known: `Claim`, `Claim.item`, `HumanName`. With `strict`, elements
    that the types do not have are refused as well; otherwise they are empty. Raises PathRefused.
    """
    return _compiled(expression, type, strict, metered=False)


def compile_metered(expression: str, type: str | None = None, *, strict: bool = False) -> Path:
    """The same of an expression that came from outside: what it may do is bounded by an allowance.

    Short ones are kept. Raises PathRefused, for one that is too long as well.
    """
    if len(expression) > LONGEST_METERED:
        raise PathRefused(f"An expression has at most {LONGEST_METERED} characters here.", "", 0)
    if len(expression) > _LONGEST_KEPT:
        return _compiled(expression, type, strict, metered=True)
    return _kept(expression, type, strict)


def compile_added(expression: str, type: str | None = None) -> Path:
    """The expression of a profile that was added: without a meter where it only goes down from its element, as then its
    work grows with the element and no faster. Raises PathRefused.
    """
    return compile_path(expression, type) if goes_down(parse(expression)) else compile_metered(expression, type)


@lru_cache(maxsize=_CACHED_METERED)
def _kept(expression: str, type: str | None, strict: bool) -> Path:
    return _compiled(expression, type, strict, metered=True)


def _compiled(expression: str, type: str | None, strict: bool, *, metered: bool) -> Path:
    if type is not None and type not in r4().types:
        raise PathRefused("The type of the input is not known.", expression, 0)
    if type in _SAYS_NOTHING:
        type = None
    try:
        tree = parse(expression)
        if metered:  # the fast lane does not count
            return Path(expression, type, MeteredCompiler(expression, r4(), strict).whole(tree, type), metered=True)
        code = Compiler(expression, r4(), strict).whole(tree, type)
        return Path(expression, type, code, fast_test(tree, type, r4()) if type else None)
    except RecursionError:
        raise PathRefused("The expression nests too deep.", expression, 0) from None
