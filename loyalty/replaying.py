"""Replay: what the draft would have given for the shop's real orders of the last 90 or 365 days. See docs/replay.md."""

from __future__ import annotations

from datetime import datetime

from loyalty.models import Draft
from staff.actors import Actor

ALARM = "replay"
DAYS = (90, 365)


class CannotReplay(Exception):
    """There is nothing to replay. `code` says why: "no_draft", "days", "wrong_rules"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask(days: int, *, actor: Actor, at: datetime) -> Draft:
    """Begin to replay the orders of the last `days` by the draft, in the background. Raises CannotReplay."""
    raise NotImplementedError


def stop(*, actor: Actor, at: datetime) -> None:
    """Stop a replay that is running; nothing happens otherwise."""
    raise NotImplementedError
