"""
Where a webhook may go: to the internet, and to what the operator named.

Whoever adds an endpoint chooses where this server connects to.  Without a guard that is also its own loopback, the
metadata service of its cloud and every machine of its network.  A name is resolved once, every address it has must be
allowed, and the connection is made to those addresses and no others: a name that points elsewhere a moment later
changes nothing.  Redirects are not followed.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_DENIED: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # Teredo among them, which carries an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, likewise
        "3fff::/20",
    )
)
_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is for the internet: NAT64 (64:ff9b::/96), loopback, link-local and unique-local are outside."""


class BlockedError(Exception):
    """Raised for a place that a webhook may not go to; says which and how an operator allows it."""


class Guard:
    """Says where connections may go; *allowed* are networks that are allowed whatever they are."""

    def __init__(self, allowed: Iterable[Network] = (), *, internet: bool = True) -> None:
        self._allowed = tuple(allowed)
        self._internet = internet

    def check(self, address: str) -> None:
        """Raise :class:`BlockedError` unless connections to *address* are allowed."""
        found = _unwrapped(address)
        if any(found in each for each in self._allowed if each.version == found.version):
            return
        if not self._internet:
            raise BlockedError(f"{address}: only https goes to the internet; write https://")
        if not is_public(found):
            raise BlockedError(
                f"{address} is not on the internet: an operator may allow its network with FLOORWATCH_WEBHOOK_ALLOW"
            )


def is_public(address: Address) -> bool:
    """Return whether *address* is a unicast address of the internet."""
    if address.version == _UNICAST.version and address not in _UNICAST:
        return False
    return not any(address in each for each in _DENIED if each.version == address.version)


def networks_of(text: str) -> tuple[Network, ...]:
    """Return the networks in a list with commas: ``127.0.0.0/8,10.1.2.3/32``; raises :class:`ValueError`."""
    return tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())


def check_url(url: str, allowed: Iterable[Network]) -> None:
    """Raise :class:`BlockedError` for a URL that no webhook can have, whatever its host resolves to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BlockedError(f"{url[:200]!r} is no URL: {error}") from error
    if parts.scheme not in ("https", "http") or not host:
        raise BlockedError(f"{url[:200]!r} is no address of a webhook: write https://host/path")
    if parts.username is not None or parts.fragment:
        raise BlockedError(f"{host}: leave user, password and fragment out of the URL; deliveries are signed instead")
    allowed = tuple(allowed)
    if parts.scheme == "http" and not allowed:
        raise BlockedError(f"{host}: only https goes to the internet; write https://")
    guard = guard_of(parts.scheme, allowed)
    if is_literal(host):
        guard.check(host)


def guard_of(scheme: str, allowed: Iterable[Network]) -> Guard:
    """Return what guards connections of a scheme: without TLS only to networks that were allowed."""
    return Guard(allowed, internet=scheme == "https")


def is_literal(host: str) -> bool:
    """Return whether *host* is an address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class GuardedResolver(AbstractResolver):
    """Resolves a name to addresses that are all allowed; the connection is made to one of these."""

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of *host*; raises :class:`BlockedError` where one of them is not allowed."""
        found = await self._inner.resolve(host, port, family)
        for each in found:
            self._guard.check(each["host"])
        return found

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._inner.close()


def _unwrapped(address: str) -> Address:
    """Return the address that is connected to: of an IPv4 address written as IPv6, the former."""
    found: Any = ipaddress.ip_address(address)
    mapped: Address | None = getattr(found, "ipv4_mapped", None)
    unwrapped: Address = mapped or found
    return unwrapped
