"""Charts are drawn from figures, and the table behind says the same."""

from __future__ import annotations

import pytest
from django.utils import translation

from config.charts import NARROW, WIDE, Chart, Series, nice_ticks
from tests.config.rendering import render

CHART = Chart(
    "Points a week", ["1", "2", "3"], [Series("Earned", [100, None, 250]), Series("Used", [0, 40, -10])], unit="P"
)


def drawn(kind: str, chart: Chart) -> str:
    return render(f'<c-chart.{kind} :chart="chart" />', chart=chart)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 100, [0, 20, 40, 60, 80, 100]), (0, 3, [0, 1, 2, 3]), (0, 0, [0, 1]), (-12, 30, [-20, -10, 0, 10, 20, 30])],
)
def test_ticks_are_round_numbers_around_the_values(low: int, high: int, expected: list[float]) -> None:
    assert nice_ticks(low, high) == expected


def test_ticks_of_shares_may_be_fractions() -> None:
    assert nice_ticks(0, 0.4, whole=False) == [0, 0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize("high", [1, 7, 99, 12_345, 999_999_999])
def test_ticks_enclose_every_value(high: int) -> None:
    ticks = nice_ticks(0, high)
    assert ticks[0] <= 0
    assert ticks[-1] >= high
    assert len(ticks) <= 8


def test_a_gap_breaks_the_line() -> None:
    assert CHART.lines[0].lines[0].path.count("M") == 2


def test_every_shape_stays_on_its_paper() -> None:
    for drawing, shape in zip(CHART.lines, (WIDE, NARROW), strict=True):
        for line in drawing.lines:
            assert all(0 <= x <= shape.width and 0 <= y <= shape.height for x, y in line.dots)


def test_labels_that_would_touch_are_left_out() -> None:
    chart = Chart("", ["September 2028", "October 2028", "November 2028", "December 2028"], [Series("", [1, 2, 3, 4])])
    wide, narrow = chart.bars
    assert len(wide.labels) == 4
    assert [mark.text for mark in narrow.labels] == ["October 2028", "December 2028"]


def test_a_bar_stands_for_each_value_but_zero_and_nothing() -> None:
    assert len(CHART.bars[0].bars) == 4


def test_the_table_behind_says_every_figure() -> None:
    assert CHART.rows == [("1", ["100 P", "0 P"]), ("2", ["–", "40 P"]), ("3", ["250 P", "−10 P"])]


def test_money_is_read_from_minor_units() -> None:
    chart = Chart("Sales", ["1"], [Series("Sales", [1250])], currency="GBP")
    assert chart.rows == [("1", ["£12.50"])]


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_a_drawing_has_a_name_a_description_and_a_table(kind: str) -> None:
    html = drawn(kind, CHART)
    assert 'aria-label="Points a week"' in html
    assert "<desc>" in html
    assert "Show as table" in html


def test_a_label_is_escaped() -> None:
    html = drawn("line", Chart("<b>", ['"><script>'], [Series("<i>", [1])]))
    assert "<script>" not in html
    assert "<i>" not in html


def test_a_chart_without_figures_says_so() -> None:
    assert "Nothing to show" in drawn("bar", Chart("Sales", ["1"], [Series("Sales", [None])]))


def test_coordinates_do_not_follow_the_language() -> None:
    with translation.override("de"):
        assert "," not in CHART.lines[0].lines[0].path


def test_a_sparkline_draws_one_line_without_scale() -> None:
    html = drawn("sparkline", CHART)
    assert html.count("<path") == 1
    assert "axis" not in html
