"""From a merchant's one colour to a palette that can be read: pure functions over sRGB, OKLCH and WCAG contrast.

OKLCH (Björn Ottosson, 2020) keeps hue and vividness while lightness moves: a darker shade still looks like the shop's.
Contrast is WCAG 2.2's relative luminance ratio: text needs 4.5:1 (1.4.3), lines, rings and controls 3:1 (1.4.11).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

TEXT, CONTROL, VISIBLE = 4.5, 3.0, 1.15
# What brand colours must stand out from: the page and the darkest (light theme) or lightest (dark theme) plain surface
# of assets/css/tokens.css. A test compares them.
LIGHT_SURFACES = ("oklch(0.982 0.006 78)", "oklch(0.955 0.011 75)")
DARK_SURFACES = ("oklch(0.19 0.010 50)", "oklch(0.268 0.013 52)")
WHITE, INK = "#ffffff", "#1a1310"


class NotAColour(ValueError):
    """The text is no `#rrggbb` colour."""


@dataclass(frozen=True)
class Colour:
    """A colour as three sRGB channels from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


@dataclass(frozen=True)
class Shades:
    """One theme's brand colours: a fill and the text on it, lines (3:1), text (4.5:1), and a soft background for it."""

    fill: Colour
    on_fill: Colour
    line: Colour
    text: Colour
    soft: Colour


@dataclass(frozen=True)
class Brand:
    """A shop's colour worked out for both themes, and why it is not used untouched everywhere (empty when it is)."""

    light: Shades
    dark: Shades
    explanation: str


def parse(text: str) -> Colour:
    """The colour of `#rrggbb`. Raises NotAColour."""
    match = re.fullmatch(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", text.strip().lower())
    if not match:
        raise NotAColour(_("Write the colour as # and six digits, for example #c2410c."))
    return Colour(*(int(pair, 16) for pair in match.groups()))


def parse_oklch(text: str) -> Colour:
    """The colour of CSS `oklch(L C H)`, without alpha. Raises NotAColour."""
    match = re.fullmatch(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", text.strip())
    if not match:
        raise NotAColour(text)
    return from_oklch(*(float(number) for number in match.groups()))


def luminance(colour: Colour) -> float:
    """WCAG relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel / 255) for channel in (colour.red, colour.green, colour.blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def to_oklch(colour: Colour) -> tuple[float, float, float]:
    """Lightness 0–1, chroma, and hue in degrees."""
    red, green, blue = (_linear(channel / 255) for channel in (colour.red, colour.green, colour.blue))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """The nearest sRGB colour: chroma shrinks until the colour can be shown, lightness and hue stay."""
    low, high = 0.0, chroma
    if _fits(_channels(lightness, chroma, hue)):
        low = chroma
    else:
        for _step in range(14):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(_channels(lightness, middle, hue)) else (low, middle)
    return Colour(*(round(255 * min(1.0, max(0.0, _gamma(channel)))) for channel in _channels(lightness, low, hue)))


def readable_on(background: Colour) -> Colour:
    """White or ink or, in the narrow band where neither reaches 4.5:1, black. White wins when both would do."""
    for candidate in (parse(WHITE), parse(INK)):
        if contrast(candidate, background) >= TEXT:
            return candidate
    return Colour(0, 0, 0)


def shifted(colour: Colour, surfaces: list[Colour], ratio: float, *, darker: bool) -> Colour:
    """The shade nearest to the colour that reaches the ratio on every surface, moving only its lightness."""
    if _reaches(colour, surfaces, ratio):
        return colour
    lightness, chroma, hue = to_oklch(colour)
    enough, short_of = (0.0, lightness) if darker else (1.0, lightness)
    for _step in range(12):
        middle = (enough + short_of) / 2
        reached = _reaches(from_oklch(middle, chroma, hue), surfaces, ratio)
        enough, short_of = (middle, short_of) if reached else (enough, middle)
    return from_oklch(enough, chroma, hue)


def brand(colour: Colour) -> Brand:
    """Both themes' shades of a shop's colour, every pair with its contrast, and the explanation for the merchant."""
    light = _shades(colour, LIGHT_SURFACES, soft_lightness=0.945, darker=True)
    dark = _shades(colour, DARK_SURFACES, soft_lightness=0.30, darker=False)
    return Brand(light, dark, _explanation(colour, light, dark))


def brand_css(colour: Colour) -> str:
    """The stylesheet that puts a shop's colour in place of Dangol's own."""
    shades = brand(colour)
    return f":root{{{_declarations(shades.light)}}}\n.dark{{{_declarations(shades.dark)}}}\n"


def _shades(colour: Colour, surface_names: tuple[str, ...], *, soft_lightness: float, darker: bool) -> Shades:
    surfaces = [parse_oklch(name) for name in surface_names]
    _, chroma, hue = to_oklch(colour)
    soft = from_oklch(soft_lightness, min(chroma, 0.045), hue)
    # A pale fill keeps its look on a light page (its text is dark); a dark fill on a dark page would be a hole.
    fill = shifted(colour, surfaces[:1], VISIBLE if darker else CONTROL, darker=darker)
    return Shades(
        fill=fill,
        on_fill=readable_on(fill),
        line=shifted(fill, surfaces, CONTROL, darker=darker),
        text=shifted(fill, [*surfaces, soft], TEXT, darker=darker),
        soft=soft,
    )


def _explanation(colour: Colour, light: Shades, dark: Shades) -> str:
    lines = []
    if light.text != colour:
        lines.append(_("Links and lines use a darker shade, because your colour is hard to read on a light page."))
    if dark.fill != colour:
        lines.append(_("In dark mode your colour is lighter, because it is hard to see on a dark page."))
    if light.fill != colour:
        lines.append(_("Buttons use a darker shade, because your colour is almost the colour of the page."))
    return " ".join(lines)


def _declarations(shades: Shades) -> str:
    pairs: dict[str, Colour | str] = {
        "--primary": shades.fill,
        "--primary-foreground": shades.on_fill,
        # Patterns on the fill move away from its text, never towards it.
        "--primary-away": WHITE if luminance(shades.on_fill) < 0.5 else "#000000",
        "--primary-line": shades.line,
        "--primary-text": shades.text,
        "--primary-soft": shades.soft,
        "--ring": shades.line,
    }
    return ";".join(f"{name}:{value}" for name, value in pairs.items())


def _reaches(colour: Colour, surfaces: list[Colour], ratio: float) -> bool:
    return all(contrast(colour, surface) >= ratio for surface in surfaces)


def _channels(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH to linear sRGB, possibly outside what a screen can show."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _fits(channels: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= channel <= 1 + 1e-4 for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)
