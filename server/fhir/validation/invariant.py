"""Invariants: FHIRPath expressions of a profile that must be true.

Spec page: https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from typing import Protocol

from server.fhir.validation.rule import NOTHING, Rule


class Invariants(Protocol):
    """Makes rules from invariants."""

    def rule(self, key: str, severity: str, expression: str, type: str, added: bool) -> Rule:
        """The rule of an invariant whose focus is of a type or at a path of one; `added` to those that are shipped."""


class NoInvariants:
    """Checks none: structure only."""

    def rule(self, key: str, severity: str, expression: str, type: str, added: bool) -> Rule:
        """The rule that every value keeps."""
        return NOTHING
