"""The two validators of some folders of profiles: as the guides stand, and with the relaxed rules that are enforced.

Opening reads names only; a profile is compiled when it is first held against something.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from server.fhir.terminology.learned import LearnedTerminology
from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.relaxed import open_relaxed
from server.fhir.validation.validate import Validator, open_validator
from server.terminology.remote import RemoteTerminology


async def _nothing_to_learn() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Profiles:
    """Each validator is opened at its first use, and once."""

    strict: Callable[[], Validator]
    """For `$validate`: what a guide says, however faulty."""
    relaxed: Callable[[], Validator]
    """For requests and answers. Raises ContentRefused when the table of relaxed rules does not fit the profiles."""
    learn: Callable[[], Awaitable[bool]] = _nothing_to_learn
    """Asks the terminology server what `strict` could not say, and tells whether another look is worth it."""


def profiles_of(*folders: Path, terminology_url: str | None = None) -> Profiles:
    """The validators of the folders; a later one goes before an earlier one.

    A terminology server is asked for `$validate` alone: no request waits for it, and none is refused for its word.
    """
    relaxed = cache(partial(open_relaxed, *folders))
    if terminology_url is None:
        return Profiles(cache(partial(open_validator, *folders)), relaxed)
    learned = LearnedTerminology(LocalTerminology.of_folder(*folders))
    remote = RemoteTerminology(learned, terminology_url, time.monotonic)
    return Profiles(cache(partial(open_validator, *folders, terminology=learned)), relaxed, remote.learn)
