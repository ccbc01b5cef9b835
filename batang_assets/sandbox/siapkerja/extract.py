"""What the centre holds as an extract that its operator would drop into a folder.

``python -m batang_assets.sandbox.siapkerja.extract --store FILE --to FOLDER``: one file a domain, withdrawn records
without data among them. Job seekers have headings of their own, as an office program writes them; the other domains
have the contract's names.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.siapkerja.validation import load_contract
from batang_assets.sandbox.world.drops import UNFINISHED, WRITERS

ENVELOPE = ("id_siapkerja", "id_daerah", "versi", "sumber", "ditarik", "diubah_pada")
HEADINGS = {
    "id_siapkerja": "ID SIAPkerja", "diubah_pada": "Tanggal Diperbarui", "nik": "Nomor Induk Kependudukan",
    "nama": "Nama Lengkap", "tanggal_lahir": "Tgl Lahir", "jenis_kelamin": "L/P", "no_hp": "No HP",
    "pendidikan": "Pendidikan Terakhir", "tanggal_daftar": "Tgl Daftar", "tanggal_kedaluwarsa": "Berlaku Sampai",
    "status": "Status Pendaftaran", "status_bekerja": "Status Pekerjaan",
}  # fmt: skip


def write_extract(store: Path, folder: Path, *, kind: str = "csv", day: date) -> dict[str, int]:
    """Write ``<domain>_<day>.<kind>`` for every domain; returns rows a file name. Raises ConfigurationError."""
    if kind not in WRITERS:
        raise ConfigurationError(f"--format {kind}: tulis {' atau '.join(WRITERS)}")
    if not store.is_file():
        raise ConfigurationError(f"--store {store}: tidak ada")
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as held:
        for domain, fields in load_contract()["domain"].items():
            names = [*ENVELOPE, *fields]
            titles = [HEADINGS.get(name, name) if domain == "pencari-kerja" else name for name in names]
            final = folder / f"{domain.replace('-', '_')}_{day.isoformat()}.{kind}"
            unfinished = final.with_name(final.name + UNFINISHED)
            counts[final.name] = WRITERS[kind](unfinished, titles, _rows(held, domain, names))
            unfinished.replace(final)
    return counts


def _rows(held: sqlite3.Connection, domain: str, names: list[str]) -> Iterator[list[Any]]:
    found = held.execute(
        "SELECT id_siapkerja, id_daerah, versi, sumber, ditarik, diubah_pada, data FROM catatan WHERE domain = ?"
        " ORDER BY diubah_pada, id_siapkerja",
        [domain],
    )
    for *envelope, data in found:
        row = dict(zip(ENVELOPE, envelope, strict=True)) | json.loads(data or "{}")
        row["ditarik"] = bool(row["ditarik"])
        yield [row.get(name) for name in names]


def main() -> int:
    """Command line; prints rows a file, or 1 with one line on stderr where an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="batang_assets.sandbox.siapkerja.extract",
        description="Menulis isi pusat sebagai berkas ekstrak.",
    )
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--format", default="csv", help="csv (bawaan) atau xlsx")
    parser.add_argument("--day", type=date.fromisoformat, default=date.today())
    args = parser.parse_args()
    try:
        counts = write_extract(args.store, args.to, kind=args.format, day=args.day)
    except (ConfigurationError, OSError, sqlite3.Error) as error:
        print(f"ekstrak SIAPkerja: {error}", file=sys.stderr)
        return 1
    for name, count in counts.items():
        print(f"{name}\t{count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
