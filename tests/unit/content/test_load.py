"""Content loads whole or not at all; a fault is named with file and line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from server.content.load import load_content
from server.decision.codes import read_code
from server.errors import ContentRefused
from tests.builders.content import a_content_folder, replace_in

OXYGEN = "policies/home-oxygen"
THERAPY = "policies/outpatient-physical-therapy"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return a_content_folder(tmp_path)


def _line(file: Path, part: str) -> int:
    return 1 + next(number for number, line in enumerate(file.read_text().splitlines()) if part in line)


def _findings(root: Path) -> tuple[str, ...]:
    with pytest.raises(ContentRefused) as refused:
        load_content(root, demo=True)
    return refused.value.findings


def test_what_is_shipped_loads(root: Path) -> None:
    content = load_content(root, demo=True)

    assert sorted(content.plans) == ["demo"]
    assert content.plans["demo"].lines_of_business[0] == "medicare-advantage"
    assert [policy.id for policy in content.policies.policies] == ["home-oxygen", "outpatient-physical-therapy"]
    found = content.policies.lookup((read_code("hcpcs|E1390"),), "commercial", date(2026, 11, 20))
    assert found is not None
    assert content.forms.get(found.forms[0]) is not None
    assert content.problems == ()


def test_the_demo_plan_is_loaded_only_when_it_is_asked_for(root: Path) -> None:
    assert load_content(root, demo=False).plans == {}


def test_a_folder_without_content_is_no_fault(tmp_path: Path) -> None:
    content = load_content(tmp_path, demo=True)

    assert (content.plans, content.policies.policies) == ({}, ())


Edit = Callable[[Path], str]


def _no_case_below(root: Path) -> str:
    cases = root / THERAPY / "cases.yaml"
    text = cases.read_text()
    kept = [
        part for part in text.split("  - name:") if "outcome: pended-information" not in part or "unit: hours" in part
    ]
    cases.write_text("  - name:".join(kept))
    line = _line(root / THERAPY / "policy.yaml", "- id: diagnosis-limits-function")
    return (
        f"{THERAPY}/policy.yaml:{line}: "
        "No case shows the criterion diagnosis-limits-function unknown; add one to cases.yaml."
    )


def _no_case_on_the_threshold(root: Path) -> str:
    replace_in(root / OXYGEN / "policy.yaml", "                  above: 56\n", "                  above: 55\n")
    replace_in(root / OXYGEN / "cases.yaml", "hematocrit: 56,", "hematocrit: 54,")
    line = _line(root / OXYGEN / "policy.yaml", "- id: hematocrit")
    return (
        f"{OXYGEN}/policy.yaml:{line}: "
        "No case has a value exactly on the threshold of hematocrit; add one to cases.yaml."
    )


def _case_that_fails(root: Path) -> str:
    replace_in(root / OXYGEN / "cases.yaml", "  - name: A saturation of 88 % is", "  - name: A saturation of 90 % is")
    replace_in(root / OXYGEN / "cases.yaml", "given: {spo2: 88}", "given: {spo2: 90, pao2: 60}")
    line = _line(root / OXYGEN / "cases.yaml", "A saturation of 90 % is")
    name = "A saturation of 90 % is of group I"
    return f"{OXYGEN}/cases.yaml:{line}: {name}: The outcome is pended-review, expected approved."


def _missing_form(root: Path) -> str:
    replace_in(root / OXYGEN / "policy.yaml", "home-oxygen|1.0.0", "home-oxygen|9.9.9")
    form = "https://passage.example/fhir/Questionnaire/home-oxygen|9.9.9"
    return f"{OXYGEN}/policy.yaml:4: There is no form {form} under questionnaires/."


def _no_cases(root: Path) -> str:
    (root / THERAPY / "cases.yaml").unlink()
    return f"{THERAPY}/policy.yaml:1: The policy has no cases.yaml beside it."


def _no_policy(root: Path) -> str:
    (root / THERAPY / "policy.yaml").unlink()
    return f"{THERAPY}/policy.yaml:1: The folder has no policy.yaml."


def _overlap(root: Path) -> str:
    replace_in(root / THERAPY / "policy.yaml", "[cpt|97110,", "[hcpcs|E1390, cpt|97110,")
    line = _line(root / THERAPY / "policy.yaml", "scope:")
    return (
        f"{THERAPY}/policy.yaml:{line}: The code E1390 is covered by home-oxygen 1.0.0 too, "
        "for a same line of business, place and day."
    )


def _dead_criterion(root: Path) -> str:
    pressure = "input: pao2\n                  at_most: 55\n                  unit: mm[Hg]\n"
    replace_in(root / OXYGEN / "policy.yaml", pressure, pressure.replace("pao2", "spo2").replace("mm[Hg]", '"%"'))
    line = _line(root / OXYGEN / "policy.yaml", "- id: group-1-pao2")
    sentence = "The criterion group-1-pao2 can never change the result; drop it or mend the group around it."
    return f"{OXYGEN}/policy.yaml:{line}: {sentence}"


def _broken_yaml(root: Path) -> str:
    replace_in(root / "plans/demo/plan.yaml", "id: demo\n", "id: demo\nid: demo\n")
    line = _line(root / "plans/demo/plan.yaml", "id: demo") + 1
    return f"plans/demo/plan.yaml:{line}: The key id is there twice."


def _uncited_rule_of_a_plan(root: Path) -> str:
    file = root / "plans/demo/plan.yaml"
    replace_in(file, '    citation: {source: contract, page: "chapter 4, section 3 (exclusions)"}\n', "")
    line = _line(file, "- id: non-covered-item")
    sentence = "The rule non-covered-item has no citation; add the source and page that it comes from."
    return f"plans/demo/plan.yaml:{line}: {sentence}"


def _rules_of_a_plan_that_collide(root: Path) -> str:
    file = root / "plans/demo/plan.yaml"
    replace_in(file, "      - {code: hcpcs|E1223,", "      - {code: hcpcs|A9270}\n      - {code: hcpcs|E1223,")
    line = _line(file, "- id: wheelchair-review") + 2
    return f"plans/demo/plan.yaml:{line}: The rules non-covered-item and wheelchair-review both name A9270."


def _not_utf8(root: Path) -> str:
    (root / "plans/demo/plan.yaml").write_bytes(b"id: \xff\n")
    return "plans/demo/plan.yaml:1: The file is not UTF-8."


def _shape_of_a_case(root: Path) -> str:
    file = root / THERAPY / "cases.yaml"
    replace_in(file, "expect: {outcome: limited}", "expect: {outcome: denied}")
    allowed = "['approved', 'limited', 'pended-information', 'pended-review', 'not-in-scope']"
    line = _line(file, "outcome: denied")
    return f"{THERAPY}/cases.yaml:{line}: In cases/3/expect/outcome: 'denied' is not one of {allowed}."


@pytest.mark.parametrize(
    "edit",
    [
        _no_case_below,
        _no_case_on_the_threshold,
        _case_that_fails,
        _missing_form,
        _no_cases,
        _no_policy,
        _overlap,
        _dead_criterion,
        _broken_yaml,
        _uncited_rule_of_a_plan,
        _rules_of_a_plan_that_collide,
        _not_utf8,
        _shape_of_a_case,
    ],
)
def test_a_fault_keeps_the_content_from_loading(root: Path, edit: Edit) -> None:
    expected = edit(root)

    assert expected in _findings(root)


def test_every_fault_is_named_at_once(root: Path) -> None:
    expected = {_missing_form(root), _no_cases(root), _uncited_rule_of_a_plan(root)}

    assert set(_findings(root)) == expected


LISTED = "code,lines_of_business,places,from,to\n"


def _listed(root: Path, rows: str) -> None:
    replace_in(
        root / THERAPY / "policy.yaml",
        "  codes: [cpt|97110, cpt|97112, cpt|97140, cpt|97530]",
        "  codes_file: list.csv",
    )
    (root / THERAPY / "list.csv").write_text(rows)


def test_a_long_scope_is_a_file_of_codes(root: Path) -> None:
    many = "".join(f"hcpcs|G{number:04d},,,,\n" for number in range(9_999))
    _listed(
        root,
        f"{LISTED}cpt|97110,medicare-advantage commercial,,,\ncpt|97112,commercial,12,2026-02-01,2026-02-28\n{many}",
    )

    policies = load_content(root, demo=True).policies

    at_home = (read_code("place-of-service|12"),)
    in_time, too_late = date(2026, 2, 28), date(2026, 3, 1)
    assert policies.lookup((read_code("cpt|97112"),), "commercial", in_time, at_home) is not None
    assert policies.lookup((read_code("cpt|97112"),), "commercial", too_late, at_home) is None
    assert policies.lookup((read_code("cpt|97112"),), "commercial", in_time) is None
    assert policies.lookup((read_code("cpt|97112"),), "medicare-advantage", in_time, at_home) is None
    assert policies.lookup((read_code("hcpcs|G9998"),), "medicare-advantage", in_time) is not None


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("kode\n", "1: The columns are code, lines_of_business, places, from, to; code must be there."),
        (f"{LISTED}cpt|97110,,,,\n97112,,,,\n", "3: A code is written as system|code."),
        (f"{LISTED}cpx|97110,,,,\n", "2: The code system cpx is not known."),
        (f"{LISTED}cpt|97110,,,2026-02-30,\n", "2: A date is on no calendar; write YYYY-MM-DD."),
        (f"{LISTED}cpt|97110,,,2026-02-02,2026-02-01\n", "2: The row ends before it starts."),
        (f"{LISTED}cpt|97110\n", "2: The row has not as many cells as there are columns."),
    ],
)
def test_a_faulty_row_is_found_at_its_line(root: Path, rows: str, sentence: str) -> None:
    _listed(root, rows)

    assert _findings(root) == (f"{THERAPY}/list.csv:{sentence}",)


def test_a_code_that_is_listed_twice_for_the_same_days_is_found(root: Path) -> None:
    _listed(root, f"{LISTED}cpt|97110,,,,\ncpt|97110,commercial,,2026-01-01,\n")

    [finding] = _findings(root)

    assert finding.endswith("The code 97110 is covered twice here, for a same line of business, place and day.")


def test_a_file_of_codes_that_is_not_there_is_found(root: Path) -> None:
    _listed(root, LISTED)
    (root / THERAPY / "list.csv").unlink()

    assert _findings(root) == (f"{THERAPY}/list.csv:1: The scope names this file, but it is not there.",)
