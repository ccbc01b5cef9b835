"""What was published, as it was published: any revision of any table, and what each revision changed."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from batang_assets.errors import DataError
from batang_assets.partitions import Span

CELLS = """
select bentuk.urutan_baris, bentuk.bagian, bentuk.kode_baris, bentuk.uraian_baris, bentuk.kolom,
    case when bentuk.nilai is not null then coalesce(sel.nilai, 0) end as nilai
from reports.ipk_terbitan_sel as bentuk
left join reports.ipk_terbitan_sel as sel
    on sel.terbitan_id = %(terbitan)s
    and (sel.urutan_baris, sel.urutan_kolom) = (bentuk.urutan_baris, bentuk.urutan_kolom)
where bentuk.terbitan_id = (
    select terbitan_id from reports.ipk_terbitan
    where tabel = %(tabel)s and periode = %(periode)s and wilayah = %(kabupaten)s and bentuk_digest = %(bentuk)s
    order by revisi desc limit 1
)
order by bentuk.urutan_baris, bentuk.urutan_kolom
"""
REVISIONS = """
select tabel, wilayah, revisi, diterbitkan_pada, diketahui_sampai,
    (select count(distinct (bagian, kode_baris, kolom)) from reports.ipk_terbitan_perubahan as p
        where p.terbitan_id = t.terbitan_id),
    (select coalesce(json_object_agg(sebab, banyak), '{}') from (
        select sebab, count(*) as banyak from reports.ipk_terbitan_perubahan as p
        where p.terbitan_id = t.terbitan_id group by sebab
    ) as ringkas)
from reports.ipk_terbitan as t
where periode = %s and (%s::text is null or tabel = %s) and (%s::text is null or wilayah = %s)
order by tabel, wilayah, revisi
"""


@dataclass(frozen=True)
class Publication:
    """One published table: columns in order, rows of (section, code, label, *values); None: no such cell."""

    table: str
    span: Span
    region: str
    revision: int
    title: str
    published: datetime
    known_until: datetime
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


@dataclass(frozen=True)
class Revision:
    """One revision in the list; ``causes``: cause → cells that it moved."""

    table: str
    region: str
    revision: int
    published: datetime
    known_until: datetime
    changed: int
    causes: dict[str, int]


@dataclass(frozen=True)
class CellChange:
    """One changed cell of a revision and one cause of its difference."""

    section: str
    row: str
    column: str
    cause: str
    difference: int


def publication(
    conn: psycopg.Connection, table: str, span: Span, region: str, regency: str, revision: int | None = None
) -> Publication:
    """A published table, the newest revision unless one is named; raises DataError if there is none."""
    row = conn.execute(
        "select terbitan_id, revisi, judul, diterbitkan_pada, diketahui_sampai, bentuk_digest"
        " from reports.ipk_terbitan"
        " where tabel = %s and periode = %s and wilayah = %s and (%s::int is null or revisi = %s)"
        " order by revisi desc limit 1",
        [table, span.key, region, revision, revision],
    ).fetchone()
    if row is None:
        which = "" if revision is None else f" revisi {revision}"
        raise DataError(
            f"IPK {table} {span.key} wilayah {region}{which} belum diterbitkan; `batang ipk revisions --period "
            f"{span.key}` menunjukkan yang ada"
        )
    number, found, title, published, known, shape = row
    cells = conn.execute(
        CELLS,
        {"terbitan": number, "tabel": table, "periode": span.key, "kabupaten": regency, "bentuk": shape},
    ).fetchall()
    columns = tuple(dict.fromkeys(cell[4] for cell in cells))
    rows: dict[int, list[str | int | None]] = {}
    for place, section, code, label, _, value in cells:
        rows.setdefault(place, [section, code, label]).append(value)
    return Publication(
        table, span, region, found, title, published, known, columns, tuple(tuple(r) for r in rows.values())
    )


def revisions(
    conn: psycopg.Connection, span: Span, table: str | None = None, region: str | None = None
) -> list[Revision]:
    """Every publication of a span, by table, region and revision."""
    rows = conn.execute(REVISIONS, [span.key, table, table, region, region])
    return [Revision(*row) for row in rows]


def changes(conn: psycopg.Connection, table: str, span: Span, region: str, revision: int) -> list[CellChange]:
    """What one revision changed, cell by cell and cause by cause; empty for revision 0."""
    rows = conn.execute(
        "select bagian, kode_baris, kolom, sebab, selisih from reports.ipk_terbitan_perubahan"
        " join reports.ipk_terbitan using (terbitan_id)"
        " where tabel = %s and periode = %s and wilayah = %s and revisi = %s order by 1, 2, 3, 4",
        [table, span.key, region, revision],
    )
    return [CellChange(*row) for row in rows]
