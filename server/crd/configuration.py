"""The options by which a client says what it wants to be told, and how its wishes are read.

Spec page: https://hl7.org/fhir/us/davinci-crd/deviations.html#configuration-options-extension
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from server.fhir.json import Json
from server.fhir.lenient import obj


@dataclass(frozen=True, slots=True)
class Option:
    """One option that discovery offers and every call of the service obeys.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@dev-4
    """

    code: str
    type: Literal["boolean", "integer"]
    name: str
    description: str
    default: bool | int

    def declared(self) -> Json:
        """The option as discovery writes it."""
        return {
            "code": self.code,
            "type": self.type,
            "name": self.name,
            "description": self.description,
            "default": self.default,
        }


COVERAGE_INFO = Option(
    "coverage-info",
    "boolean",
    "Coverage information",
    "Whether each order is answered with its coverage, authorization and documentation requirements, written onto it.",
    True,
)
GUIDELINE = Option(
    "guideline",
    "boolean",
    "Coverage policies",
    "Whether a card links the published coverage policy that the requirements of an order come from.",
    True,
)
LIMITS = Option(
    "limits",
    "boolean",
    "Limits of the contract",
    "Whether a card says how much of an ordered service the contract covers for one request.",
    True,
)
MAX_CARDS = Option(
    "max-cards",
    "integer",
    "Most cards",
    "How many cards at most are returned; those about the orders named first come first.",
    10,
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the client wishes, defaults included."""

    coverage_info: bool
    guideline: bool
    limits: bool
    max_cards: int

    @property
    def cards(self) -> bool:
        """Whether any card is wanted."""
        return self.max_cards > 0 and (self.guideline or self.limits)


def configuration(wishes: Json, options: Iterable[Option]) -> Configuration:
    """The configuration of a call. What is unknown or makes no sense is ignored, and the default holds.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@dev-14
    """
    given: Mapping[str, Json] = obj(wishes)
    chosen = {option.code: _chosen(given.get(option.code), option) for option in options}
    return Configuration(
        coverage_info=bool(chosen.get(COVERAGE_INFO.code, False)),
        guideline=bool(chosen.get(GUIDELINE.code, False)),
        limits=bool(chosen.get(LIMITS.code, False)),
        max_cards=int(chosen.get(MAX_CARDS.code, 0)),
    )


def _chosen(wish: Json, option: Option) -> bool | int:
    if option.type == "boolean":
        return wish if isinstance(wish, bool) else option.default
    return wish if isinstance(wish, int) and not isinstance(wish, bool) and wish >= 0 else option.default
