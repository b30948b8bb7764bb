"""A shape that came often gets a check of its own, which refuses what the rules refuse and is made for few shapes."""

from itertools import permutations
from typing import Any

import pytest

from server.fhir.validation.generated import Source
from server.fhir.validation.scope import Run, Scope
from server.fhir.validation.shapes import MOST_SHAPES, OFTEN, Shape, Shapes, Stock
from tests.builders.validation import a_bundle, a_patient, an_observation, shipped
from tests.conformance.mutations import generated

SCOPE = Scope({}, Run())


class _Maker:
    """Makes checks that take everything, and notes the shapes."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []

    def __call__(self, shape: Shape) -> Source:
        self.shapes.append(shape)
        source = Source()
        source.refuse_if(f"{shape!r} != tuple(value)")
        return source


def _shapes(maker: _Maker, most: int = 100) -> Any:
    return Shapes(lambda value, scope: "bad" not in value, maker, Stock(most)).ok


def test_a_shape_gets_a_check_when_it_came_often() -> None:
    maker = _Maker()
    ok = _shapes(maker)

    for _ in range(OFTEN - 1):
        assert ok({"a": 1, "b": 2}, SCOPE)
    assert maker.shapes == []

    for _ in range(5):
        assert ok({"a": 3, "b": 4}, SCOPE)
    assert maker.shapes == [("a", "b")]


def test_what_breaks_a_rule_gets_no_check() -> None:
    maker = _Maker()
    ok = _shapes(maker)

    assert [ok({"bad": 1}, SCOPE) for _ in range(2 * OFTEN)] == [False] * 2 * OFTEN
    assert [ok(value, SCOPE) for value in (None, [], "a", 1)] == [False] * 4
    assert maker.shapes == []


def test_documents_cannot_make_the_checks_of_an_element_grow() -> None:
    """
    Given objects with their keys in every order
    When each comes often
    Then some orders get a check, and the others are still judged.
    """
    maker = _Maker()
    ok = _shapes(maker)

    for order in permutations("abcde"):
        assert all(ok(dict.fromkeys(order, 1), SCOPE) for _ in range(OFTEN))

    assert len(maker.shapes) == MOST_SHAPES
    assert not ok({"bad": 1}, SCOPE)


def test_nor_those_of_all_elements_together() -> None:
    maker = _Maker()
    ok = _shapes(maker, most=2)

    for key in "abcd":
        assert all(ok({key: 1}, SCOPE) for _ in range(2 * OFTEN))

    assert len(maker.shapes) == 2


@pytest.mark.parametrize(
    "resource",
    [
        a_bundle(a_patient(), an_observation(id="o1", subject={"reference": "Patient/p1"})),
        a_patient(
            _gender={"extension": [{"url": "urn:x", "valueCode": "x"}]},
            extension=[
                {"url": "urn:x", "valueQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "m"}}
            ],
            contained=[{"resourceType": "Organization", "id": "o", "name": "x"}],
            managingOrganization={"reference": "#o"},
            telecom=[{"system": "phone", "value": "1", "period": {"start": "2026-01-01", "end": "2026-01-02"}}],
            multipleBirthInteger=2,
        ),
    ],
    ids=["bundle", "patient"],
)
def test_a_resource_that_came_often_and_its_mutants_get_the_verdict_of_the_whole_rules(resource: Any) -> None:
    """
    Given a resource that came so often that all of its objects are known by their shape
    When changed ones come, with the same keys or others
    Then the yes or no is that of the findings, the first time and later.
    """
    for _ in range(OFTEN + 1):
        assert shipped().is_valid(resource)

    for _, what, mutant in generated([resource], 80):
        valid = shipped().validate(mutant).valid
        assert [shipped().is_valid(mutant) for _ in range(OFTEN + 2)] == [valid] * (OFTEN + 2), what


def test_equal_checks_are_made_once() -> None:
    maker, other, stock = _Maker(), _Maker(), Stock()
    checks = [Shapes(lambda value, scope: True, made, stock).ok for made in (maker, other)]

    for ok in checks:
        assert all(ok({"a": 1}, SCOPE) for _ in range(OFTEN + 1))

    assert maker.shapes == other.shapes == [("a",)]
    assert len(stock.made) == 1
