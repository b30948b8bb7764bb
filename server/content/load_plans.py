"""Reads `plans/<plan>/plan.yaml` of every plan, checked by schema and lint."""

from collections.abc import Mapping
from pathlib import Path

from server.content.authored import read_authored
from server.content.schema_check import schema_findings, validator
from server.decision.plan.lint import lint_plan
from server.decision.plan.plan import Plan
from server.decision.plan.read import read_plan


def load_plans(root: Path, findings: list[str], *, demo: bool) -> Mapping[str, Plan]:
    """The plans by id, demo plans only when `demo`. Findings are added to the list; a plan with one is left out."""
    plans: dict[str, Plan] = {}
    schema = validator("server.decision.plan", "plan.schema.json")
    for file in sorted(root.glob("plans/*/plan.yaml")):
        document = read_authored(root, file, findings)
        if document is None:
            continue
        found = schema_findings(schema, document) or lint_plan(document.value, document.finding, file.parent.name)
        findings.extend(found)
        if not found and (demo or not document.value.get("demo", False)):
            plan = read_plan(document.value)
            plans[plan.id] = plan
    return plans
