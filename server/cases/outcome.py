"""What became of an item, as one word for people: the rules' outcome until a person or the requester said otherwise."""

from collections.abc import Mapping

from server.cases.case import CaseItem
from server.fhir.json import Json

_BY_PERSON: Mapping[str, str] = {"A1": "approved", "A3": "denied", "A6": "modified"}


def outcome_word(item: Json) -> str:
    """The word of an item of a stored case: approved, not-required, limited, excluded, pended, denied, modified or
    cancelled."""
    action = item.get("review_action")
    if action == "C":
        return "cancelled"
    if item.get("decider") and action in _BY_PERSON:
        return _BY_PERSON[action]
    return str(item["explanation"]["outcome"]["kind"])


def with_person(item: CaseItem) -> bool:
    """Whether a person moved a pended item to another queue than the rules had: people decide it from then on."""
    owner = item.explanation["outcome"].get("owner")
    return item.owner is not None and owner is not None and item.owner != owner
