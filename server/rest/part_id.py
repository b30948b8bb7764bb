"""Ids of resources that came inside a Claim's Bundle and have no entry of their own: made when they are asked for.

A Bundle brings a dozen resources, and nearly all of them are never read. So none is indexed: the id says in which case
to look, and for which fullUrl. It stays the same however often the resource is sent again for that case.
Spec page: https://hl7.org/fhir/R4/resource.html#id
"""

from hashlib import sha256

_MARK = "."
"""Between the two halves; no id of an entry has one."""
_DIGITS = 20


def part_id(case: str, full_url: str) -> str:
    """The id of what a case knows under a fullUrl."""
    return f"{case}{_MARK}{sha256(full_url.encode()).hexdigest()[:_DIGITS]}"


def case_of(id: str) -> str | None:
    """The case that an id leads to; None for an id of another kind."""
    case, mark, rest = id.rpartition(_MARK)
    return case if mark and case and len(rest) == _DIGITS else None
