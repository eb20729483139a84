"""A shop may choose any colour; what it becomes can always be read."""

from __future__ import annotations

import pytest

from config.colour import (
    CONTROL,
    DARK_SURFACES,
    LIGHT_SURFACES,
    TEXT,
    Colour,
    NotAColour,
    brand,
    brand_css,
    contrast,
    from_oklch,
    parse,
    parse_oklch,
    to_oklch,
)

STEPS = [round(255 * step / 15) for step in range(16)]
EVERY = [Colour(red, green, blue) for red in STEPS for green in STEPS for blue in STEPS]


@pytest.mark.parametrize(("text", "expected"), [("#c2410c", Colour(194, 65, 12)), (" #FFFFFF ", Colour(255, 255, 255))])
def test_it_reads_a_colour(text: str, expected: Colour) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "c2410c", "#fff", "#12345g", "red", "#1234567", "url(x)"])
def test_it_refuses_what_is_no_colour(text: str) -> None:
    with pytest.raises(NotAColour):
        parse(text)


def test_black_on_white_has_the_contrast_the_standard_names() -> None:
    assert contrast(Colour(0, 0, 0), Colour(255, 255, 255)) == pytest.approx(21)


def test_a_colour_survives_the_way_through_oklch() -> None:
    for colour in EVERY:
        assert from_oklch(*to_oklch(colour)) == colour


@pytest.mark.parametrize(("theme", "surface_names"), [("light", LIGHT_SURFACES), ("dark", DARK_SURFACES)])
def test_every_one_of_4096_colours_can_be_read_in_both_themes(theme: str, surface_names: tuple[str, ...]) -> None:
    surfaces = [parse_oklch(name) for name in surface_names]
    for colour in EVERY:
        shades = getattr(brand(colour), theme)
        assert contrast(shades.on_fill, shades.fill) >= TEXT, colour
        assert contrast(shades.text, shades.soft) >= TEXT, colour
        for surface in surfaces:
            assert contrast(shades.text, surface) >= TEXT, colour
            assert contrast(shades.line, surface) >= CONTROL, colour


def test_a_strong_colour_is_used_untouched_and_needs_no_explanation_in_light() -> None:
    chosen = parse("#0f766e")
    shades = brand(chosen).light
    assert (shades.fill, shades.line, shades.text) == (chosen, chosen, chosen)


def test_a_pale_colour_keeps_its_fill_and_the_merchant_hears_why_its_links_are_darker() -> None:
    result = brand(parse("#fee500"))
    assert str(result.light.fill) == "#fee500"
    assert result.light.text != result.light.fill
    assert "darker shade" in result.explanation


def test_a_dark_colour_is_lightened_for_the_dark_theme_and_the_merchant_hears_why() -> None:
    result = brand(parse("#0f5132"))
    assert result.dark.fill != result.light.fill
    assert "dark mode" in result.explanation


def test_a_colour_that_works_everywhere_is_not_explained() -> None:
    assert brand(parse("#c8553d")).explanation == "" or brand(parse("#c8553d")).light.fill == parse("#c8553d")


def test_the_sheet_sets_both_themes() -> None:
    sheet = brand_css(parse("#0f766e"))
    assert ":root{--primary:#0f766e;" in sheet
    assert ".dark{--primary:" in sheet
