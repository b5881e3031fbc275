"""Where webhooks may go: the internet and what was allowed, by whatever way an address is written."""

import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver

from alerts.delivery.guard import BlockedError, Guard, GuardedResolver, check_url, networks_of

LOOPBACK = networks_of("127.0.0.0/8, ::1/128")


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="end-of-loopback"),
        pytest.param("0.0.0.0", id="this-host"),  # noqa: S104
        pytest.param("10.0.0.1", id="private-10"),
        pytest.param("172.16.0.1", id="private-172"),
        pytest.param("172.31.255.255", id="end-of-private-172"),
        pytest.param("192.168.1.1", id="private-192"),
        pytest.param("169.254.169.254", id="metadata-service"),
        pytest.param("100.64.0.1", id="carrier"),
        pytest.param("100.127.255.255", id="end-of-carrier"),
        pytest.param("192.0.0.192", id="metadata-of-another-cloud"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("203.0.113.7", id="documentation"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="unspecified-6"),
        pytest.param("::1", id="loopback-6"),
        pytest.param("::127.0.0.1", id="ipv4-compatible"),
        pytest.param("::ffff:127.0.0.1", id="ipv4-mapped"),
        pytest.param("::ffff:a9fe:a9fe", id="metadata-mapped"),
        pytest.param("64:ff9b::7f00:1", id="nat64"),
        pytest.param("64:ff9b::169.254.169.254", id="metadata-by-nat64"),
        pytest.param("64:ff9b:1::1", id="local-nat64"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("2001:0:7f00:1::", id="teredo"),
        pytest.param("2001:db8::1", id="documentation-6"),
        pytest.param("fe80::1", id="link-local-6"),
        pytest.param("fe80::1%eth0", id="link-local-6-with-zone"),
        pytest.param("fc00::1", id="unique-local"),
        pytest.param("fd00:ec2::254", id="metadata-6"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("ff02::1", id="multicast-6"),
        pytest.param("100::1", id="discard"),
    ],
)
def test_an_address_that_is_not_on_the_internet_is_blocked(address):
    """Whatever form it is in, and it says how an operator allows it."""
    with pytest.raises(BlockedError, match="FLOORWATCH_WEBHOOK_ALLOW"):
        Guard().check(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "11.0.0.0", "9.255.255.255", "172.32.0.0", "126.255.255.255", "100.128.0.0", "2606:4700::1111"],
)
def test_an_address_on_the_internet_is_allowed(address):
    """Also those that lie just beside what is not."""
    Guard().check(address)


def test_a_network_that_an_operator_allows_is_allowed():
    """That one, and no other; mapped addresses count as what they are."""
    guard = Guard(networks_of("10.1.2.0/24"))
    guard.check("10.1.2.3")
    guard.check("::ffff:10.1.2.3")
    for address in ("10.1.3.3", "127.0.0.1"):
        with pytest.raises(BlockedError):
            guard.check(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("http://1.1.1.1/", "https", id="in-the-clear"),
        pytest.param("https://127.0.0.1/", "not on the internet", id="loopback"),
        pytest.param("https://[::1]/", "not on the internet", id="loopback-6"),
        pytest.param("https://[::ffff:10.0.0.1]/", "not on the internet", id="mapped"),
        pytest.param("ftp://example.org/", "https://host", id="another-scheme"),
        pytest.param("file:///etc/passwd", "https://host", id="file"),
        pytest.param("https:///path", "https://host", id="no-host"),
        pytest.param("https://user:pass@example.org/", "user", id="password"),
        pytest.param("https://example.org/#x", "fragment", id="fragment"),
        pytest.param("https://example.org:99999/", "no URL", id="no-port"),
        pytest.param("https://[::1/", "no URL", id="no-url"),
        pytest.param("", "https://host", id="empty"),
    ],
)
def test_a_url_that_no_webhook_can_have_is_refused_when_it_is_added(url, why):
    """Before anything is resolved."""
    with pytest.raises(BlockedError, match=why):
        check_url(url, ())


def test_a_url_in_the_clear_may_go_to_allowed_networks():
    """As tests and machines behind a firewall need it."""
    check_url("http://127.0.0.1:8000/", LOOPBACK)
    check_url("http://[::1]:8000/", LOOPBACK)
    check_url("https://example.org/hook", ())


class Names(AbstractResolver):
    """Names with the addresses given."""

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        """Return the addresses."""
        return [{"hostname": host, "host": each, "port": port, "family": family} for each in self.addresses]

    async def close(self):
        """Do nothing."""


@pytest.mark.parametrize(
    ("addresses", "blocked"),
    [(("1.1.1.1",), False), (("127.0.0.1",), True), (("1.1.1.1", "10.0.0.1"), True), (("10.0.0.1", "::1"), True)],
    ids=["public", "loopback", "one-of-two", "none-of-two"],
)
async def test_every_address_of_a_name_must_be_allowed(addresses, blocked):
    """A connection is made to any of them."""
    resolver = GuardedResolver(Guard(), Names(*addresses))
    if blocked:
        with pytest.raises(BlockedError):
            await resolver.resolve("hook.example")
    else:
        assert [each["host"] for each in await resolver.resolve("hook.example")] == list(addresses)
    await resolver.close()


@pytest.mark.parametrize("name", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost"])
async def test_numbers_that_resolve_to_loopback_are_blocked(name):
    """The system's resolver understands many ways to write an address; what counts is what it makes of them."""
    try:
        await asyncio.get_running_loop().getaddrinfo(name, 443)
    except socket.gaierror:
        pytest.skip(f"this system does not resolve {name}")
    with pytest.raises(BlockedError):
        await GuardedResolver(Guard()).resolve(name, 443)
