"""Charts drawn on the server as SVG: the geometry here, the drawing in templates/cotton/chart/.

A `Chart` is what a view hands over: words, labels, and series of the same length (None where nothing is known). Its
drawings come in two shapes, wide and narrow, because text in a scaled SVG would shrink with it; the page shows the one
that fits.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from babel.numbers import format_compact_decimal, get_currency_precision

from config import formatting

Number = int | float


@dataclass(frozen=True)
class Series:
    """One line or one colour of bars."""

    name: str
    values: Sequence[Number | None]


@dataclass(frozen=True)
class Shape:
    """The paper: its size, the margins around the plot (all in px), and how many labels fit below."""

    name: str
    width: int
    height: int
    start: int = 48
    end: int = 12
    top: int = 10
    bottom: int = 26
    labels: int = 8

    @property
    def floor(self) -> int:
        """The y of zero."""
        return self.height - self.bottom

    @property
    def span(self) -> int:
        """The width of the plot."""
        return self.width - self.start - self.end


WIDE = Shape("wide", 720, 240)
NARROW = Shape("narrow", 340, 210, start=42, labels=4)
LATIN = 0x2E7F  # letters above are as wide as high
SPARK = Shape("spark", 120, 32, start=3, end=4, top=4, bottom=4)


@dataclass(frozen=True)
class Mark:
    """A text at a place: a tick of the scale or a label below the plot."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Line:
    """One series as a line: SVG paths, and dots for the last point and for points without neighbours."""

    number: int
    name: str
    path: str
    area: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """One bar, rounded at its far end."""

    number: int
    path: str


@dataclass(frozen=True)
class Column:
    """The strip over one label that shows its values when pointed at."""

    x: float
    width: float
    tip: str


@dataclass(frozen=True)
class Drawing:
    """Everything a template needs to draw one shape of one chart."""

    shape: Shape
    ticks: list[Mark]
    labels: list[Mark]
    columns: list[Column]
    lines: list[Line] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True)
class Chart:
    """What a chart says. `unit` follows each value ("P"); with `currency`, values are minor units of money."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    summary: str = ""
    unit: str = ""
    currency: str = ""

    @property
    def id(self) -> str:
        """Stable for the same chart, for tying its parts together."""
        return "chart-" + hashlib.sha256(f"{self.title}{len(self.labels)}".encode()).hexdigest()[:8]

    @cached_property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value is not None for series in self.series for value in series.values)

    @cached_property
    def lines(self) -> list[Drawing]:
        """The chart as lines, wide and narrow."""
        return [_drawing(self, shape, bars=False) for shape in (WIDE, NARROW)]

    @cached_property
    def bars(self) -> list[Drawing]:
        """The chart as bars, wide and narrow."""
        return [_drawing(self, shape, bars=True) for shape in (WIDE, NARROW)]

    @cached_property
    def spark(self) -> Drawing:
        """The first series as a small line without scale."""
        low, high = _range(self)
        low = min((value for value in self.series[0].values if value is not None), default=low)
        return Drawing(SPARK, [], [], [], lines=[_line(self, SPARK, 0, (low, max(high, low + 1)))])

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The same figures as a table: a label and each series' value in words."""
        columns = [series.values for series in self.series]
        return [(label, [self.say(values[at]) for values in columns]) for at, label in enumerate(self.labels)]

    def say(self, value: Number | None) -> str:
        """A value as a person reads it."""
        if value is None:
            return "–"
        if self.currency:
            return formatting.money(round(value), self.currency)
        number = formatting.count(value)  # type: ignore[arg-type]  # Babel takes fractions too
        return f"{number} {self.unit}".rstrip()

    def say_short(self, value: Number) -> str:
        """A value for the scale: 12K, 1.2M, 1.2만."""
        if self.currency:
            value = value / 10 ** get_currency_precision(self.currency)
        return str(format_compact_decimal(value, locale=formatting.locale(), fraction_digits=1))


