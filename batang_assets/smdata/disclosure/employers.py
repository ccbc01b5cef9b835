"""How many employers stand behind each figure of the public sheets that ask for it."""

from collections.abc import Iterable, Iterator, Sequence

import psycopg
from psycopg import sql

from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.smdata.disclosure.cells import row_key
from batang_assets.smdata.sheets import PublishedSheet, TableSheet
from batang_assets.smdata.tables import SheetData

# Of the very revision that the sheet shows.
PUBLISHED_SQL = """
select bagian, kode_baris, kolom, jumlah[urutan_baris + 1][urutan_kolom + 1]
from reports.ipk_terbitan
inner join reports.ipk_terbitan_pemberi_kerja using (terbitan_id)
inner join reports.ipk_terbitan_sel using (terbitan_id)
where (tabel, periode, wilayah, revisi) = (%s, %s, %s, %s)
"""
UNKNOWN = "tidak_diketahui"


def read_employers(
    connection: psycopg.Connection, sheets: Iterable[SheetData], span: Span, region: str
) -> dict[str, int]:
    """By address (``berkas/baris/kolom``) the distinct known employers; an address that is absent has none.

    Raises DataError if the report that lists them is absent. An older publication that does not know its employers
    says nothing, so its vacancy figures are all withheld until the tables are written anew.
    """
    found: dict[str, int] = {}
    for data in sheets:
        if isinstance(data.sheet, PublishedSheet):
            if any(block.public.employers for block in data.sheet.blocks):
                found |= dict(_published(connection, data, data.sheet, span, region))
        elif data.sheet.public.employers:
            found |= dict(_listed(connection, data, data.sheet, span))
    return found


def _published(
    connection: psycopg.Connection, data: SheetData, sheet: PublishedSheet, span: Span, region: str
) -> Iterator[tuple[str, int]]:
    assert data.publication is not None
    names = {(b.source, c.source): f"{b.name}/{{}}/{c.name}" for b in sheet.blocks for c in b.columns}
    which = [sheet.table, span.key, region, data.publication.revision]
    for part, code, column, count in connection.execute(PUBLISHED_SQL, which):
        if (part, column) in names:
            yield f"{sheet.file}/{names[part, column].format(code)}", count


def _listed(
    connection: psycopg.Connection, data: SheetData, sheet: TableSheet, span: Span
) -> Iterator[tuple[str, int]]:
    employers = sheet.public.employers
    assert employers is not None
    assert employers.relation is not None
    names = [item.name for item in data.fields]
    figures = [place for place, item in enumerate(data.fields) if item.type == "bilangan"]
    words = [sql.Identifier(name) for place, name in enumerate(names) if place not in figures]
    count = sql.SQL("count(distinct pemberi_kerja_id) filter (where {} <> 0 and pemberi_kerja_id <> {})")
    query = sql.SQL("select {}, {} from {} where rentang = {} group by {}").format(
        sql.SQL(", ").join(words),
        sql.SQL(", ").join(count.format(sql.Identifier(names[place]), UNKNOWN) for place in figures),
        sql.Identifier(*employers.relation.split(".")),
        span.key,
        sql.SQL(", ").join(words),
    )
    try:
        rows: Sequence[tuple] = connection.execute(query).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise DataError(
            f"sheet {sheet.name}: who is behind its figures is asked of {employers.relation}, which lacks it: "
            f"{error.diag.message_primary}"
        ) from None
    for row in rows:
        place = f"{sheet.file}/{row_key(row[: len(words)], ())}"
        for index, number in zip(figures, row[len(words) :], strict=True):
            yield f"{place}/{names[index]}", number
