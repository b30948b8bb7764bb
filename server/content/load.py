"""Loads all content at once: plans, forms and policies, each checked; what has a fault does not load."""

from pathlib import Path

from server.content.content import Content
from server.content.forms import Forms
from server.content.load_plans import load_plans
from server.decision.policy.index import PolicyIndex
from server.errors import ContentRefused


def load_content(root: Path, *, demo: bool) -> Content:
    """The content under `root`; demo plans only when `demo`. Raises ContentRefused with every finding."""
    findings: list[str] = []
    plans = load_plans(root, findings, demo=demo)
    if findings:
        raise ContentRefused(findings)
    return Content(PolicyIndex(), plans, Forms())
