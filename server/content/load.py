"""Loads all content at once: plans, forms and policies, each checked; what has a fault does not load."""

from collections.abc import Collection, Mapping
from pathlib import Path

from server.content.content import Content
from server.content.forms import Forms
from server.content.load_forms import load_forms
from server.content.load_plans import load_plans
from server.content.load_policies import CheckedPolicies, load_policies
from server.errors import ContentRefused


def load_content(root: Path, *, demo: bool, checked: CheckedPolicies | None = None) -> Content:
    """The content under `root`; demo plans only when `demo`. Raises ContentRefused with every finding.

    `checked` are the policies of earlier loads, which are not checked again while their files are the same.
    """
    findings: list[str] = []
    plans = load_plans(root, findings, demo=demo)
    forms = Forms()
    try:
        forms = load_forms(root / "questionnaires")
    except ContentRefused as refused:
        findings.extend(refused.findings)
    else:
        policies = load_policies(root, form_items(forms), findings, checked)
    if findings:
        raise ContentRefused(findings)
    return Content(policies, plans, forms)


def form_items(forms: Forms) -> Mapping[str, Collection[str]]:
    """The link ids of each form, by canonical (url|version): what a policy's inputs may name."""
    return {form.canonical: form.link_ids for form in forms.by_canonical.values()}
