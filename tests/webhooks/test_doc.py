"""docs/outgoing-webhooks.md says what the code does."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from loyalty.models import MEMBER_ACCOUNTS, Journal
from webhooks import events, sending, settling, signing, working
from webhooks.types import TYPES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "outgoing-webhooks.md").read_text()
UNITS = {"second": 1, "minute": 60, "hour": 3600}


def table(heading: str) -> list[list[str]]:
    """The rows of the table under these column names."""
    part = PAGE.partition(f"| {heading} |\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()[1:]]


def test_every_type_is_listed_with_its_meaning() -> None:
    with translation.override("en"):
        assert table("type | when") == [[f"`{kind.name}`", str(kind.meaning)] for kind in TYPES.values()]


def test_the_schedule_is_the_one_that_is_kept() -> None:
    listed = [
        re.fullmatch(r"(\d+) (second|minute|hour)s", wait) for _try, wait in table("try | after the one before")[1:]
    ]
    waits = [timedelta(seconds=int(found[1]) * UNITS[found[2]]) for found in listed if found]
    assert waits == settling.DELAYS


@pytest.mark.parametrize(
    "words",
    [
        f"within {sending.SECONDS:.0f} seconds",
        f"Five days ({settling.HOPELESS_AFTER.days * 24} hours)",
        f"at most {working.PER_ENDPOINT} messages",
        f"After **{events.KEPT.days} days**",
        f"first {sending.KEPT_OF_ANSWER:,} characters",
        f"the latest {settling.TRIES_KEPT}",
        f"for {settling.BUSY_REST.seconds} seconds",
        f"For {signing.OLD_SECRET_LIVES.days * 24} hours",
        ", ".join(str(status) for status in settling.BUSY),
    ],
)
def test_the_numbers_are_those_of_the_code(words: str) -> None:
    assert words in PAGE


@pytest.mark.parametrize("word", [*Journal.Kind.values, *MEMBER_ACCOUNTS, *events.TOLD])
def test_every_word_that_a_body_may_hold_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_the_example_is_a_body() -> None:
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    assert json.loads(text)["type"] in TYPES


@pytest.mark.parametrize("wrong", [False, True])
def test_the_recipe_without_a_library_works(wrong: bool) -> None:
    recipe: dict[str, Any] = {}
    exec(re.findall(r"```python\n(import base64.*?)```", PAGE, re.S)[0], recipe)
    secret, body = signing.new_secret(), b'{"type": "ping"}'
    headers = signing.headers("msg_1", datetime.fromtimestamp(time.time(), UTC), body, [signing.new_secret(), secret])
    if not wrong:
        assert recipe["verify"](secret, headers, body) == {"type": "ping"}
        return
    with pytest.raises(ValueError, match="not from Dangol"):
        recipe["verify"](signing.new_secret(), headers, body)
