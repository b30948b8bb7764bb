"""Follows every literal reference from what REST serves, as a client does that has nothing but the server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

Json = Any

READ = ("Claim", "ClaimResponse", "CommunicationRequest", "Task", "QuestionnaireResponse", "DocumentReference")


@dataclass
class Followed:
    """What was found: the resources by their address below the base, and the references that lead nowhere here."""

    read: dict[str, Json] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    """From where, and to where."""


async def follow(client: httpx2.AsyncClient, base: str) -> Followed:
    """Everything that can be reached from what a search of each type gives."""
    followed = Followed()
    waiting: list[tuple[str, str]] = []
    for type in READ:
        bundle = (await client.get(f"{base}/{type}?_count=100")).json()
        waiting += [("search", f"{type}/{entry['resource']['id']}") for entry in bundle.get("entry", ())]
    while waiting:
        origin, address = waiting.pop()
        if address in followed.read:
            continue
        if not is_ours(address, base):
            followed.elsewhere.append(address)
            continue
        response = await client.get(address if address.startswith("http") else f"{base}/{address}")
        if response.status_code != 200:
            followed.dead.append(f"{origin} -> {address}: {response.status_code}")
            continue
        resource = followed.read[address] = response.json()
        assert address.split("/")[-2:] == [resource["resourceType"], resource["id"]]
        waiting += [(address, each) for each in references(resource)]
    return followed


def is_ours(address: str, base: str) -> bool:
    """Whether an address is one of this server: a relative one is."""
    return address.startswith("http://passage.test/") or not address.startswith(("http:", "https:"))


def references(value: Json) -> Iterator[str]:
    """The literal references of a resource, but for those to what it contains."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference
        for each in value.values():
            yield from references(each)


def without_addresses(value: Json) -> Json:
    """A resource but for where its references lead: that depends on where it is read."""
    if isinstance(value, list):
        return [without_addresses(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: without_addresses(each) for name, each in value.items() if name != "reference"}
