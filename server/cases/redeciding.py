"""How whoever brings new evidence to a case has its items decided again, by the rules that decided them first.

The feature that answers Claims reads them and decides; whoever brings the evidence says which items it is about, and
what becomes of what waits. So a guide's reading of a Claim stays in the guide's folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.cases.case import Case, CaseItem
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class Evidence:
    """Resources that came after the Claim, and the items that they are about."""

    resources: Mapping[str, Json]
    """By a name of their own, such as `Observation/1`; what came later under a name replaces what was before."""
    places: Mapping[str, str]
    """The FHIRPath of each resource in the request that brought it."""
    sequences: frozenset[int] = frozenset()
    """Empty: all items."""


class Redeciding(Protocol):
    """Decides items again."""

    async def __call__(
        self, case: Case, evidence: Sequence[Evidence], sequences: frozenset[int]
    ) -> Mapping[int, CaseItem]:
        """The items as a Claim that had come with all the evidence would be answered now, by their sequence; an item
        that can't be decided (its coverage is not known any more) is left out. Nothing is written."""
