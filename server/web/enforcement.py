"""How strictly each operation and hook holds requests against its profiles, as one setting says.

`enforce` refuses what breaks a profile, `report` answers it and tells of the findings, `off` does not look. The setting
is a list such as `enforce,Claim/$submit=report,cds-services=off`: the word alone is for everything that is not named.
Spec page: https://hl7.org/fhir/R4/validation.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from server.errors import SettingRefused

Strictness = Literal["enforce", "report", "off"]

HOOKS = "cds-services"
"""The name of all hooks together."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The strictness by name."""

    otherwise: Strictness = "enforce"
    named: Mapping[str, Strictness] = field(default_factory=dict)

    def of(self, *names: str) -> Strictness:
        """The strictness of what has these names, the most particular first."""
        return next((self.named[name] for name in names if name in self.named), self.otherwise)

    def check(self, known: Iterable[str]) -> None:
        """Raises SettingRefused when a name is none of `known`."""
        listed = sorted(known)
        if [name for name in self.named if name not in listed]:
            told = f"PASSAGE_VALIDATION names an operation or hook that is not here; there are {', '.join(listed)}."
            raise SettingRefused(told)


def read_enforcement(text: str) -> Enforcement:
    """The enforcement of a setting's text. Raises ValueError with what is allowed."""
    otherwise: Strictness = "enforce"
    named: dict[str, Strictness] = {}
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, _, word = part.rpartition("=")
        strictness = _strictness(word.strip())
        if name.strip() in ("", "*"):
            otherwise = strictness
        else:
            named[name.strip()] = strictness
    return Enforcement(otherwise, named)


def _strictness(word: str) -> Strictness:
    for known in get_args(Strictness):
        if word == known:
            return known  # type: ignore[no-any-return]
    raise ValueError("use enforce, report or off, alone or as name=word, with commas between")
