"""Indicators: the value of each in a span, and Sakernas beside them, never mixed."""

from dataclasses import dataclass
from decimal import Decimal

import psycopg
from babel.dates import format_date

from batang_assets.contracts.indicators import Definition, definitions
from batang_assets.partitions import Period, Span

RELATION = "reports.rpt_indikator"
SURVEY = "staging.ref_sakernas"


@dataclass(frozen=True)
class Value:
    """An indicator of a span: None where there is nothing to divide by or no case to take the median of."""

    definition: Definition
    value: Decimal | None
    numerator: int
    denominator: int | None


@dataclass(frozen=True)
class SurveyValue:
    """One Sakernas figure with its source."""

    label: str
    moment: str
    value: Decimal
    unit: str
    source: str

    @property
    def decimals(self) -> int:
        """Persons are whole, rates have two decimals as BPS prints them."""
        return 0 if self.unit == "orang" else 2


@dataclass(frozen=True)
class IndicatorSection:
    """What the page shows of a span."""

    definitions: tuple[Definition, ...]
    values: tuple[Value, ...]
    survey: tuple[SurveyValue, ...]


def indicator_section(conn: psycopg.Connection, span: Span, region: str = "semua") -> IndicatorSection:
    """Indicators of a span and region (``semua`` or a kecamatan), and the surveys up to its year."""
    found: dict[str, list] = {}
    if _exists(conn, RELATION):
        rows = conn.execute(
            "select indikator, nilai, pembilang, penyebut from reports.rpt_indikator"
            " where periode = %s and kode_kecamatan = %s",
            [span.key, region],
        )
        found = {code: rest for code, *rest in rows}
    values = tuple(Value(item, *found[item.code]) for item in definitions() if item.code in found)
    return IndicatorSection(definitions(), values, tuple(_survey(conn, span)))


def _survey(conn: psycopg.Connection, span: Span) -> list[SurveyValue]:
    if not _exists(conn, SURVEY):
        return []
    rows = conn.execute(
        "select label, tahun, bulan, nilai, satuan, sumber from staging.ref_sakernas"
        " where make_date(tahun, bulan, 1) <= %s order by tahun desc, bulan desc, satuan, label",
        [span.last.first_day],
    )
    return [
        SurveyValue(
            label,
            format_date(Period(year, month).first_day, "LLLL yyyy", locale="id_ID"),
            value,
            unit,
            source,
        )
        for label, year, month, value, unit, source in rows
    ]


def _exists(conn: psycopg.Connection, relation: str) -> bool:
    return conn.execute("select to_regclass(%s)", [relation]).fetchone() != (None,)
