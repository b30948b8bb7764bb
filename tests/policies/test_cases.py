"""Every case of every policy that is shipped comes out as its author expects."""

import pytest

from server.content.load import form_items
from server.content.load_forms import load_forms
from server.content.load_policies import policy_cases, policy_folders
from server.decision.policy.cases import CaseResult
from tests.builders.content import ROOT


def _discovered() -> list[object]:
    forms = form_items(load_forms(ROOT / "questionnaires"))
    findings: list[str] = []
    cases = [
        pytest.param(result, id=f"{folder.name}: {result.name}")
        for folder in policy_folders(ROOT)
        for result in policy_cases(ROOT, folder, forms, findings)
    ]
    assert findings == []
    assert len({folder.name for folder in policy_folders(ROOT)}) >= 2
    return cases


@pytest.mark.parametrize("result", _discovered())
def test_a_case_comes_out_as_expected(result: CaseResult) -> None:
    assert result.problems == ()
