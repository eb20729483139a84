"""Names and numbers as a screen at the counter may show them: enough to know oneself, too little to learn another."""

from __future__ import annotations

HIDDEN = "*"


def masked_name(name: str) -> str:
    """`김민서` as `김*서`, `Minsu Kim` as `M* K*`; empty stays empty."""
    return " ".join(_masked(word) for word in name.split()[:3])


def _masked(word: str) -> str:
    if _is_hangul(word) and len(word) > 2:
        return word[0] + HIDDEN * (min(len(word), 6) - 2) + word[-1]
    return word[0] + HIDDEN


def masked_phone(phone: str) -> str:
    """The last four digits of a number in E.164: `•••• 5678`; empty stays empty."""
    return f"•••• {phone[-4:]}" if phone else ""


def _is_hangul(word: str) -> bool:
    return all("가" <= letter <= "힣" for letter in word)
