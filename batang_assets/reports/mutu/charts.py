"""The geometry of the charts, as numbers for the template: SVG by hand rather than by a plotting library.

A library's SVG bakes in fonts and colours, so it cannot follow the reader's light or dark setting, depends on
the fonts of the machine that drew it, and is ten times larger.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 300, 84
LEFT, RIGHT, TOP, BOTTOM = 30, 8, 8, 18
SPARK_WIDTH, SPARK_HEIGHT = 72, 18
AXIS_STEP = 5.0


@dataclass(frozen=True)
class Line:
    """A line over equally spaced months: SVG path data, its points, and the values at the axis ends."""

    path: str
    points: list[tuple[float, float]]
    bottom: float
    top: float


def floor_of(*series: Sequence[float | None]) -> float:
    """Where an axis of scores that ends at 100 begins: a round number at least AXIS_STEP below it.

    Charts that are read side by side share one, and no small change looks like a fall.
    """
    lowest = min((value for values in series for value in values if value is not None), default=100.0)
    step = AXIS_STEP if lowest >= 100 - 5 * AXIS_STEP else 4 * AXIS_STEP
    return min(math.floor(lowest / step) * step, 100 - AXIS_STEP)


def line(values: Sequence[float | None], bottom: float) -> Line:
    """A chart of WIDTH × HEIGHT, room for axis labels included; a month without a score breaks the line."""
    return _line(values, bottom, (LEFT, WIDTH - RIGHT), (TOP, HEIGHT - BOTTOM))


def sparkline(values: Sequence[float | None], bottom: float) -> Line:
    """A chart of SPARK_WIDTH × SPARK_HEIGHT without labels."""
    return _line(values, bottom, (3, SPARK_WIDTH - 3), (3, SPARK_HEIGHT - 3))


def _line(
    values: Sequence[float | None], bottom: float, across: tuple[float, float], down: tuple[float, float]
) -> Line:
    step = (across[1] - across[0]) / (len(values) - 1) if len(values) > 1 else 0
    path, points, broken = [], [], True
    for number, value in enumerate(values):
        if value is None:
            broken = True
            continue
        # A single month stands at the right, where the newest always is.
        x = across[0] + number * step if step else across[1]
        y = down[1] - (value - bottom) / (100 - bottom) * (down[1] - down[0])
        points.append((round(x, 1), round(y, 1)))
        path.append(f"{'M' if broken else 'L'}{x:.1f} {y:.1f}")
        broken = False
    return Line("".join(path), points, bottom, 100.0)
