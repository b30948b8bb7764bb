"""What a base holds requests against is asked about before the first request comes."""

from typing import Any

from server.fhir.validation.validate import Validator
from server.web.application import Base
from server.web.declare import FhirAnswer, FhirFeature, FhirRequest, Operation, ResourceAccess
from server.web.enforcement import Enforcement
from server.web.gate import Gate
from server.web.warm import warm


async def _nothing(_: FhirRequest) -> FhirAnswer:
    return FhirAnswer(b"", 204)


class _Judged(Gate):
    """A gate that notes what it is asked."""

    def __init__(self) -> None:
        super().__init__(_no_validator, Enforcement(), lambda *_: None)
        self.asked: list[tuple[Any, Any]] = []

    def verdict(self, resource: Any, profiles: Any) -> None:
        self.asked.append((resource["id"], tuple(profiles)))


def _no_validator() -> Validator:
    raise AssertionError("the gate of this test judges nothing")


def an_operation(name: str, takes: tuple[str, ...]) -> Operation:
    examples = {"One": {"resourceType": "Claim", "id": name}}
    return Operation("Claim", name, f"http://x.test/{name}", "It.", _nothing, examples=examples, takes=takes)


async def test_the_examples_of_what_is_held_are_judged_once() -> None:
    gate = _Judged()
    created = ResourceAccess("Group", create=_nothing, takes=("g",), examples={"One": {"id": "created"}})
    feature = FhirFeature((an_operation("held", ("p",)), an_operation("free", ())), (created,))

    await warm([Base("/fhir", [feature], gate), Base("/other", [feature])])

    assert gate.asked == [("held", ("p",)), ("created", ("g",))]
