"""Published packages become facts: the same bytes each time, nothing but facts, codes where they can be listed."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from server.errors import ContentRefused
from server.fhir import json
from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.build import Build
from server.fhir.validation.build_terms import value_set_parts
from server.fhir.validation.library import Library, open_texts
from server.fhir.validation.package import Package, read_package
from server.fhir.validation.versions import newest, version_order

SYSTEM = {
    "resourceType": "CodeSystem",
    "url": "urn:colours",
    "version": "1",
    "content": "complete",
    "concept": [{"code": "red", "concept": [{"code": "pink"}]}, {"code": "blue"}],
}


def _set(**compose: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": "urn:set", "compose": compose}


def _systems(url: str) -> Any:
    return SYSTEM if url == "urn:colours" else None


@pytest.mark.parametrize(
    ("compose", "parts"),
    [
        ({"include": [{"system": "urn:colours"}]}, [{"system": "urn:colours"}]),
        (
            {"include": [{"system": "urn:colours", "concept": [{"code": "blue"}]}]},
            [{"system": "urn:colours", "codes": ["blue"]}],
        ),
        (
            {"include": [{"system": "urn:colours", "filter": [{"property": "concept", "op": "is-a", "value": "red"}]}]},
            [{"system": "urn:colours", "codes": ["red", "pink"]}],
        ),
        (
            {
                "include": [{"system": "urn:colours"}],
                "exclude": [{"system": "urn:colours", "concept": [{"code": "red"}]}],
            },
            [{"system": "urn:colours", "codes": ["pink", "blue"]}],
        ),
        ({"include": [{"system": "urn:elsewhere"}]}, [{"system": "urn:elsewhere", "open": True}]),
        ({"include": [{"valueSet": ["urn:none"]}]}, [{"open": True}]),
    ],
)
def test_a_value_set_becomes_the_codes_that_can_be_listed(compose: Any, parts: list[Any]) -> None:
    assert value_set_parts(_set(**compose), lambda url: None, _systems) == parts


def _element(path: str, **facts: Any) -> dict[str, Any]:
    return {"id": path, "path": path, "min": 0, "max": "*", "short": "A sentence.", **facts}


def _package() -> Package:
    bound = {"strength": "required", "valueSet": "urn:set"}
    definition = {
        "resourceType": "StructureDefinition",
        "url": "http://hl7.org/fhir/StructureDefinition/Thing",
        "version": "1.0.0",
        "type": "Thing",
        "kind": "resource",
        "snapshot": {
            "element": [
                _element("Thing"),
                _element("Thing.colour", max="1", type=[{"code": "code"}], binding=bound),
            ]
        },
    }
    return Package("urn.guide", "1.0.0", {}, (definition, _set(include=[{"system": "urn:colours"}]), SYSTEM))


def test_the_same_package_gives_the_same_bytes_and_no_sentences() -> None:
    first, second = Build([_package()]).files(), Build([_package()]).files()

    assert first == second
    assert "sentence" not in "".join(first.values())
    assert set(first) == {"urn.guide/1.0.0/structures.json", "urn.guide/1.0.0/terms.json"}


def test_what_was_built_can_be_read() -> None:
    files = Build([_package()]).files()

    structure = Library(open_texts(files)).find("Thing")
    codes = LocalTerminology.of_texts(files).value_set("urn:set")

    assert structure is not None
    assert (structure.root.children["colour"].facts.max, structure.version) == (1, "1.0.0")
    assert codes is not None
    assert [codes.has(*asked) for asked in (("urn:colours", "pink"), ("urn:colours", "x"), (None, "red"))] == [
        True,
        False,
        True,
    ]


def test_a_package_is_read_from_its_archive(tmp_path: Path) -> None:
    path = tmp_path / "guide.tgz"
    manifest = {"name": "urn.guide", "version": "1.0.0", "dependencies": {"a": "1"}}
    with tarfile.open(path, "w:gz") as archive:
        for name, value in (("package.json", manifest), ("CodeSystem-colours.json", SYSTEM), ("Patient-1.json", {})):
            body = json.write(value)
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))

    package = read_package(path)

    assert package == Package("urn.guide", "1.0.0", {"a": "1"}, (SYSTEM,))


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(b"no archive")

    with pytest.raises(ContentRefused):
        read_package(tmp_path / "x.tgz")


def test_versions_are_ordered_as_numbers() -> None:
    versions = ["2.0.1", "10.0.0", "2.2.0-ballot", "2.2.0"]

    assert sorted(versions, key=version_order) == ["2.0.1", "2.2.0-ballot", "2.2.0", "10.0.0"]
    assert newest([], str) is None
