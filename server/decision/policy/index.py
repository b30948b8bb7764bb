"""Policies by the codes they cover: looked up, never scanned."""

from collections.abc import Iterable
from datetime import date

from server.decision.policy.policy import Policy
from server.decision.request import Code


class PolicyIndex:
    """All policies in force and out of it, by code."""

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self.policies = tuple(policies)

    def lookup(
        self, codes: Iterable[Code], line_of_business: str, on: date, place: Iterable[Code] = ()
    ) -> Policy | None:
        """The policy in force on the day for the first of the codes that one covers."""
        return None
