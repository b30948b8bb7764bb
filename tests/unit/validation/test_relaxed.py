"""Relaxed rules: a row changes what it names, in the packages that it names, and nothing else."""

from pathlib import Path

import pytest

from server.errors import ContentRefused
from server.fhir import json
from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.library import Library, Place, open_texts
from server.fhir.validation.relaxed import Relaxed, read_table, relax
from server.fhir.validation.structure import Structure
from server.settings import content_root

THING = "http://guide.example/StructureDefinition/thing"
MARK = "http://guide.example/StructureDefinition/mark"
CODES = "http://guide.example/ValueSet/codes"
ELSEWHERE = "http://guide.example/StructureDefinition/other"

STRUCTURES = {
    "package": "guide",
    "version": "1.0",
    "structures": {
        THING: {
            "type": "Thing",
            "kind": "resource",
            "invariants": {"t-1": ["error", "true"], "t-2": ["error", "true"]},
            "elements": {
                "Thing": {"inv": ["t-1", "t-2"]},
                "Thing.code": {"min": 1, "max": "0", "types": ["code"], "bind": {"required": f"{CODES}|1.0"}},
                "Thing.other": {"types": [{"code": "Reference", "target": [ELSEWHERE]}]},
                "Thing.id": "=",
            },
        },
        MARK: {
            "type": "Mark",
            "kind": "complex-type",
            "context": [["element", "Claim.item"]],
            "elements": {"Mark": {}},
        },
    },
}


def places() -> list[Place]:
    return open_texts({"guide/1.0/structures.json": json.write(STRUCTURES).decode()})


def a_row(**changes: object) -> Relaxed:
    told = {"id": "row", "packages": ("guide#1.0",), "reason": "It can't hold.", "source": "1.2", "reference": "error"}
    return Relaxed(**{**told, **changes})  # type: ignore[arg-type]


def after(url: str, *rows: Relaxed) -> Structure:
    found = Library(relax(places(), rows)).find(url)
    assert found is not None
    return found


def test_an_extension_may_stand_on_more_elements() -> None:
    mark = after(MARK, a_row(structures=(MARK,), contexts=("Claim",)))

    assert mark.contexts == (("element", "Claim.item"), ("element", "Claim"))


def test_a_required_value_set_becomes_an_extensible_one() -> None:
    thing = after(THING, a_row(valueset=CODES))

    assert thing.nodes["Thing.code"].facts.bind == {"extensible": CODES}


def test_an_invariant_becomes_a_warning() -> None:
    thing = after(THING, a_row(invariant="t-1"))

    assert {key: row[0] for key, row in thing.invariants.items()} == {"t-1": "warning", "t-2": "error"}


def test_an_element_may_be_absent_repeat_and_refer_to_more() -> None:
    rows = [
        a_row(id="a", structures=(THING,), element="Thing.code", min=0, max="1"),
        a_row(id="b", structures=(THING,), element="Thing.other", targets=("http://hl7.org/Thing",)),
    ]

    thing = after(THING, *rows)

    code, other = thing.nodes["Thing.code"].facts, thing.nodes["Thing.other"].facts
    assert (code.min, code.max, other.types[0].targets) == (0, 1, ("http://hl7.org/Thing",))


def test_a_row_leaves_other_packages_alone() -> None:
    thing = after(THING, a_row(packages=("guide#2.0",), invariant="t-1"))

    assert thing.invariants["t-1"][0] == "error"


@pytest.mark.parametrize(
    "row",
    [
        a_row(invariant="t-3"),
        a_row(valueset="http://guide.example/ValueSet/none"),
        a_row(structures=(MARK,), contexts=("Claim.item",)),
        a_row(structures=(THING,), element="Thing.id", min=0),
    ],
)
def test_a_row_that_changes_nothing_is_refused(row: Relaxed) -> None:
    with pytest.raises(ContentRefused) as refused:
        relax(places(), [row])

    assert refused.value.findings == ("relaxed.toml: the row row changes nothing; remove it.",)


@pytest.mark.parametrize("text", ["[[relaxed]", "[[relaxed]]\nid = 5\n", "[[relaxed]]\nid = 'a'\n", "[[loosened]]\n"])
def test_a_table_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "relaxed.toml").write_text(text)

    with pytest.raises(ContentRefused):
        read_table(tmp_path)


def test_a_folder_without_a_table_relaxes_nothing(tmp_path: Path) -> None:
    assert read_table(tmp_path) == ()


def test_every_shipped_row_has_a_reason_and_a_source() -> None:
    rows = read_table(content_root() / "profiles")

    assert len({row.id for row in rows}) == len(rows) > 0
    assert [row.id for row in rows if len(row.reason) < 40 or not row.source] == []
    assert {row.reference for row in rows} <= {"error", "warning", "nothing"}


def test_the_documentation_lists_every_row() -> None:
    page = (Path(__file__).parents[3] / "docs" / "validation.md").read_text()
    listed = [line for line in page.splitlines() if line.startswith("| ")]

    rows = read_table(content_root() / "profiles")
    unlisted = [
        row.id
        for row in rows
        if not any(
            line.startswith(f"| {row.id} |") and row.reason in line and f"| {row.reference} |" in line
            for line in listed
        )
    ]
    assert unlisted == []


def test_a_row_adds_codes_to_a_system_that_lacks_them() -> None:
    terminology = LocalTerminology.of_folder(content_root() / "profiles")
    url = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"

    changed = [
        terminology.with_codes(url, ["replaces"]),
        terminology.with_codes(url, ["replaces"]),
        terminology.with_codes("urn:none", ["replaces"]),
    ]

    system = terminology.system(url)
    assert changed == [True, False, False]
    assert system is not None
    assert (system.has("replaces"), system.has("prior"), system.has("other")) == (True, True, False)
