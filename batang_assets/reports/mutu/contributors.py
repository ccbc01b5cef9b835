"""Whom to call: records and wrong records by kecamatan, village, employer and training institution.

An organisation may be named, a person never: a business registered under a bare name, which may be its
owner's, appears by its register number alone.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import chain

import psycopg

from batang_assets.quality.suites import Rule, all_suites
from batang_assets.reports.mutu.breakdown import EMPLOYER, INSTITUTION, VILLAGE, Breakdown, KeyCell

OUTSIDE = "Di luar Kabupaten Batang"
UNKNOWN = "Tidak diketahui"
SHOWN = 15
# Forms of organisation a name may begin or end with; anything else may be a person's own name.
ORGANISATION = re.compile(
    r"^(pt|cv|ud|pd|fa|firma|koperasi|kud|yayasan|perum|perumda|perseroda|bumdes|dinas|badan|kantor|upt|uptd"
    r"|lpk|lkp|blk|blkk|bpvp|smk|sma|politeknik|universitas|akademi|rs|rsu|rsud|puskesmas|klinik|bank|bpr|hotel)\b",
    re.IGNORECASE,
)
LONGEST_NAME = 80
# Rows of the month, of them held; up to the month, of them held.
Counts = tuple[int, int, int, int]
NONE: Counts = (0, 0, 0, 0)


@dataclass(frozen=True)
class RegionShare:
    """Rows of one kecamatan, and how many of them are in quarantine: in the month, and standing up to it.

    ``kecamatan`` is False for the rows from elsewhere and for those whose region is unknown.
    """

    nama: str
    dinilai: int
    karantina: int
    seluruhnya: int = 0
    seluruhnya_karantina: int = 0
    kecamatan: bool = True

    @property
    def bagian(self) -> float:
        """Share in quarantine in the month, 0..1."""
        return self.karantina / self.dinilai if self.dinilai else 0.0

    @property
    def bagian_seluruhnya(self) -> float:
        """Share in quarantine up to the month, 0..1."""
        return self.seluruhnya_karantina / self.seluruhnya if self.seluruhnya else 0.0


@dataclass(frozen=True)
class Contributor:
    """One contributor's records up to the month: all, held in quarantine, and breaking any rule at all.

    ``rule``: the rule broken most often, a blocking one before a warning.
    """

    nama: str
    baris: int
    karantina: int
    salah: int
    rule: Rule

    @property
    def bagian(self) -> float:
        """Share that breaks any rule, 0..1."""
        return self.salah / self.baris


@dataclass(frozen=True)
class Contributors:
    """The contributors with most to mend, records of none of them (``tanpa``), and how many have any to mend."""

    jenis: str
    judul: str
    terbanyak: list[Contributor]
    tanpa: list[Contributor]
    jumlah: int


def read_contributors(conn: psycopg.Connection, breakdown: Breakdown) -> list[Contributors]:
    """Employers, training institutions and villages with wrong records up to the month, most held first."""
    employers = _named(
        conn, "select pemberi_kerja_id::text, nama from intermediate.int_pemberi_kerja__dinilai"
    )
    villages = _named(
        conn,
        "select kode_wilayah, nama || ', Kec. ' || kecamatan from marts.dim_wilayah",
    )
    groups = (
        ("pemberi-kerja", "Pemberi kerja", EMPLOYER, lambda key: _employer(key, employers.get(key))),
        ("lpk", "Lembaga pelatihan", INSTITUTION, _institution),
        ("desa", "Desa atau kelurahan", VILLAGE, lambda key: villages.get(key, OUTSIDE)),
    )
    return [_group(kind, title, name, breakdown.milik[column]) for kind, title, column, name in groups]


def _group(kind: str, title: str, name: Callable[[str], str], cells: Sequence[KeyCell]) -> Contributors:
    merged: dict[str, list[KeyCell]] = {}
    for cell in cells:
        label = f"{title} tidak tercatat" if cell.kunci is None else name(cell.kunci)
        merged.setdefault(label, []).append(cell)
    wrong = {label: item for label, rows in merged.items() if (item := _merge(label, rows))}
    # Nobody to call: shown apart, after the others.
    nobody = [wrong.pop(label) for label in (OUTSIDE, f"{title} tidak tercatat") if label in wrong]
    ordered = sorted(wrong.values(), key=lambda item: (-item.karantina, -item.salah, item.nama))
    return Contributors(kind, title, ordered[:SHOWN], nobody, len(ordered))


def _merge(label: str, cells: Sequence[KeyCell]) -> Contributor | None:
    """The cells of one label as one; None if nothing is wrong, or only by rules that have left the suites."""
    failed, warned = Counter[str](), Counter[str]()
    for cell in cells:
        failed.update(dict.fromkeys(cell.aturan_gagal, cell.jumlah))
        warned.update(dict.fromkeys(cell.peringatan, cell.jumlah))
    worst = min(failed or warned, key=lambda kode: (-(failed or warned)[kode], kode), default="")
    held = sum(cell.jumlah for cell in cells if not cell.layak)
    wrong = sum(cell.jumlah for cell in cells if not cell.layak or cell.peringatan)
    rule = _rules().get(worst)
    return (
        Contributor(label, sum(cell.jumlah for cell in cells), held, wrong, rule) if wrong and rule else None
    )


@cache
def _rules() -> dict[str, Rule]:
    return {rule.kode: rule for suite in all_suites() for rule in suite.rules}


def _named(conn: psycopg.Connection, query: str) -> dict[str, str]:
    return {key: name for key, name in conn.execute(query.encode()) if key is not None and name is not None}


def _employer(key: str, name: str | None) -> str:
    number = f"Pemberi kerja no. {key}"
    return f"{name} (no. {key})" if name and _is_organisation(name) else number


def _institution(name: str) -> str:
    return name if _is_organisation(name) else "Lembaga tanpa bentuk yang dikenal"


def _is_organisation(name: str) -> bool:
    return len(name) <= LONGEST_NAME and name.isprintable() and bool(ORGANISATION.search(name))


def read_regions(conn: psycopg.Connection, breakdown: Breakdown) -> list[RegionShare]:
    """Every kecamatan in order of code; then rows from elsewhere and rows whose region is unknown."""
    counted: dict[str | None, Counts] = {}
    for cell in chain.from_iterable(breakdown.bulanan.values()):
        month, held = cell.jumlah * (cell.period == breakdown.period), 0 if cell.layak else 1
        more = (month, month * held, cell.jumlah, cell.jumlah * held)
        counted[cell.kecamatan] = _plus(counted.get(cell.kecamatan, NONE), more)
    names = conn.execute(
        "select kode_kecamatan, min(kecamatan) from marts.dim_wilayah group by 1 order by 1"
    ).fetchall()
    shares = [RegionShare(name, *counted.pop(code, NONE)) for code, name in names]
    unknown = counted.pop(None, NONE)
    outside = reduce(_plus, counted.values(), NONE)
    for label, counts in ((OUTSIDE, outside), (UNKNOWN, unknown)):
        if any(counts):
            shares.append(RegionShare(label, *counts, kecamatan=False))
    return shares


def _plus(one: Counts, other: Counts) -> Counts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]
