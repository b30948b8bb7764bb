"""The sender over real HTTP: where it connects to, what it takes as acceptance, how much it reads."""

import asyncio
import logging
import socket

import pytest
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult

from server.notification.endpoint import EndpointPolicy
from server.notification.rest_hook import rest_hook
from server.notification.subscription import Channel, Problem
from tests.builders.subscriptions import Listener, a_listener, a_subscription

ANY = EndpointPolicy.named("any")
HTTP_PUBLIC = EndpointPolicy(allow_http=True)


async def sent(
    channel: Channel, policy: EndpointPolicy = ANY, resolver: AbstractResolver | None = None
) -> Problem | None:
    """What became of one notification."""
    async with rest_hook(policy, resolver) as send:
        return await send(channel, b'{"resourceType":"Bundle"}')


def a_channel(url: str, *headers: tuple[str, str]) -> Channel:
    return a_subscription(url, channel={"headers": headers}).channel


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@27")
async def test_every_header_is_sent_as_it_was_given_also_twice(listener: Listener) -> None:
    headers = (("Authorization", "Basic a: b"), ("X-Tag", "one"), ("x-tag", "two"), ("User-Agent", "of the client"))

    problem = await sent(a_channel(listener.url, *headers))

    [received] = listener.received
    names = ("authorization", "x-tag", "user-agent")
    assert problem is None
    assert sorted((name.lower(), value) for name, value in received.headers if name.lower() in names) == [
        ("authorization", "Basic a: b"),
        ("user-agent", "of the client"),
        ("x-tag", "one"),
        ("x-tag", "two"),
    ]
    assert received.body == b'{"resourceType":"Bundle"}'


@pytest.mark.parametrize(
    ("status", "problem"),
    [(200, None), (202, None), (204, None), (301, "error-response"), (307, "error-response"), (404, "error-response")]
    + [(410, "error-response"), (500, "error-response")],
)
async def test_only_a_status_of_2xx_is_acceptance_and_no_redirect_is_followed(
    listener: Listener, status: int, problem: Problem | None
) -> None:
    async with a_listener() as inner:
        listener.always, listener.location = status, inner.url

        found = await sent(a_channel(listener.url))

        assert found == problem
        assert inner.received == []


class Rebound(AbstractResolver):
    """Says of every name that it is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The loopback address."""
        flags = socket.AI_NUMERICHOST
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=flags)]

    async def close(self) -> None:
        """Nothing is held."""


async def test_a_name_that_resolves_to_what_is_not_allowed_is_never_connected_to(listener: Listener) -> None:
    channel = a_channel(listener.url.replace("127.0.0.1", "ehr.example.com"))

    refused = await sent(channel, HTTP_PUBLIC, Rebound())
    allowed = await sent(channel, ANY, Rebound())

    assert (refused, allowed) == ("dns-resolution-error", None)
    assert len(listener.received) == 1


async def test_an_address_that_is_no_longer_allowed_is_not_called(listener: Listener) -> None:
    assert await sent(a_channel(listener.url), HTTP_PUBLIC) == "no-response"
    assert listener.received == []


async def test_a_name_that_does_not_resolve_is_said_to_be_one() -> None:
    assert await sent(a_channel("http://no-such-name.invalid/hook")) == "dns-resolution-error"


async def test_nobody_listening_is_no_response(unused_port: int) -> None:
    assert await sent(a_channel(f"http://127.0.0.1:{unused_port}/hook")) == "no-response"


@pytest.fixture
def unused_port() -> int:
    """A port where nothing answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def test_an_endless_answer_is_read_to_a_limit_only() -> None:
    written = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.read(65_536)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while written < 100_000_000:
                writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                await writer.drain()
                written += 65_536
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    problem = await sent(a_channel(f"http://127.0.0.1:{port}/hook"))

    server.close()
    await asyncio.sleep(0.05)
    assert problem is None
    assert written < 20_000_000


async def test_logs_hold_no_header_and_no_address(listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    with structlog.testing.capture_logs() as logs:
        problem = await sent(a_channel(f"{listener.url}/SECRET-PATH", ("X-Key", "SECRET-VALUE")))

    assert problem == "error-response"
    assert "SECRET" not in f"{logs}{caplog.text}"
