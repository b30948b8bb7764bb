"""Whatever the expression and whatever the input: an answer or a refusal of ours, never another exception."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir.path.compile import compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.registry import FUNCTIONS

LITERALS = st.sampled_from(
    ["1", "-1", "0.50", "'a'", "''", "true", "{}", "@2024", "@2024-02-29", "@2024-02-29T10:00:00Z", "@T10:30",
     "4 days", "1 year", "2 'mg'", "3 'cm'", "9223372036854775807", "1" * 60, "0." + "1" * 50, "1" + "0" * 300,
     "$this", "$index", "$total", "%resource", "%rootResource", "%context", "%x", "Patient", "name", "name.given",
     "value", "birthDate", "children()", "descendants()"]
)  # fmt: skip
OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "div", "mod", "&", "|", "=", "!=", "~", "!~", "<", ">=", "and", "or", "xor", "implies", "in"]
    + ["contains"]
)
TYPES = st.sampled_from(["string", "Patient", "System.Integer", "Quantity", "FHIR.HumanName"])


def _function(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    @st.composite
    def call(draw: st.DrawFn) -> str:
        name = draw(st.sampled_from(sorted(FUNCTIONS)))
        function = FUNCTIONS[name]
        count = draw(st.integers(function.least, min(function.most, 3)))
        arguments = [draw(TYPES if name in ("is", "as", "ofType") else inner) for _ in range(count)]
        return f"({draw(inner)}).{name}({', '.join(arguments)})"

    return call()


EXPRESSIONS = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        _function(inner),
        st.tuples(inner, OPERATORS, inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]})[{parts[1]}]"),
        inner.map(lambda part: f"-({part})"),
        st.tuples(inner, TYPES).map(lambda parts: f"({parts[0]} is {parts[1]})"),
    ),
    max_leaves=6,
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "_name", "given", "_given", "value", "valueQuantity", "birthDate", "contained", "url", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=400)
@given(expression=EXPRESSIONS, body=JSON, patient=st.booleans())
def test_any_expression_answers_or_refuses(expression: str, body: Any, patient: bool) -> None:
    resource = {"resourceType": "Patient", **(body if isinstance(body, dict) else {"name": body})} if patient else body

    try:
        path = compile_path(expression, "Patient" if patient else None)
        path.values(resource, environment=Environment(variables={"x": body}))
        path.is_true(resource)
    except (PathRefused, EvaluationRefused):
        pass


@given(st.text(alphabet="ab1.'`(){}[]$%@T:-+*/|&<>=!~, \\\n", max_size=40))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    refused = _refusal(text)

    assert refused is None or 0 <= refused.position <= len(text)


def _refusal(text: str) -> PathRefused | None:
    try:
        compile_path(text)
    except PathRefused as refused:
        return refused
    return None
