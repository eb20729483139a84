"""How often shoppers may ask for codes and try them. All counters are the shop's own (config/limits.py).

Per address, so that nobody's mailbox is flooded and guessing stays hopeless: 30 codes a day of 5 tries each are 150
guesses in a million. Per ip, generously, because a mobile carrier's customers share one. Per shop, against the bill
for mails.
"""

from __future__ import annotations

from config.limits import exceeded, network

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

ADDRESS_SHORT = (5, 10 * MINUTE)
ADDRESS_DAY = (30, DAY)
IP_ASKS = (30, 10 * MINUTE)
IP_TRIES = (60, 10 * MINUTE)
SHOP_ASKS = (300, 10 * MINUTE)


def too_many_codes(address: str, ip: str) -> bool:
    """Count one request for a code and tell whether it goes too far for the ip, the shop or the address."""
    return (
        _exceeded("portal.ask.ip", network(ip), IP_ASKS)
        or _exceeded("portal.ask.shop", "all", SHOP_ASKS)
        or _exceeded("portal.ask.address", address, ADDRESS_SHORT)
        or _exceeded("portal.ask.address.day", address, ADDRESS_DAY)
    )


def too_many_tries(ip: str) -> bool:
    """Count one typed code and tell whether this ip has tried too many."""
    return _exceeded("portal.try.ip", network(ip), IP_TRIES)


def _exceeded(name: str, subject: str, limit: tuple[int, int]) -> bool:
    times, seconds = limit
    return exceeded(name, subject, limit=times, seconds=seconds)
