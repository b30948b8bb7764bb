"""The strict reader refuses a wrong JSON type where it stands, and never quotes what it found.

https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import RequestRefused
from server.fhir.dates import DatePeriod
from server.fhir.element import Element

Json = Any
READERS: dict[str, Callable[[Element], object]] = {
    "text": lambda element: element.text("a"),
    "boolean": lambda element: element.boolean("a"),
    "integer": lambda element: element.integer("a"),
    "integers": lambda element: element.integers("a"),
    "decimal": lambda element: element.decimal("a"),
    "child": lambda element: element.child("a"),
    "children": lambda element: element.children("a"),
    "days": lambda element: element.days("a"),
    "period": lambda element: element.period("a"),
}
WRONG: dict[str, list[Json]] = {
    "text": [None, "", 1, True, [], {}],
    "boolean": [None, "true", 0, 1, [], {}],
    "integer": [None, True, "1", Decimal("1.0"), [], {}],
    "integers": [None, 1, [True], ["1"], [1, Decimal(2)], {}],
    "decimal": [None, True, "1", [], {}],
    "child": [None, "x", 1, []],
    "children": [None, "x", {}, [1], [None]],
    "days": [None, "", "2026-02-30", "2026-1-1", 2026, {}],
    "period": [None, "2026", {"start": 1}, {"start": "2026-02-30"}, {"start": "2026-02", "end": "2026-01"}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_type_is_refused_with_its_place(name: str, value: Json) -> None:
    element = Element({"list": [{}, {"a": value}]}, "Basic").children("list")[1]

    with pytest.raises(RequestRefused) as caught:
        READERS[name](element)

    (issue,) = caught.value.issues
    assert issue.expression is not None
    assert issue.expression.startswith("Basic.list[1].a")
    assert issue.diagnostics.startswith(issue.expression)


@pytest.mark.parametrize("name", READERS)
def test_what_is_absent_is_none_or_empty(name: str) -> None:
    assert not READERS[name](Element({}, "Basic"))


def test_what_has_the_right_type_is_read() -> None:
    body = {"s": "x", "b": False, "n": 0, "d": Decimal("1.50"), "ns": [1, 2], "c": {"x": "y"}, "cs": [{}, {"x": "z"}]}
    element = Element({**body, "day": "2026-02", "p": {"start": "2026-02-01", "end": "2026-02"}}, "Basic")

    assert element.text("s") == "x"
    assert element.boolean("b") is False
    assert element.integer("n") == 0
    assert (element.decimal("d"), element.decimal("n")) == (Decimal("1.50"), Decimal(0))
    assert element.integers("ns") == [1, 2]
    assert [child.value for child in element.children("cs")] == [{}, {"x": "z"}]
    assert element.children("cs")[1].place == "Basic.cs[1]"
    assert element.days("day") == DatePeriod(date(2026, 2, 1), date(2026, 2, 28))
    assert element.period("p") == DatePeriod(date(2026, 2, 1), date(2026, 2, 28))
    child = element.child("c")
    assert child is not None
    assert (child.text("x"), child.place) == ("y", "Basic.c")


def test_extensions_are_found_by_url() -> None:
    element = Element({"extension": [{"url": "a", "valueCode": "1"}, {"url": "b"}, {"url": "a"}]}, "Basic")

    assert [found.place for found in element.extensions("a")] == ["Basic.extension[0]", "Basic.extension[2]"]
    first = element.extension("a")
    assert first is not None
    assert first.text("valueCode") == "1"
    assert element.extension("c") is None


def test_only_an_object_is_an_element() -> None:
    with pytest.raises(RequestRefused) as caught:
        Element([], "Bundle")

    assert [issue.expression for issue in caught.value.issues] == ["Bundle"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abxy"), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(value=JSON, name=st.sampled_from(sorted(READERS)))
def test_any_json_is_read_or_refused(value: Json, name: str) -> None:
    element = Element({"a": value}, "Basic")

    try:
        READERS[name](element)
        places = []
    except RequestRefused as refused:
        places = [issue.expression or "" for issue in refused.issues]

    assert all(place.startswith("Basic.a") for place in places)
