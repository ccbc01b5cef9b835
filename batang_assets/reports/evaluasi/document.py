"""The report as sections made of four kinds of block: one model, from which page and PDF are both drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from batang_assets.reports.mutu import charts

# A cell is one line or several.
Cell = str | tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A paragraph; ``muted``: a remark on what stands above it."""

    text: str
    muted: bool = False
    kind: str = "teks"


@dataclass(frozen=True)
class Items:
    """A numbered list."""

    items: tuple[str, ...]
    kind: str = "daftar"


@dataclass(frozen=True)
class Table:
    """A table; ``numeric``: columns set to the right; ``widths``: relative widths of the columns on paper."""

    id: str
    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    numeric: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()
    kind: str = "tabel"


@dataclass(frozen=True)
class Chart:
    """A line over the months: its path and points (see ``mutu.charts``), axis labels, and its text "
    "alternative."""

    title: str
    alt: str
    path: str
    points: tuple[tuple[float, float], ...]
    top: str
    bottom: str
    first: str
    last: str


@dataclass(frozen=True)
class Charts:
    """Small charts side by side, on axes of their own unless their labels agree."""

    charts: tuple[Chart, ...]
    width: int = charts.WIDTH
    height: int = charts.HEIGHT
    left: int = charts.LEFT
    right: int = charts.RIGHT
    upper: int = charts.TOP
    lower: int = charts.BOTTOM
    kind: str = "grafik"


Block = Text | Items | Table | Charts


@dataclass(frozen=True)
class Section:
    """A numbered section; ``id`` is its anchor."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole report. ``mark``: the word for a draft, empty for a final one; ``facts``: pairs on the first page;
    ``signatory``: the office that signs it."""

    title: str
    subtitle: str
    issuer: str
    basis: str
    mark: str
    mark_reason: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...] = field(default=())
    signatory: str = ""
    footer: str = ""
