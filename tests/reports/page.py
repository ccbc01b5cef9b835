"""An HTML page as a reader meets it, and verdicts written by hand where Great Expectations need not run."""

import json
from datetime import datetime
from html.parser import HTMLParser

import psycopg

from batang_assets.partitions import Period
from batang_assets.quality.suites import suite_of

VOID = ("meta", "br", "rect", "path", "circle")


class Page(HTMLParser):
    """Rows of cells by table caption, attributes of every element, identifiers, and the text of each element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._caption = ""
        self._rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self._caption, self._rows = "", []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        elif tag in ("br", "li") and self._rows and self._rows[-1]:
            self._rows[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes another element"
        if tag == "table":
            self.tables[self._caption.strip()] = [[" ".join(c.split()) for c in row] for row in self._rows]

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self._caption += data
        elif "td" in self.open or "th" in self.open:
            self._rows[-1][-1] += data

    def table(self, start: str) -> list[list[str]]:
        """The rows of the table whose caption begins so, its heading first."""
        return next(rows for caption, rows in self.tables.items() if caption.startswith(start))

    def rows(self, start: str) -> dict[str, list[str]]:
        """First cell → the other cells of each row, without the heading."""
        return {row[0]: row[1:] for row in self.table(start)[1:]}

    def images(self) -> list[str]:
        """The text alternatives of the charts."""
        return [
            found["aria-label"] for tag, found in self.attributes if tag == "svg" and "aria-label" in found
        ]


def store_verdict(
    conn: psycopg.Connection,
    wire: str,
    period: Period,
    version: str,
    judged_at: datetime,
    results: dict[str, tuple[int, int]],
    *,
    rows: tuple[int, int] = (100, 90),
    failed: tuple[str, ...] = (),
) -> None:
    """Write one verdict and its rules (code → wrong, checked) as the gate would."""
    summary = {"baris": rows[0], "layak": rows[1], "gagal": failed, "peringatan": []}
    key = [period.first_day, wire, version]
    conn.execute(
        "insert into quality.gerbang (periode, dataset, versi_data, lulus, ringkasan, dinilai_pada, run_id)"
        " values (%s, %s, %s, %s, %s, %s, 'uji')",
        [*key, not failed, json.dumps(summary), judged_at],
    )
    for kode, (wrong, checked) in results.items():
        rule = suite_of(wire).rule(kode)
        conn.execute(
            "insert into quality.hasil_aturan values (%s, %s, %s, %s, %s, %s, %s, %s, 'ambang', %s, %s)",
            [*key, kode, rule.dimensi, rule.keparahan, checked, wrong, checked, kode not in failed],
        )
