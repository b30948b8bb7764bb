"""Where notifications may go. The address of a Subscription comes from outside and we call it from inside, so it must
not reach what only we can reach: the machine itself, its network, the cloud's metadata.

A name is judged when it is asked for, and each address that it resolves to when it is called: the address that was
judged is the one that is connected to.
Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#security
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import SplitResult, urlsplit

Reach = Literal["public", "private", "any"]

_METADATA = frozenset({"169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"})
_NAT64 = ip_network("64:ff9b::/96")
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa")

_HTTPS = "the endpoint must be an https address; http is only used where this server's settings allow it"
_PRIVATE = "the endpoint is on a private or local network; this server's settings allow public addresses only"
_NO_ADDRESS = "the endpoint must be an absolute https address with a host, without user information and fragment"


@dataclass(frozen=True, slots=True)
class EndpointPolicy:
    """What an endpoint may be."""

    allow_http: bool = False
    allow_private: bool = False

    @staticmethod
    def named(reach: Reach) -> "EndpointPolicy":
        """The policy of a setting's word: public, private (those too) or any (http too)."""
        return EndpointPolicy(allow_http=reach == "any", allow_private=reach != "public")

    def problem_of_url(self, url: str) -> str | None:
        """Why an address is not called, without quoting it; None when it may be.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@11, hl7.fhir.uv.subscriptions_1.1.0@32
        """
        parts = _parts(url)
        if parts is None or not parts.hostname:
            return _NO_ADDRESS
        if parts.scheme == "http" and not self.allow_http:
            return _HTTPS
        return self._problem_of_host(parts.hostname)

    def allows_address(self, address: str) -> bool:
        """Whether a resolved address may be connected to."""
        return self._allows(_unwrapped(ip_address(address.partition("%")[0])))

    def _problem_of_host(self, host: str) -> str | None:
        try:
            literal = _unwrapped(ip_address(host))
        except ValueError:
            name = host.rstrip(".").lower()
            # `127.1` and `0x7f000001` are addresses to a resolver, and no name ends in a number.
            if name.rpartition(".")[2][:1].isdigit():
                return _NO_ADDRESS
            local = "." not in name or any(name == each or name.endswith(f".{each}") for each in _LOCAL_NAMES)
            return _PRIVATE if local and not self.allow_private else None
        return None if self._allows(literal) else _PRIVATE

    def _allows(self, address: IPv4Address | IPv6Address) -> bool:
        if str(address) in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        return self.allow_private or address.is_global


def _parts(url: str) -> SplitResult | None:
    if any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and "@" not in parts.netloc and not parts.fragment and port != 0
    return parts if plain else None


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv6Address):
        if inner := address.ipv4_mapped or address.sixtofour:
            return inner
        if address.teredo:
            return address.teredo[1]
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
