"""Sends notifications over HTTP, to addresses that the policy allows and nowhere else.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#rest-hook
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict

from server.notification.channel import Send
from server.notification.endpoint import EndpointPolicy
from server.notification.subscription import Channel, Problem

TIMEOUT_SECONDS = 30
"""Time that an endpoint has to answer when its Subscription names none."""

LONGEST_TIMEOUT_SECONDS = 120
"""The longest time that a Subscription can ask for: the most that is allowed is ours to choose below it."""

MAX_ANSWER_BYTES = 65_536
"""How much of an answer is read, so that its connection can be used again; its content is of no interest."""


@asynccontextmanager
async def rest_hook(policy: EndpointPolicy, resolver: AbstractResolver | None = None) -> AsyncIterator[Send]:
    """Sends by POST as long as it is open."""
    allowed = _Allowed(policy, resolver or aiohttp.ThreadedResolver())
    connector = aiohttp.TCPConnector(resolver=allowed, use_dns_cache=False, limit=0, limit_per_host=0)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": "Passage", "Accept": "application/fhir+json, */*;q=0.1"},
    )

    async def send(channel: Channel, body: bytes) -> Problem | None:
        if policy.problem_of_url(channel.endpoint):
            return "no-response"
        try:
            return await _post(session, channel, body)
        except aiohttp.ClientConnectorDNSError:
            return "dns-resolution-error"
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return "no-response"

    async with session:
        yield send


async def _post(session: aiohttp.ClientSession, channel: Channel, body: bytes) -> Problem | None:
    """What became of one POST. A redirect is no acceptance: its target is an address that nobody judged.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@25, hl7.fhir.uv.subscriptions_1.1.0@26, hl7.fhir.uv.subscriptions_1.1.0@27,
    hl7.fhir.uv.subscriptions_1.1.0@97
    """
    seconds = min(channel.timeout_seconds or TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS)
    async with session.post(
        channel.endpoint,
        data=body,
        headers=_headers(channel),
        allow_redirects=False,
        timeout=aiohttp.ClientTimeout(total=seconds),
    ) as answer:
        accepted = 200 <= answer.status < 300
        await answer.content.read(MAX_ANSWER_BYTES)
    return None if accepted else "error-response"


def _headers(channel: Channel) -> CIMultiDict[str]:
    """All headers, those of one name in its first spelling: the client keeps only one of several spellings."""
    spelled: dict[str, str] = {}
    lines = [*channel.headers, ("Content-Type", channel.payload)]
    return CIMultiDict((spelled.setdefault(name.lower(), name), value) for name, value in lines)


class _Allowed(AbstractResolver):
    """Resolves a name to the addresses that the policy allows: those, and no others, are connected to."""

    def __init__(self, policy: EndpointPolicy, resolver: AbstractResolver) -> None:
        self._policy = policy
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a name. Raises OSError where there is none."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [each for each in found if self._policy.allows_address(each["host"])]
        if not allowed:
            raise OSError("the name resolves to no address that notifications may go to")
        return allowed

    async def close(self) -> None:
        """Closes what resolves."""
        await self._resolver.close()
