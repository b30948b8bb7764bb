"""Finds codes that two policies cover for the same line of business, place and day: which of them decides?"""

from collections.abc import Iterator
from datetime import date

from server.decision.policy.index import PolicyIndex
from server.decision.policy.policy import Policy, ScopeRow


def overlaps(index: PolicyIndex) -> Iterator[tuple[Policy, Policy, ScopeRow]]:
    """Each pair of policies that overlap, once, with the row of the second. Linear in the rows that do not overlap."""
    reported: set[tuple[str, str, str, str]] = set()
    for code in index.codes():
        rows = sorted(index.rows(code), key=lambda pair: pair[0].start or date.min)
        for position, (row, policy) in enumerate(rows):
            for other, other_policy in rows[position + 1 :]:
                if (other.start or date.min) > (row.end or date.max):
                    break
                key = (policy.id, policy.version, other_policy.id, other_policy.version)
                meet = _meet(row.lines_of_business, other.lines_of_business) and _meet(row.places, other.places)
                if meet and key not in reported:
                    reported.add(key)
                    yield policy, other_policy, other


def _meet(one: frozenset[object], other: frozenset[object]) -> bool:
    return not one or not other or bool(one & other)
