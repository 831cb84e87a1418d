"""Who is at the other end of the connection. Forwarded headers count only when our own proxy sent them."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.requests import Request

from participation.settings import Settings

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def client_block(request: Request, settings: Settings) -> str:
    """The visitor's address, for throttles: one IPv4 address, or the /64 that one IPv6 connection commands."""
    address = _parsed(request.client.host if request.client else "")
    hops = request.headers.get("x-forwarded-for", "").split(",")
    while hops and address and any(address in network for network in settings.trusted_proxies):
        forwarded = _parsed(hops.pop().strip())
        if forwarded is None:
            break
        address = forwarded
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


def is_forwarded(request: Request) -> bool:
    """Has the request come through a proxy? Then this is no developer's own machine."""
    return any(name in request.headers for name in _FORWARDED)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
