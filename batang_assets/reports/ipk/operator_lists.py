"""Operators' row lists: the statutory list that a regency has to use, from a file, kept with its digest.

Two columns ``kode,label``. What Excel has done to codes is undone where only one reading is possible
(leading zeros; a group code 0 left blank), and told; everything else wrong is refused with file and line. A
second file ``dari_versi,dari_kode,ke_kode`` says which of our codes go into which of the list's.
"""

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from batang_assets.database import locks
from batang_assets.errors import DataError
from batang_assets.reports.ipk.layout import ListSpec, load_layout
from batang_assets.reports.ipk.rowlists import Crosswalk, RowList, nest, seed_pairs

LISTED = tuple(f"III/{number}" for number in range(2, 8))
MAX_ROWS = 5000
TOTAL_ROW = "JUMLAH"
LONGEST_LABEL = 300


@dataclass(frozen=True)
class OperatorList:
    """A list as read: rows (code, label), crosswalk (version, code, target), file, digest, what was mended."""

    rows: tuple[tuple[str, str], ...]
    crosswalk: tuple[tuple[str, str, str], ...]
    file: str
    sha256: str
    mended: tuple[str, ...]


def list_spec(table: str) -> ListSpec:
    """The row list of a table that an operator may replace; raises DataError if it has none."""
    if table not in LISTED:
        raise DataError(
            f"IPK {table}: tabel ini tidak memakai daftar baris operator; pilih {', '.join(LISTED)}"
        )
    spec = next(section.list for section in load_layout(table).sections)
    assert spec is not None
    return spec


def read_list(table: str, path: Path, crosswalk: Path | None = None) -> OperatorList:
    """Read and check a list; raises DataError naming file and line."""
    spec = list_spec(table)
    content, lines = _lines(path, ("kode", "label"))
    if len(lines) > MAX_ROWS:
        raise DataError(
            f"{path.name}: {len(lines)} baris, lebih dari {MAX_ROWS}: ini bukan daftar baris tabel IPK"
        )
    mended: list[str] = []
    if lines[-1][1].upper() == TOTAL_ROW:
        mended.append(
            f"{path.name}:{lines[-1][0]}: baris {lines[-1][1]} tidak dimuat: tabel menjumlah sendiri"
        )
        del lines[-1]
    rows: list[tuple[int, str, str]] = []
    for place, (line, raw, label) in enumerate(lines):
        follower = lines[place + 1][1] if place + 1 < len(lines) else ""
        code = _code(spec, path.name, line, raw, follower)
        if code != raw:
            mended.append(f"{path.name}:{line}: kode {raw or 'kosong'} dibaca {code}")
        if not label or len(label) > LONGEST_LABEL:
            raise DataError(
                f"{path.name}:{line}: uraian kode {code} kosong atau lebih dari {LONGEST_LABEL} huruf"
            )
        rows.append((line, code, label))
    _refuse_twice(path.name, rows)
    pairs, walked = _crosswalk(crosswalk, {code for _, code, _ in rows}) if crosswalk else ((), b"")
    digest = hashlib.sha256(content + b"\0" + walked).hexdigest()
    return OperatorList(tuple(row[1:] for row in rows), pairs, path.name, digest, tuple(mended))


