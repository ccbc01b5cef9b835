"""Indicators: what each means (BPS MS-Ind, as data), its value in a span, and Sakernas beside them, never mixed."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import psycopg
from babel.dates import format_date
from pydantic import Field, model_validator

from batang_assets.partitions import Period, Span
from batang_assets.reports.checked_yaml import Declared, load_checked

FILE = Path(__file__).parents[1] / "indikator.yaml"
RELATION = "reports.rpt_indikator"
SURVEY = "staging.ref_sakernas"


class Definition(Declared):
    """One indicator with the twelve items of MS-Ind (Peraturan BPS 5/2020); ``decimals``: how it is shown."""

    code: str = Field(alias="kode", pattern="^[A-Z][A-Z_]*$")
    name: str = Field(alias="nama", min_length=1)
    concept: str = Field(alias="konsep", min_length=1)
    definition: str = Field(alias="definisi", min_length=1)
    interpretation: str = Field(alias="interpretasi", min_length=1)
    method: str = Field(alias="metode", min_length=1)
    measure: str = Field(alias="ukuran", min_length=1)
    unit: str = Field(alias="satuan", min_length=1)
    decimals: int = Field(alias="desimal", ge=0, le=4)
    classification: str = Field(alias="klasifikasi", min_length=1)
    composite: bool = Field(alias="komposit")
    variables: tuple[str, ...] = Field(alias="variabel_pembangun", min_length=1)
    level: str = Field(alias="level_estimasi", min_length=1)
    public: bool = Field(alias="akses_umum")


class Definitions(Declared):
    """The file."""

    items: tuple[Definition, ...] = Field(alias="indikator", min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> "Definitions":
        codes = [item.code for item in self.items]
        if len(set(codes)) < len(codes):
            raise ValueError("an indicator stands twice")
        return self


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


@cache
def definitions(path: Path = FILE) -> tuple[Definition, ...]:
    """Every indicator; raises DataError naming file and line if one lacks an item."""
    return load_checked(path, Definitions).items


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
