"""Where webhooks may lead: out into the public network, and nowhere within ours.

An address is checked when the URL is set, if the URL names one, and again at each delivery, after
the name is resolved. What is connected to is the address that was checked: a name that resolves
to something else a moment later gains nothing.
"""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from portal.api.status import ApiError, out_of_range

MAX_URL_LENGTH = 2000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefusedError(Exception):
    """The target is where webhooks may not lead."""


def check_url(text: str) -> str:
    """The URL as given, if a webhook may have it. Raises ApiError 10."""
    try:
        parts, url = urlsplit(text), httpx.URL(text)
        port = parts.port
    except (ValueError, httpx.InvalidURL):
        raise _refused("must be a URL") from None
    if url.scheme not in schemes():
        raise _refused(f"must begin with {' or '.join(f'{one}://' for one in schemes())}")
    if not url.raw_host or port == 0:
        raise _refused("must name a host")
    if parts.username is not None or parts.password is not None:
        raise _refused("must not hold a user name or password")
    if parts.fragment:
        raise _refused("must not have a fragment")
    _check_host(url.raw_host.decode("ascii"))
    return text


def schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.WEBHOOK_ALLOW_HTTP else ("https",)


def _check_host(host: str) -> None:
    """Refuse what needs no name server to be seen through."""
    address = _literal(host)
    if address is None and (host == "localhost" or host.endswith(".localhost")):
        address = ipaddress.ip_address("127.0.0.1")
    if address is not None and not is_allowed(address):
        raise _refused("leads to an address that is not allowed")


def _literal(host: str) -> Address | None:
    """The address that a host spells out, also in the old ways: 2130706433, 0x7f.1, 127.1."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def is_allowed(address: Address) -> bool:
    """Whether it is public, or in a network that the settings allow."""
    meant = _meant(address)
    if any(meant in network for network in settings.WEBHOOK_ALLOWED_NETWORKS):
        return True
    return meant.is_global and not meant.is_multicast


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def resolved(url: httpx.URL) -> list[str]:
    """The addresses to connect to.

    Raises TargetRefusedError where one of them is not allowed, OSError where there is none.
    """
    loop = asyncio.get_running_loop()
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await loop.getaddrinfo(
        url.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    # An IPv6 address may carry the name of an interface: fe80::1%eth0.
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(is_allowed(ipaddress.ip_address(text.partition("%")[0])) for text in texts):
        raise TargetRefusedError("The target's address is not allowed")
    return texts


def _refused(why: str) -> ApiError:
    return out_of_range(f"url {why}")
