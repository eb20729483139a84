"""The code of a redemption: R and 12 Crockford base-32 characters, 60 random bits. A card's code has no R before it
and is one shorter, so that a till tells them apart by looking.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from customers.cards import ALPHABET

PREFIX = "R"
RANDOM = 12
LENGTH = len(PREFIX) + RANDOM
# What people read or type for a character that the alphabet leaves out.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[^0-9A-Z]+")


def new_code() -> str:
    """A fresh code from the system's random source. Two being equal is not to be expected (60 bits)."""
    drawn = secrets.randbits(5 * RANDOM)
    return PREFIX + "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(RANDOM))


def read_code(text: str) -> str:
    """The code as stored, from what was typed or scanned: any case or width, spaces, dashes, O for 0, I or L for 1.

    Empty when it can't be one of ours; a card's code is none.
    """
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", text[:100]).upper()).translate(_MISREAD)
    return bare if len(bare) == LENGTH and bare.startswith(PREFIX) and set(bare) <= set(ALPHABET) else ""


def spaced(code: str) -> str:
    """The code as people read it: R-XXXX-XXXX-XXXX."""
    parts = [code[i : i + 4] for i in range(len(PREFIX), len(code), 4)]
    return "-".join([code[: len(PREFIX)], *parts])
