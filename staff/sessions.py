"""Where a person is signed in, and ending that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession

from staff.models import User

# The first that matches wins: Edge and Samsung's browser also call themselves Chrome, Chrome calls itself Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("Whale/", "Whale"),
    ("SamsungBrowser", "Samsung Internet"),
    ("KAKAOTALK", "KakaoTalk"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SignedIn:
    """One browser that is signed in."""

    id: int
    device: str
    phone: bool
    ip: str
    since: datetime
    current: bool


def sessions_of(user: User, current_key: str | None) -> list[SignedIn]:
    """The browsers in which this person is signed in, the asking one first, then the latest."""
    found = [_signed_in(session, current_key) for session in UserSession.objects.purge_and_list(user)]
    return sorted(found, key=lambda session: (not session.current, -session.since.timestamp()))


def end(user: User, session_id: int, *, kept_key: str | None) -> bool:
    """Sign another browser out. False when it is the asking one, not this person's, or was signed out before."""
    session = UserSession.objects.filter(user=user, pk=session_id).exclude(session_key=kept_key or "").first()
    if session:
        session.end()
    return session is not None


def end_others(user: User, kept_key: str | None) -> int:
    """Sign a person out everywhere but in one browser; how many that were."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=kept_key or ""))
    for session in others:
        session.end()
    return len(others)


def end_all(user: User) -> None:
    """Sign a person out everywhere."""
    end_others(user, None)


def device(user_agent: str) -> str:
    """What a browser calls itself, in words: `Chrome · Windows`; its own text when it is none we know."""
    names = [_first(user_agent, BROWSERS), _first(user_agent, SYSTEMS)]
    return " · ".join(name for name in names if name) or user_agent[:40]


def _signed_in(session: UserSession, current_key: str | None) -> SignedIn:
    name = device(session.user_agent)
    return SignedIn(
        id=session.pk,
        device=name,
        phone=any(system in name for system in ("iPhone", "iPad", "Android")),
        ip=session.ip,
        since=session.created_at,
        current=session.session_key == current_key,
    )


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
