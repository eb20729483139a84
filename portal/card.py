"""The membership card: a code that a till's scanner, a camera and a person can all read."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe

GROUP = 4


def spaced(code: str) -> str:
    """The code in groups of four, as people read it out: `7QK2 M9XA 4DTB`."""
    return " ".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def qr_svg(code: str) -> SafeString:
    """The code as an inline SVG in black on white, quiet zone included, without inline styles.

    It holds the card code and nothing else, so that a scanner that types like a keyboard fills the till's search field.
    It only says who someone is; spending points needs more (docs/portal.md).
    """
    qr = segno.make_qr(code, error="m")
    return mark_safe(  # noqa: S308 our own drawing of twelve base-32 characters
        qr.svg_inline(border=4, omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    )
