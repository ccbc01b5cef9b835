"""``batang ipk``: the published statutory tables and their revisions, and the row lists that an operator loads."""

import csv
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from batang_assets.settings import JAKARTA, Settings

ipk_app = typer.Typer(no_args_is_help=True, help="The statutory tables IPK III/1–III/8.")
rows_app = typer.Typer(no_args_is_help=True, help="Row lists in place of the packaged ones.")
ipk_app.add_typer(rows_app, name="rows")

TableOption = Annotated[str, typer.Option("--table", help="III/1 … III/8.")]
SpanOption = Annotated[str, typer.Option("--period", help="2026-10, 2026-T4, 2026-S2 or 2026.")]
KecamatanOption = Annotated[
    str | None,
    typer.Option("--kecamatan", help="Code, luar_kabupaten or tidak_diketahui; default: the regency."),
]
TableArgument = Annotated[str, typer.Argument(help="III/2 … III/7.")]


@contextmanager
def _database() -> Generator[tuple[Settings, psycopg.Connection]]:
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as conn:
        yield settings, conn


@ipk_app.command()
def show(
    table: TableOption,
    period: SpanOption,
    kecamatan: KecamatanOption = None,
    revision: Annotated[int | None, typer.Option("--revision", help="Default: the newest.", min=0)] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print a table as it was published."""
    from batang_assets.partitions import Span
    from batang_assets.reports.ipk.history import publication

    with _database() as (settings, conn):
        regency = settings.kode_wilayah
        found = publication(conn, table, Span.parse(period), kecamatan or regency, regency, revision)
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(("bagian", "baris", "uraian", *found.columns))
        writer.writerows(found.rows)
        return
    title = f"IPK {found.table} {found.title}, {found.span.label}, {found.region}, revisi {found.revision}"
    printed = Table("", *found.columns, title=title, title_justify="left")
    section = ""
    for part, code, label, *values in found.rows:
        if part != section:
            section = str(part)
            printed.add_section()
        # A row that counts nobody says nothing on a screen; the csv has it.
        if any(values) or code == "jumlah":
            name = label if str(code).islower() else f"{code} {label}"
            printed.add_row(escape(str(name)), *("" if value is None else str(value) for value in values))
    Console().print(printed)


@ipk_app.command("revisions")
def revisions_(
    period: SpanOption,
    table: Annotated[str | None, typer.Option("--table", help="Only this table.")] = None,
    kecamatan: KecamatanOption = None,
    cells: Annotated[bool, typer.Option("--cells", help="List every changed cell with its causes.")] = False,
) -> None:
    """List the publications of a span, with what each revision changed and why."""
    from batang_assets.errors import DataError
    from batang_assets.partitions import Span
    from batang_assets.reports.ipk.history import changes, revisions

    with _database() as (settings, conn):
        span, region = Span.parse(period), kecamatan or settings.kode_wilayah
        found = revisions(conn, span, table, region)
        if not found:
            raise DataError(f"IPK {span.key} wilayah {region}: belum ada yang diterbitkan")
        printed = Table("tabel", "revisi", "terbit", "diketahui sampai", "sel berubah", "sebab")
        for one in found:
            causes = ", ".join(f"{cause} {count}" for cause, count in sorted(one.causes.items()))
            moments = (_moment(one.published), _moment(one.known_until))
            printed.add_row(one.table, str(one.revision), *moments, str(one.changed), causes)
        Console().print(printed)
        if cells:
            writer = csv.writer(sys.stdout)
            writer.writerow(("tabel", "revisi", "bagian", "baris", "kolom", "sebab", "selisih"))
            for one in found:
                for cell in changes(conn, one.table, span, region, one.revision):
                    change = (cell.section, cell.row, cell.column, cell.cause, cell.difference)
                    writer.writerow((one.table, one.revision, *change))


def _moment(moment: datetime) -> str:
    return moment.astimezone(JAKARTA).isoformat(" ", "minutes")


@rows_app.command("load")
def load(
    table: TableArgument,
    file: Annotated[Path, typer.Argument(help="CSV: kode,label.", exists=True, dir_okay=False)],
    version: Annotated[str, typer.Option("--version", help="Edition of the list's codes, e.g. 2002.")],
    crosswalk: Annotated[
        Path | None,
        typer.Option(help="CSV: dari_versi,dari_kode,ke_kode.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Use a row list of one's own for a table, from the next materialisation on."""
    from batang_assets.reports.ipk.operator_lists import read_list, store_list

    with _database() as (settings, conn):
        found = read_list(table, file, crosswalk)
        new = store_list(conn, table, version, found, settings.now())
        conn.commit()
    for line in found.mended:
        sys.stdout.write(line + "\n")
    state = "berlaku mulai materialisasi berikutnya" if new else "sudah berlaku, tidak ada yang diubah"
    counts = f"{len(found.rows)} baris, {len(found.crosswalk)} padanan, sha256 {found.sha256[:16]}…"
    sys.stdout.write(f"IPK {table}: {counts}; {state}\n")


@rows_app.command("drop")
def drop(table: TableArgument) -> None:
    """Go back to the packaged row list of a table."""
    from batang_assets.reports.ipk.operator_lists import drop_list

    with _database() as (settings, conn):
        drop_list(conn, table, settings.now())
        conn.commit()
    sys.stdout.write(f"IPK {table}: kembali ke daftar bawaan mulai materialisasi berikutnya\n")
