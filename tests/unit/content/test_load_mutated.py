"""However an author breaks a file, the content loads or is refused with findings; it never fails in another way."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.content.load import form_items
from server.content.load_forms import load_forms
from server.content.load_plans import load_plans
from server.content.load_policies import load_policies
from server.content.marked_yaml import read
from server.fhir.json import Json
from tests.builders.content import a_content_folder

FILES = (
    "policies/home-oxygen/policy.yaml",
    "policies/home-oxygen/cases.yaml",
    "policies/outpatient-physical-therapy/policy.yaml",
    "policies/outpatient-physical-therapy/cases.yaml",
    "plans/demo/plan.yaml",
)
ODD = st.sampled_from(
    [None, True, False, 0, -1, 10**17, 0.5, "", "x", "icd10cm|", "|", "2026-02-30", [], {}, [[]], [{}], {"value": 5}]
)


class Loaded(NamedTuple):
    """A folder of content whose forms are loaded."""

    root: Path
    items: Mapping[str, Collection[str]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    root = a_content_folder(tmp_path_factory.mktemp("content"))
    return Loaded(root, form_items(load_forms(root / "questionnaires")))


def _places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list):
        below = enumerate(value)  # type: ignore[assignment]
    else:
        return [path]
    return [path, *(place for key, child in below for place in _places(child, (*path, key)))]


def _mutated(value: Json, path: tuple[str | int, ...], kind: str, odd: Json) -> Json:
    copy = json.loads(json.dumps(value, default=float))
    node = copy
    for step in path[:-1]:
        node = node[step]
    match kind:
        case "drop":
            del node[path[-1]]
        case "replace":
            node[path[-1]] = odd
        case _ if isinstance(node, list):
            node.append(node[path[-1]])  # type: ignore[call-overload]
        case _:
            node[f"{path[-1]}-too"] = node[path[-1]]
    return copy


@given(st.data())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_file_is_refused_with_findings_and_nothing_else(loaded: Loaded, data: st.DataObject) -> None:
    file = loaded.root / data.draw(st.sampled_from(FILES))
    original = file.read_text(encoding="utf-8")
    value = read(original, file.name).value
    path = data.draw(st.sampled_from([place for place in _places(value) if place]))
    kind = data.draw(st.sampled_from(["drop", "replace", "double"]))
    file.write_text(json.dumps(_mutated(value, path, kind, data.draw(ODD))), encoding="utf-8")

    findings: list[str] = []
    plans = load_plans(loaded.root, findings, demo=True)
    index = load_policies(loaded.root, loaded.items, findings)
    file.write_text(original, encoding="utf-8")

    assert findings or (len(plans) == 1 and len(index.policies) == 2)
    assert all(finding.split(":")[1].isdigit() for finding in findings)