def nice_ticks(low: Number, high: Number, *, about: int = 5, whole: bool = True) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, in steps of 1, 2 or 5 times a power of ten."""
    rough = max(high - low, 1e-9) / about
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    step = max(step, 1) if whole else step
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _range(chart: Chart) -> tuple[Number, Number]:
    """The lowest and highest value, zero always among them."""
    values = [value for series in chart.series for value in series.values if value is not None]
    return min([0, *values]), max([0, *values])


def _drawing(chart: Chart, shape: Shape, *, bars: bool) -> Drawing:
    low, high = _range(chart)
    whole = all(isinstance(value, int) for series in chart.series for value in series.values if value is not None)
    ticks = nice_ticks(low, high if high > low else low + 1, whole=whole)
    scale = (ticks[0], ticks[-1])
    return Drawing(
        shape,
        ticks=[Mark(shape.start - 8, _y(shape, tick, scale), chart.say_short(tick)) for tick in ticks],
        labels=_labels(chart, shape),
        columns=_columns(chart, shape),
        lines=[] if bars else [_line(chart, shape, number, scale) for number in range(len(chart.series))],
        bars=_bars(chart, shape, scale) if bars else [],
    )


def _slot(chart: Chart, shape: Shape) -> float:
    """The width of one label's strip."""
    return shape.span / max(len(chart.labels), 1)


def _x(chart: Chart, shape: Shape, at: int) -> float:
    """The middle of a label's strip; on a sparkline, from edge to edge."""
    if shape is SPARK:
        return round(shape.start + shape.span * at / max(len(chart.labels) - 1, 1), 1)
    return round(shape.start + _slot(chart, shape) * (at + 0.5), 1)


def _y(shape: Shape, value: Number, scale: tuple[Number, Number]) -> float:
    low, high = scale
    return round(shape.floor - (value - low) / (high - low) * (shape.floor - shape.top), 1)


def _labels(chart: Chart, shape: Shape) -> list[Mark]:
    """As many labels as fit, evenly spaced, the last one always among them."""
    count = len(chart.labels)
    step = max(1, math.ceil(count / shape.labels), math.ceil(_widest(chart) / _slot(chart, shape)))
    shown = [at for at in range(count) if (count - 1 - at) % step == 0]
    return [Mark(_x(chart, shape, at), shape.height - 6, str(chart.labels[at])) for at in shown]


def _widest(chart: Chart) -> float:
    """About how wide the longest label is in px, with air beside it. A Korean letter is as wide as two Latin ones."""
    widths = (sum(12 if ord(letter) > LATIN else 6.4 for letter in str(label)) for label in chart.labels)
    return max(widths, default=0) + 10


def _columns(chart: Chart, shape: Shape) -> list[Column]:
    slot = _slot(chart, shape)
    several = len(chart.series) > 1
    columns = []
    for at, (label, values) in enumerate(chart.rows):
        said = [
            f"{series.name}: {value}" if several else value for series, value in zip(chart.series, values, strict=True)
        ]
        columns.append(Column(round(shape.start + slot * at, 1), round(slot, 1), "\n".join([str(label), *said])))
    return columns


def _line(chart: Chart, shape: Shape, number: int, scale: tuple[Number, Number]) -> Line:
    """A gap (None) ends one stroke and begins the next; a lone point becomes a dot."""
    strokes: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(chart.series[number].values):
        if value is None:
            strokes.append([])
        else:
            strokes[-1].append((_x(chart, shape, at), _y(shape, value, scale)))
    strokes = [stroke for stroke in strokes if stroke]
    floor = _y(shape, max(0, scale[0]), scale)
    area = "".join(f"{_path(stroke)}V{floor}H{stroke[0][0]}Z" for stroke in strokes) if len(chart.series) == 1 else ""
    dots = [stroke[0] for stroke in strokes if len(stroke) == 1] + [stroke[-1] for stroke in strokes[-1:]]
    return Line(number + 1, chart.series[number].name, "".join(map(_path, strokes)), area, dots)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _bars(chart: Chart, shape: Shape, scale: tuple[Number, Number]) -> list[Bar]:
    """Grouped bars: each label's strip is shared by the series, with air at both sides."""
    slot, count = _slot(chart, shape), len(chart.series)
    wide = min(slot * 0.68 / count, 36)
    bars = []
    for number, series in enumerate(chart.series):
        for at, value in enumerate(series.values):
            if value:
                x = _x(chart, shape, at) + (number - count / 2) * wide
                bars.append(Bar(number + 1, _bar(x, wide - 1, _y(shape, 0, scale), _y(shape, value, scale))))
    return bars


def _bar(x: float, wide: float, zero: float, tip: float) -> str:
    """A bar from the zero line to its tip, its far corners rounded."""
    radius = min(4, wide / 2, abs(tip - zero))
    inward = radius if tip < zero else -radius
    start, end = round(x, 1), round(x + wide, 1)
    return (
        f"M{start} {zero}V{tip + inward:.1f}Q{start} {tip} {start + radius:.1f} {tip}"
        f"H{end - radius:.1f}Q{end} {tip} {end} {tip + inward:.1f}V{zero}Z"
    )
