"""A browser named as its owner would name it: "Chrome on Android"."""

from __future__ import annotations

from django.utils.translation import gettext as _

# First match wins: an in-app browser or Edge also calls itself Chrome, and every one of them Safari.
BROWSERS = (
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(", "Naver"),
    ("Instagram", "Instagram"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
HANDHELD = ("iPhone", "iPad", "Android")


def device_name(user_agent: str) -> str:
    """Browser and system in words; what cannot be told is said so, never shown raw."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


def is_handheld(user_agent: str) -> bool:
    """Whether a phone or tablet rather than a computer."""
    return any(mark in user_agent for mark in HANDHELD)


def _first(marks: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in marks if mark in user_agent), "")
