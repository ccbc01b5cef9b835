"""IPK III/1 (Ikhtisar statistik antarkerja) as the statute lays it out, from the stored cells.

The cells come from ``reports.rpt_ipk_iii_1``; the layout is data (``ipk_iii_1.yaml``). Identities of the table,
none of them forced (Kepdirjen 268/PPTK/XII/2012): A = 1 + 2, B = 3 + 4, 5 = A − B, the same for vacancies
(6–10, C, D), and a month opens with what the month before closed with.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from batang_assets.errors import DataError
from batang_assets.partitions import Period

LAYOUT = Path(__file__).parent / "ipk_iii_1.yaml"
RELATION = "reports.rpt_ipk_iii_1"
# Seekers: 6 age bands x 2 sexes; vacancies: L, P, either. Seven rows each.
CELLS_PER_MONTH = (6 * 2 + 3) * 7

# One line for each identity that a cell of the month breaks; `akhir_lalu` is null where no month precedes.
FAULTS = """
with sel as (
    select
        periode, bagian, kelompok_umur, jenis_kelamin,
        max(jumlah) filter (where baris in ('1', '6')) as awal,
        max(jumlah) filter (where baris in ('2', '7')) as masuk,
        max(jumlah) filter (where baris in ('A', 'C')) as tersedia,
        max(jumlah) filter (where baris in ('3', '8')) as terpenuhi,
        max(jumlah) filter (where baris in ('4', '9')) as dihapus,
        max(jumlah) filter (where baris in ('B', 'D')) as keluar,
        max(jumlah) filter (where baris in ('5', '10')) as akhir
    from reports.rpt_ipk_iii_1
    where periode in (%(periode)s, %(lalu)s)
    group by periode, bagian, kelompok_umur, jenis_kelamin
)
select kini.bagian, kini.kelompok_umur, kini.jenis_kelamin, identitas.nama
from sel as kini
left join sel as lalu
    on lalu.periode = %(lalu)s and (lalu.bagian, lalu.kelompok_umur, lalu.jenis_kelamin)
        = (kini.bagian, kini.kelompok_umur, kini.jenis_kelamin)
cross join lateral (
    values
        ('A = 1 + 2', kini.tersedia is not distinct from kini.awal + kini.masuk),
        ('B = 3 + 4', kini.keluar is not distinct from kini.terpenuhi + kini.dihapus),
        ('5 = A - B', kini.akhir is not distinct from kini.tersedia - kini.keluar),
        ('sisa awal = sisa akhir bulan lalu', lalu.akhir is null or kini.awal is not distinct from lalu.akhir)
) as identitas (nama, berlaku)
where kini.periode = %(periode)s and not identitas.berlaku
order by 1, 2, 3, 4
"""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LayoutRow(_Part):
    """One row: section (``bagian``), number as printed (``baris``), label (``uraian``)."""

    section: str = Field(alias="bagian", pattern="^(pencari_kerja|lowongan)$")
    number: str = Field(alias="baris")
    label: str = Field(alias="uraian")


class LayoutColumn(_Part):
    """One column: the age bands and sexes it adds up; none named means all."""

    name: str = Field(alias="nama")
    bands: tuple[str, ...] = Field((), alias="umur")
    sexes: tuple[str, ...] = Field((), alias="kelamin")


class Layout(_Part):
    """The table as printed."""

    title: str = Field(alias="judul")
    rows: tuple[LayoutRow, ...] = Field(alias="baris", min_length=1)
    columns: tuple[LayoutColumn, ...] = Field(alias="kolom", min_length=1)


@dataclass(frozen=True)
class IpkTable:
    """IPK III/1 of one month: ``header`` and ``rows`` of (baris, uraian, persons or places …).

    A column that a section does not have (age bands of vacancies, places for either sex of seekers) is None.
    """

    period: Period
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


@cache
def load_layout(path: Path = LAYOUT) -> Layout:
    """The layout of IPK III/1; raises DataError if the file does not fit its declaration."""
    try:
        return Layout.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise DataError(f"{path.name}: not a layout of IPK III/1: {' '.join(str(error).split())}") from None


def ipk_iii_1(conn: psycopg.Connection, period: Period) -> IpkTable:
    """The table of one month in statutory layout; raises DataError if the month has no cells."""
    layout = load_layout()
    cells = _cells(conn, period)
    if not cells:
        raise DataError(
            f"IPK III/1 {period.key}: tabel {RELATION} belum memuat bulan ini; jalankan "
            f"`batang run --period {period.key}`"
        )
    header = ("baris", "uraian", *(column.name for column in layout.columns))
    rows = tuple(
        (row.number, row.label, *(_value(cells, row, column) for column in layout.columns))
        for row in layout.rows
    )
    return IpkTable(period, layout.title, header, rows)


def imbalances(conn: psycopg.Connection, period: Period) -> tuple[str, ...]:
    """What is wrong with the stored cells of one month, in Indonesian; empty if every identity holds."""
    if conn.execute("select to_regclass(%s)", [RELATION]).fetchone() == (None,):
        return ("tabel belum ada",)
    parameters = {"periode": period.first_day, "lalu": period.previous().first_day}
    count = conn.execute(
        "select count(*) from reports.rpt_ipk_iii_1 where periode = %(periode)s", parameters
    ).fetchone()
    faults = [] if count == (CELLS_PER_MONTH,) else [f"jumlah sel bukan {CELLS_PER_MONTH}"]
    for section, band, sex, identity in conn.execute(FAULTS, parameters):
        faults.append(f"{identity} ({section}, {band}, {sex})")
    return tuple(faults)


def is_balanced(conn: psycopg.Connection, period: Period) -> bool:
    """Whether the stored table of the month is whole and keeps every identity; False if there is none."""
    return not imbalances(conn, period)


def _cells(conn: psycopg.Connection, period: Period) -> dict[tuple[str, str, str, str], int]:
    if conn.execute("select to_regclass(%s)", [RELATION]).fetchone() == (None,):
        return {}
    rows = conn.execute(
        "select bagian, baris, kelompok_umur, jenis_kelamin, jumlah from reports.rpt_ipk_iii_1 "
        "where periode = %s",
        [period.first_day],
    )
    return {tuple(key): value for *key, value in rows}


def _value(cells: dict[tuple[str, str, str, str], int], row: LayoutRow, column: LayoutColumn) -> int | None:
    matching = [
        value
        for (section, number, band, sex), value in cells.items()
        if (section, number) == (row.section, row.number)
        and (not column.bands or band in column.bands)
        and (not column.sexes or sex in column.sexes)
    ]
    return sum(matching) if matching else None
