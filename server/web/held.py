"""What a hook call holds of FHIR, and what is asked of whoever holds it against its profiles.

A hook's body is no resource, so its parts are named one by one. Nothing here knows a guide or the validator.
Spec page: https://cds-hooks.hl7.org/#http-request_1
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class HeldPart:
    """One resource of a call or of an answer."""

    place: str
    """FHIRPath by which it stands in the body."""
    resource: Json
    profiles: tuple[str, ...] = ()
    """It must fit one of these; none: its type."""
    only_base: bool = False
    """Whether no more is asked than valid R4: what it breaks of profiles is told and refuses nothing."""


class HoldParts(Protocol):
    """Holds the parts of calls and answers against R4 and their profiles."""

    @property
    def checks_answers(self) -> bool:
        """Whether answers are checked at all."""

    async def called(self, hook: str, parts: Sequence[HeldPart], size_bytes: int) -> tuple[tuple[str, str], ...]:
        """Headers for the answer to a call that may go on; raises RequestRefused for one that may not."""

    async def answered(self, hook: str, version: str, parts: Sequence[HeldPart]) -> None:
        """Holds what an answer in a version of the guide carries."""
