"""Policies by the codes they cover: looked up, never scanned."""

from collections.abc import Iterable
from datetime import date

from server.decision.codes import canonical
from server.decision.policy.policy import Policy, ScopeRow
from server.decision.request import Code


class PolicyIndex:
    """All policies in force and out of it, by code."""

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self.policies = tuple(policies)
        self._by_code: dict[tuple[str, str], list[tuple[ScopeRow, Policy]]] = {}
        for policy in self.policies:
            for row in policy.rows:
                code = canonical(row.code)
                self._by_code.setdefault((code.system, code.code), []).append((row, policy))

    def lookup(
        self, codes: Iterable[Code], line_of_business: str, on: date, place: Iterable[Code] = ()
    ) -> Policy | None:
        """The policy in force on the day for the first of the codes that one covers."""
        places = frozenset(canonical(code) for code in place)
        for code in codes:
            known = canonical(code)
            for row, policy in self._by_code.get((known.system, known.code), ()):
                if row.applies(line_of_business, on, places):
                    return policy
        return None

    def rows(self, code: Code) -> tuple[tuple[ScopeRow, Policy], ...]:
        """All rows of a code, whatever their days: what a check for overlaps compares."""
        known = canonical(code)
        return tuple(self._by_code.get((known.system, known.code), ()))

    def codes(self) -> tuple[Code, ...]:
        """All codes that a policy covers."""
        return tuple(Code(system, code) for system, code in self._by_code)
