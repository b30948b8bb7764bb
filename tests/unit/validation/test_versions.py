"""Which version of a structure counts where a canonical names none."""

import pytest

from server.fhir import json
from server.fhir.validation.library import Library, open_texts
from server.fhir.validation.structure import Package
from server.fhir.validation.versions import nearest

CANONICAL = "http://guide.test/StructureDefinition/thing"


def _library(*versions: str) -> Library:
    structure = {"type": "Patient", "kind": "resource", "derivation": "constraint", "elements": {}}
    texts = {
        f"guide/{version}/structures.json": json.write(
            {"package": "guide", "version": version, "structures": {CANONICAL: {"version": version, **structure}}}
        ).decode()
        for version in versions
    }
    return Library(open_texts(texts))


@pytest.mark.parametrize(
    ("versions", "wanted", "expected"),
    [
        (("2.0.1", "2.0.3", "2.2.1"), "2.0.0", "2.0.3"),
        (("2.0.1", "2.2.1", "3.0.0"), "2.1.0", "2.2.1"),
        (("2.0.1", "2.2.1"), "1.0.0", None),
        ((), "1.0.0", None),
    ],
)
def test_the_nearest_release_is_of_the_same_minor_or_major_version(
    versions: tuple[str, ...], wanted: str, expected: str | None
) -> None:
    assert nearest(versions, wanted, lambda one: one) == expected


@pytest.mark.parametrize(
    ("depends", "expected"), [("2.0.0", "2.0.1"), ("2.2.0", "2.2.1"), ("2.2.1", "2.2.1"), ("9.0.0", "2.2.1")]
)
def test_a_release_stands_in_for_the_one_that_a_package_depends_on(depends: str, expected: str) -> None:
    library = _library("2.0.1", "2.2.1")
    asking = Package("asking", "1.0.0", {"guide": depends})

    found = library.find(CANONICAL, asking)

    assert found is not None
    assert found.version == expected
