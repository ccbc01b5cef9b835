"""Whom to call: records and wrong records by kecamatan, village, employer and training institution.

An organisation may be named, a person never: a business registered under a bare name, which may be its
owner's, appears by its register number alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.suites import Rule, all_suites

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

# (dataset, column) pairs: whose record it is. Both columns are the warehouse's own, after conforming.
EMPLOYERS = (
    ("pemberi_kerja", "pemberi_kerja_id"),
    ("lowongan", "pemberi_kerja_id"),
    ("penempatan", "pemberi_kerja_id"),
    ("penduduk_bekerja", "pemberi_kerja_id"),
)
INSTITUTIONS = (("pelatihan", "lembaga"), ("peserta_pelatihan", "lembaga"))
PLACED = ("pencari_kerja", "pemberi_kerja", "lowongan", "pelatihan", "peserta_pelatihan", "penduduk_bekerja")
VILLAGES = tuple((entity, "kode_wilayah") for entity in PLACED)


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


def read_contributors(conn: psycopg.Connection, period: Period) -> list[Contributors]:
    """Employers, training institutions and villages with wrong records up to the month, most held first."""
    employers = _named(
        conn, "select pemberi_kerja_id::text, nama from intermediate.int_pemberi_kerja__dinilai"
    )
    villages = _named(
        conn,
        "select kode_wilayah, nama || ', Kec. ' || kecamatan from marts.dim_wilayah",
    )
    groups = (
        ("pemberi-kerja", "Pemberi kerja", EMPLOYERS, lambda key: _employer(key, employers.get(key))),
        ("lpk", "Lembaga pelatihan", INSTITUTIONS, _institution),
        ("desa", "Desa atau kelurahan", VILLAGES, lambda key: villages.get(key, OUTSIDE)),
    )
    return [
        _group(kind, title, name, _counted(conn, period, sources)) for kind, title, sources, name in groups
    ]


def _group(
    kind: str,
    title: str,
    name: Callable[[str], str],
    counted: Sequence[tuple[str | None, int, int, int, str]],
) -> Contributors:
    merged: dict[str, list[tuple[int, int, int, str]]] = {}
    for key, count, held, broken, kode in counted:
        label = f"{title} tidak tercatat" if key is None else name(key)
        merged.setdefault(label, []).append((count, held, broken, kode))
    wrong = {label: item for label, rows in merged.items() if (item := _merge(label, rows))}
    # Nobody to call: shown apart, after the others.
    nobody = [wrong.pop(label) for label in (OUTSIDE, f"{title} tidak tercatat") if label in wrong]
    ordered = sorted(wrong.values(), key=lambda item: (-item.karantina, -item.salah, item.nama))
    return Contributors(kind, title, ordered[:SHOWN], nobody, len(ordered))


def _merge(label: str, rows: Sequence[tuple[int, int, int, str]]) -> Contributor | None:
    """Keys of one label as one; the rule is that of the key with most wrong records. None if nothing is wrong."""
    count, held, wrong = sum(row[0] for row in rows), sum(row[1] for row in rows), sum(row[2] for row in rows)
    worst = min(rows, key=lambda row: (-row[1], -row[2], row[3]))
    rule = _rules().get(worst[3])
    return Contributor(label, count, held, wrong, rule) if wrong and rule else None


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


def _counted(
    conn: psycopg.Connection, period: Period, sources: Sequence[tuple[str, str]]
) -> list[tuple[str | None, int, int, int, str]]:
    """Key, rows, held rows, rows that break any rule, and the code broken most often ('' for none)."""
    rows = sql.SQL(" union all ").join(
        sql.SQL(
            "select {}::text as kunci, layak, aturan_gagal, peringatan from intermediate.{}"
            " where periode <= %(akhir)s and deleted_at is null"
        ).format(sql.Identifier(column), sql.Identifier(f"int_{entity}__dinilai"))
        for entity, column in sources
    )
    query = sql.SQL(
        """
        with catatan as ({}),
        jumlah as (
            select kunci, count(*) as baris, count(*) filter (where not layak) as ditahan,
                count(*) filter (where not layak or cardinality(peringatan) > 0) as salah
            from catatan group by kunci
        ),
        pelanggaran as (
            select kunci, kode, true as blokir from catatan cross join unnest(aturan_gagal) as kode
            union all
            select kunci, kode, false from catatan cross join unnest(peringatan) as kode
        ),
        tersering as (
            select distinct on (kunci) kunci, kode
            from (select kunci, kode, blokir, count(*) as kali from pelanggaran group by 1, 2, 3) as p
            order by kunci, blokir desc, kali desc, kode
        )
        select jumlah.kunci, baris, ditahan, salah, coalesce(kode, '')
        from jumlah left join tersering on jumlah.kunci is not distinct from tersering.kunci
        """
    )
    return conn.execute(query.format(rows), {"akhir": period.first_day}).fetchall()


def read_regions(conn: psycopg.Connection, period: Period) -> list[RegionShare]:
    """Every kecamatan in order of code; then rows from elsewhere and rows whose region is unknown."""
    judged = sql.SQL(" union all ").join(
        sql.SQL(
            "select kode_kecamatan, periode = %(periode)s as kini, not layak as ditahan from intermediate.{}"
            " where periode <= %(periode)s and deleted_at is null"
        ).format(sql.Identifier(dataset.judged_table))
        for dataset in DATASETS
        if dataset.berwilayah
    )
    counted = {
        code: tuple(counts)
        for code, *counts in conn.execute(
            sql.SQL(
                "select kode_kecamatan, count(*) filter (where kini), count(*) filter (where kini and ditahan),"
                " count(*), count(*) filter (where ditahan) from ({}) t group by 1"
            ).format(judged),
            {"periode": period.first_day},
        )
    }
    names = conn.execute(
        "select kode_kecamatan, min(kecamatan) from marts.dim_wilayah group by 1 order by 1"
    ).fetchall()
    none = (0, 0, 0, 0)
    shares = [RegionShare(name, *counted.pop(code, none)) for code, name in names]
    unknown = counted.pop(None, none)
    outside = tuple(sum(column) for column in zip(*counted.values(), strict=True)) or none
    for label, counts in ((OUTSIDE, outside), (UNKNOWN, unknown)):
        if any(counts):
            shares.append(RegionShare(label, *counts, kecamatan=False))
    return shares
