"""The two validators of one folder of profiles: as the guides stand, and with the relaxed rules that are enforced.

Opening reads names only; a profile is compiled when it is first held against something.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from server.fhir.validation.relaxed import open_relaxed
from server.fhir.validation.validate import Validator, open_validator


@dataclass(frozen=True, slots=True)
class Profiles:
    """Each validator is opened at its first use, and once."""

    strict: Callable[[], Validator]
    """For `$validate`: what a guide says, however faulty."""
    relaxed: Callable[[], Validator]
    """For requests and answers. Raises ContentRefused when the table of relaxed rules does not fit the profiles."""


def profiles_of(folder: Path) -> Profiles:
    """The validators of a folder."""
    return Profiles(cache(partial(open_validator, folder)), cache(partial(open_relaxed, folder)))
