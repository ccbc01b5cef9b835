"""``batang reference``: official code lists, loaded and listed."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

reference_app = typer.Typer(no_args_is_help=True, help="Code books and their official lists.")


@reference_app.callback()
def _group() -> None:
    """Code books and their official lists."""


@reference_app.command()
def load(
    book: Annotated[str, typer.Argument(help="kbji-2014, kbji-2026, kbli-2020, kbli-2025 or wilayah.")],
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8) or XLSX: kode, judul, and if there digit, kategori.")
    ],
    by: Annotated[str, typer.Option("--by", help="Who loads it.")],
) -> None:
    """Check an official list as a tree and store it; from the next build on its finer levels are used."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.reference.books import book_of
    from batang_assets.reference.lists import read_list
    from batang_assets.reference.store import store_list

    with one_line_errors():
        target = book_of(book)
        official = read_list(target, file)
        with stack(servers=False) as settings, connect(settings) as conn:
            stored = store_list(conn, target, official, file.name, by, settings.now())
    if not stored:
        sys.stdout.write(f"{target.key}: daftar ini sudah berlaku; tidak ada yang diubah\n")
        return
    mended = f", nol di depan dipulihkan pada {official.mended} kode" if official.mended else ""
    sys.stdout.write(
        f"{target.key}: {len(official.entries)} kode dimuat{mended}; dipakai mulai pembangunan berikutnya "
        "(batang run)\n"
    )


@reference_app.command("list")
def list_() -> None:
    """List editions with their validity, the finest level known, rows, and the digest of the loaded file."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.reference.books import seed
    from batang_assets.reference.store import loads

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as conn:
        found = loads(conn)
    table = Table("book", "version", "valid", "source", "level", "rows", "digest", "by", "at")
    for row in seed("ref_buku_kode"):
        span = f"{row['berlaku_mulai']} – {row['berlaku_sampai']}"
        table.add_row(row["buku"], row["versi"], span, escape(row["dasar"]), "", "", "", "", "")
    for one in found:
        mark = "loaded" if one.current else "replaced"
        table.add_row(
            one.book, one.version, mark, escape(one.file), str(one.level), str(one.rows), one.digest[:12],
            escape(one.by), f"{one.at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    Console().print(table)
