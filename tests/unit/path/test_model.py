"""The table of FHIR's types is what the published core package says, and nothing is read twice."""

import pytest

from server.fhir.path.build_model import build
from server.fhir.path.model import MODEL_FILE, profiles_folder, r4
from tests.shared import shared


@pytest.mark.parametrize(
    ("type", "element", "types", "repeats"),
    [
        ("Patient", "name", {"HumanName"}, True),
        ("Patient", "deceased", {"boolean", "dateTime"}, False),
        ("Patient", "id", {"id"}, False),
        ("HumanName", "id", {"string"}, False),
        ("Extension", "url", {"uri"}, False),
        ("Claim.item", "detail", {"Claim.item.detail"}, True),
        ("Claim.item", "extension", {"Extension"}, True),
        ("Questionnaire.item", "item", {"Questionnaire.item"}, True),
        ("Bundle.entry", "resource", {"Resource"}, False),
    ],
)
def test_elements_have_their_types(type: str, element: str, types: set[str], repeats: bool) -> None:
    shape = r4().types[type].elements[element]

    assert ({choice.type for choice in shape.choices}, shape.repeats) == (types, repeats)


@pytest.mark.parametrize(
    ("type", "ancestor", "derives"),
    [
        ("Age", "Quantity", True),
        ("code", "string", True),
        ("Claim", "DomainResource", True),
        ("Bundle", "DomainResource", False),
        ("Claim.item", "BackboneElement", True),
        ("string", "code", False),
    ],
)
def test_types_derive_from_others(type: str, ancestor: str, derives: bool) -> None:
    assert r4().derives(type, ancestor) is derives


def test_the_table_is_fresh() -> None:
    package = shared() / "igs" / "hl7.fhir.r4.core-4.0.1.tgz"

    assert (profiles_folder() / MODEL_FILE).read_text(encoding="utf-8") == build(package)
