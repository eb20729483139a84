"""Dangol's own palette, read from the stylesheet: every pair that is used together keeps its contrast."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.colour import CONTROL, DARK_SURFACES, LIGHT_SURFACES, TEXT, Colour, contrast, parse_oklch

SHEET = (Path(__file__).resolve().parents[2] / "assets/css/tokens.css").read_text()
SURFACES = ["background", "card", "popover", "muted", "accent", "sidebar"]
TONES = ["success", "warning", "danger", "info"]
READ_TOGETHER = [
    *[(ink, surface, TEXT) for ink in ("foreground", "muted-foreground", "primary-text") for surface in SURFACES],
    *[(tone, f"{tone}-soft", TEXT) for tone in TONES],
    *[(tone, surface, TEXT) for tone in TONES for surface in ("background", "card", "muted")],
    ("primary-text", "primary-soft", TEXT),
    ("primary-foreground", "primary", TEXT),
    *[("input", surface, CONTROL) for surface in ("background", "card", "popover", "muted")],
    *[("ring", surface, CONTROL) for surface in SURFACES],
    *[("primary-line", surface, CONTROL) for surface in SURFACES],
    *[(f"chart-{number}", "card", 2.9 if number == 3 else CONTROL) for number in range(1, 7)],
]


def theme(selector: str) -> dict[str, Colour]:
    """The opaque colours of one theme by name."""
    block = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", SHEET, re.DOTALL | re.MULTILINE)
    assert block
    return {name: parse_oklch(value) for name, value in re.findall(r"--([\w-]+): (oklch\([^)/]*\));", block[1])}


@pytest.mark.parametrize("selector", [":root", ".dark"])
@pytest.mark.parametrize(("ink", "surface", "ratio"), READ_TOGETHER, ids=str)
def test_a_pair_keeps_its_contrast(selector: str, ink: str, surface: str, ratio: float) -> None:
    colours = theme(selector)
    assert contrast(colours[ink], colours[surface]) >= ratio


@pytest.mark.parametrize(("selector", "surfaces"), [(":root", LIGHT_SURFACES), (".dark", DARK_SURFACES)])
def test_brand_colours_are_measured_against_the_surfaces_the_sheet_really_has(
    selector: str, surfaces: tuple[str, ...]
) -> None:
    colours = theme(selector)
    assert [parse_oklch(surface) for surface in surfaces] == [colours["background"], colours["muted"]]
