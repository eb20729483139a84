"""The code on a membership card: 12 Crockford base-32 characters, 60 random bits, no letter that reads as a digit."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
# What people read or type for a character that the alphabet leaves out.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_card_code() -> str:
    """A fresh code from the system's random source. Two being equal is not to be expected (60 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalise_card_code(text: str) -> str:
    """The code as stored, from what a person typed: any case, with spaces or hyphens, O for 0, I or L for 1."""
    return text.upper().translate(_MISREAD)
