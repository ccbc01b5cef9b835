"""The asset that writes, closes and publishes the statutory tables."""

import time
from collections.abc import Sequence

import dagster as dg
import numpy as np
import psycopg

from batang_assets.database import connect
from batang_assets.partitions import Period, Span, monthly_partitions
from batang_assets.reports.ipk import files
from batang_assets.reports.ipk.history import revisions
from batang_assets.reports.ipk.publication import Published, is_closed, publish, spans_of
from batang_assets.reports.ipk.render import render_index, render_page
from batang_assets.reports.ipk.tables import Book, open_book, region_name
from batang_assets.reports.ipk.workbook import workbook
from batang_assets.settings import Settings, get_settings

SOURCES = ("rpt_ipk_arus", "rpt_ipk_penempatan", "rpt_ipk_pemberi_kerja", "rpt_indikator")


@dg.asset(
    key=["reports", "ipk"],
    deps=[dg.AssetKey(["reports", name]) for name in SOURCES],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="laporan",
    kinds={"python", "html", "csv"},
    owners=["team:disnaker-batang"],
    description=(
        "IPK III/1–III/8 setiap bulan, triwulan, semester, dan tahun, kabupaten dan kecamatan, dalam susunan baku: "
        "halaman HTML, buku kerja, dan CSV. Hanya ditulis bila semua identitas tabel berlaku pada setiap sel. Masa "
        "yang telah berakhir diterbitkan; angka yang kemudian berubah terbit sebagai revisi dengan sebab setiap "
        "selisihnya (reports.ipk_terbitan). Bulan berjalan bersifat sementara dan tidak diterbitkan.\n\nDasar: "
        "Kepdirjen 268/PPTK/XII/2012 dan Permenaker 39/2016."
    ),
)
def ipk(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Publish what is closed, then write the months of the run and every span that was published anew."""
    settings = get_settings()
    begun = time.monotonic()
    asked = [Period.parse(key) for key in sorted(context.partition_keys)]
    book, done, written = materialise(settings, asked, context.run_id)
    last = Span.parse(asked[-1].key)
    return dg.MaterializeResult(
        metadata={
            "tabel": dg.MetadataValue.md(_markdown(book, last)),
            "halaman": dg.MetadataValue.path(str(files.page_path(settings, last))),
            "indeks": dg.MetadataValue.path(str(files.folder(settings) / files.INDEX)),
            "masa_ditulis": len(written),
            "terbitan_baru": sum(one.revision == 0 for one in done),
            "revisi_baru": sum(one.revision > 0 for one in done),
            "sel_berubah": sum(one.changed for one in done),
            "seimbang": True,
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


def materialise(
    settings: Settings, asked: Sequence[Period], run_id: str
) -> tuple[Book, list[Published], list[Span]]:
    """Publish every closed span that is new or differs, and write the files; returns both.

    Raises DataError, and publishes and writes nothing, if a month is not reported, an identity does not
    hold or a change is not explained.
    """
    with connect(settings) as conn:
        conn.execute("set transaction isolation level repeatable read")
        book = open_book(conn, settings)
        for month in asked:
            book.cube.over(Span.parse(month.key))
        done = publish(conn, book, settings, run_id)
        conn.commit()
        spans = _to_write(settings, book, asked, done)
        for span in spans:
            _write(conn, settings, book, span)
        files.replace(files.folder(settings) / files.INDEX, render_index(conn, settings).encode())
    return book, done, spans


def _to_write(
    settings: Settings, book: Book, asked: Sequence[Period], done: Sequence[Published]
) -> list[Span]:
    """The months asked for, the closed spans that hold them, and what was published just now."""
    published = {one.span for one in done}
    return [
        span
        for span in spans_of(book.cube.months)
        if span.key in published
        or any(span.months == [month] for month in asked)
        or (is_closed(span, settings) and any(month in span.months for month in asked))
    ]


def _write(conn: psycopg.Connection, settings: Settings, book: Book, span: Span) -> None:
    tables = book.tables(span)
    own = [table[0] for table in tables]
    files.write_csvs(settings, span, book.grids, tables, book.regions)
    listed = revisions(conn, span, region=settings.kode_wilayah)
    note = (
        f"revisi sampai {max(one.revision for one in listed)}" if listed else "SEMENTARA, belum diterbitkan"
    )
    sheets = workbook(span, note, region_name(settings.kode_wilayah), book.grids, own)
    files.replace(files.workbook_path(settings, span), sheets)
    page = render_page(conn, settings, span, book.grids, own)
    files.replace(files.page_path(settings, span), page.encode())


def _markdown(book: Book, span: Span) -> str:
    """III/1 with the totals by sex: what fits the screen."""
    grid, table = book.grids[0], book.tables(span)[0][0]
    shown = [place for place, column in enumerate(grid.columns) if column.group == "Semua"]
    heads = [grid.columns[place].head for place in shown]
    lines = [
        f"**IPK {grid.layout.table} {grid.layout.title}, {span.label}**\n",
        f"| | | {' | '.join(heads)} |",
        "|---|---|" + "---:|" * len(shown),
    ]
    mask: np.ndarray = grid.mask
    for line, row in enumerate(grid.rows):
        cells = [f"{table[line, at]:,}".replace(",", ".") if mask[line, at] else "" for at in shown]
        lines.append(f"| {row.code} | {row.label} | {' | '.join(cells)} |")
    return "\n".join(lines)


assets: list[dg.AssetsDefinition] = [ipk]
