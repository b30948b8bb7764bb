"""What validation asks of terminology. The shipped facts answer it; a terminology server can answer it too.

Spec page: https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Sequence
from typing import Protocol


class CodeSet(Protocol):
    """A value set that can be asked for one code."""

    def has(self, system: str | None, code: str) -> bool | None:
        """Whether a code is in the set; None when that is not known. `system` None asks for a code alone."""


class Codes(Protocol):
    """A code system that can be asked for one code."""

    def has(self, code: str) -> bool:
        """Whether the code is one of the system."""


class Terminology(Protocol):
    """Finds value sets and code systems by canonical."""

    def value_set(self, canonical: str, prefer: Sequence[tuple[str, str]] = ()) -> CodeSet | None:
        """The value set; of several with the same url that of the first preferred package (name and version) that has
        one. None when it is not known.
        """

    def system(self, url: str) -> Codes | None:
        """A code system whose codes are all known; None for any other."""

    def is_checked(self, system: str, code: str) -> bool:
        """Whether a code of the system can be judged here. Where not, that is said once and nothing is refused."""

    def is_published(self, system: str) -> bool:
        """Whether the guides name the system: such a url tells nothing about who wrote the resource."""


class Learning(Protocol):
    """Terminology that may know more when it was asked once: what nobody here knows is fetched between two passes."""

    async def learn(self) -> bool:
        """Fetches what was asked for in vain. True when a second pass may judge more than the first did."""