def _lines(path: Path, header: Sequence[str]) -> tuple[bytes, list[tuple]]:
    """The bytes, and (line, *cells) of every row; cells are stripped."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: tidak terbaca sebagai CSV UTF-8 ({type(error).__name__})") from None
    separator = ";" if text.partition("\n")[0].count(";") else ","
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    found = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if reader.line_num > 1 and len(cells) != len(header):
                raise DataError(
                    f"{path.name}:{reader.line_num}: {len(cells)} kolom, seharusnya {len(header)}"
                )
            found.append((reader.line_num, *(" ".join(cell.split()) for cell in cells)))
    except csv.Error:
        raise DataError(f"{path.name}:{reader.line_num}: bukan CSV; periksa tanda kutip") from None
    if not found or tuple(found[0][1:]) != tuple(header):
        raise DataError(f"{path.name}:1: baris kepala harus {separator.join(header)}")
    if len(found) == 1:
        raise DataError(f"{path.name}: tidak ada baris sesudah kepala")
    return content, found[1:]


def _code(spec: ListSpec, file: str, line: int, raw: str, follower: str) -> str:
    """The code as the list means it: leading zeros that a spreadsheet dropped are put back."""
    if spec.letters and re.fullmatch("[A-Z]", raw):
        return raw
    shortest, longest = min(spec.lengths), max(spec.lengths)
    # A group code 0 shown as blank stands right above its first detail, which has lost its zero too.
    if raw == "" and shortest == 1 and follower.isdigit() and shortest < len(follower) < longest:
        return "0"
    if not raw.isascii() or not raw.isdigit():
        raise DataError(
            f"{file}:{line}: kode {raw!r} bukan kode daftar ini: isi dengan angka, tanpa titik atau spasi"
        )
    if len(raw) > longest:
        raise DataError(f"{file}:{line}: kode {raw} terdiri atas {len(raw)} angka, paling banyak {longest}")
    return raw if len(raw) in spec.lengths else raw.zfill(min(n for n in spec.lengths if n > len(raw)))


def _refuse_twice(file: str, rows: Sequence[tuple[int, str, str]]) -> None:
    first: dict[str, int] = {}
    for place, (line, code, _) in enumerate(rows):
        if code in first:
            follower = rows[place + 1][1] if place + 1 < len(rows) else ""
            hint = (
                f", misalnya {follower[:2]}00 bila ia membawahi {follower}"
                if code.endswith("00") and follower
                else ""
            )
            raise DataError(
                f"{file}:{line}: kode {code} sudah dipakai pada baris {first[code]}; satu kode satu baris: "
                f"ganti salah satunya{hint}"
            )
        first[code] = line


def _crosswalk(path: Path, codes: set[str]) -> tuple[tuple[tuple[str, str, str], ...], bytes]:
    content, lines = _lines(path, ("dari_versi", "dari_kode", "ke_kode"))
    pairs: dict[tuple[str, str, str], int] = {}
    for line, version, code, target in lines:
        if not code or target not in codes:
            raise DataError(
                f"{path.name}:{line}: ke_kode {target!r} tidak ada pada daftar baris, atau dari_kode kosong"
            )
        if (version, code, target) in pairs:
            raise DataError(
                f"{path.name}:{line}: padanan ini sudah ada pada baris {pairs[version, code, target]}"
            )
        pairs[version, code, target] = line
    return tuple(pairs), content


def store_list(
    conn: psycopg.Connection, table: str, version: str, found: OperatorList, now: datetime
) -> bool:
    """Keep a list and use it from now on; False if the very same is in use. ``version``: that of its codes."""
    spec = list_spec(table)
    if not version or version == spec.version:
        raise DataError(
            f"IPK {table}: sebutkan versi daftar itu (--version), lain dari versi bawaan {spec.version!r}"
        )
    conn.execute("select pg_advisory_xact_lock(%s)", [locks.IPK])
    row = _newest(conn).get(table)
    if row is not None and row[1:] == (version, found.sha256, True):
        return False
    number = _declare(conn, table, version, found.file, found.sha256, now, in_use=True)
    with conn.cursor() as cursor:
        with cursor.copy("copy reports.ipk_daftar_baris from stdin") as copy:
            for place, (code, label) in enumerate(found.rows):
                copy.write_row((number, place, code, label))
        with cursor.copy("copy reports.ipk_daftar_padanan from stdin") as copy:
            for pair in found.crosswalk:
                copy.write_row((number, *pair))
    return True


def drop_list(conn: psycopg.Connection, table: str, now: datetime) -> None:
    """Go back to the packaged list; raises DataError if no operator's list is in use."""
    list_spec(table)
    row = _newest(conn).get(table)
    if row is None or not row[3]:
        raise DataError(f"IPK {table}: tidak ada daftar operator yang berlaku")
    _declare(conn, table, row[1], "", row[2], now, in_use=False)


def current_lists(conn: psycopg.Connection) -> dict[str, RowList]:
    """Table → the operator's list in use."""
    found = {}
    for table, (number, version, _, in_use) in _newest(conn).items():
        if in_use:
            spec = list_spec(table)
            rows = conn.execute(
                "select kode, uraian from reports.ipk_daftar_baris where daftar_id = %s order by urutan",
                [number],
            ).fetchall()
            pairs = conn.execute(
                "select dari_versi, dari_kode, ke_kode from reports.ipk_daftar_padanan where daftar_id = %s",
                [number],
            ).fetchall()
            nested = nest(rows, heads=spec.heads, letters=spec.letters)
            # What the operator says of a code stands in place of what the code books say.
            said = {(source, code) for source, code, _ in pairs}
            known = seed_pairs(spec.classification, version)
            pairs += [pair for pair in known if pair[:2] not in said]
            found[table] = RowList(nested, version, Crosswalk.of(pairs), heads=spec.heads)
    return found


def _newest(conn: psycopg.Connection) -> dict[str, tuple[int, str, str, bool]]:
    rows = conn.execute(
        "select distinct on (tabel) tabel, daftar_id, versi, sha256, berlaku from reports.ipk_daftar"
        " order by tabel, daftar_id desc"
    ).fetchall()
    return {table: (number, version, digest, in_use) for table, number, version, digest, in_use in rows}


def _declare(
    conn: psycopg.Connection, table: str, version: str, file: str, digest: str, now: datetime, *, in_use: bool
) -> int:
    row = conn.execute(
        "insert into reports.ipk_daftar (tabel, versi, nama_berkas, sha256, dimuat_pada, berlaku)"
        " values (%s, %s, %s, %s, %s, %s) returning daftar_id",
        [table, version, file, digest, now, in_use],
    ).fetchone()
    assert row is not None
    return row[0]
