"""The content that is in force: policies, plans and forms, loaded together and swapped whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.content.forms import Forms
from server.decision.plan.plan import Plan
from server.decision.policy.index import PolicyIndex


@dataclass(frozen=True, slots=True)
class Content:
    """One consistent load of all content."""

    policies: PolicyIndex
    plans: Mapping[str, Plan]
    forms: Forms
    problems: tuple[str, ...] = ()
    """Why a newer edit on disk is not in force: a sentence each, with file and line."""


CurrentContent = Callable[[], Content]
"""Gives the content in force now; ask once per request and keep it for that request."""
