"""What the page shows, read from the tables of the consolidation."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from batang_assets.partitions import Period
from batang_assets.reports.konsolidasi.history import previous_work, was_kept

DOMAINS = {
    "pencari-kerja": "Pencari kerja",
    "pemberi-kerja": "Pemberi kerja",
    "lowongan": "Lowongan",
    "penduduk-bekerja": "Penduduk yang bekerja",
    "pelatihan": "Pelatihan (peserta)",
    "penempatan": "Penempatan",
}
WHO = {
    "dinas": "Dinas Ketenagakerjaan",
    "pemberi_kerja": "Pemberi kerja",
    "lpk": "Lembaga pelatihan kerja",
    "kementerian": "Kementerian (pengelola SIAPkerja)",
}
WAYS = {"baca_ulang": "baca ulang", "ekstrak": "berkas ekstrak"}
FOLLOWED = {"daerah": "daerah", "pusat": "pusat", "terbaru": "yang terakhir berubah"}


@dataclass(frozen=True)
class Cause:
    """One cause of a domain: records, and what they add to daerah − pusat."""

    label: str
    action: str
    records: int
    effect: int


@dataclass(frozen=True)
class Bridge:
    """One domain from the regency's count to the centre's.

    ``seen_by``, ``seen_on``: how the centre's side was last read (WAYS) and the day it shows, None if never;
    ``uncompared``: matched records whose content the extract does not carry whole; ``linked``: records recognised
    by the vault's linkage instead of a NIK.
    """

    wire: str
    title: str
    recorded: int
    quarantined: int
    daerah: int
    pusat: int
    cocok: int
    beda: int
    residual: int
    seen_by: str | None = None
    seen_on: date | None = None
    uncompared: int = 0
    linked: int = 0
    causes: list[Cause] = field(default_factory=list)
    differing: list[Cause] = field(default_factory=list)
    refusals: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Work:
    """Differences that one party can mend: now, and in the month before (None: it was not kept)."""

    who: str
    title: str
    domain: str
    label: str
    action: str
    records: int
    before: int | None


@dataclass(frozen=True)
class Consolidation:
    """Everything the page shows of one month.

    ``unsent``: records that wait for good because SIAPkerja's address is not set.
    """

    period: Period
    bridges: list[Bridge]
    districts: list[tuple[str, dict[str, int]]]
    activities: list[dict[str, Any]]
    fields: list[dict[str, Any]]
    work: list[Work]
    unsent: int = 0


def read_consolidation(conn: psycopg.Connection, period: Period, *, sends: bool = True) -> Consolidation:
    """The present consolidation, beside the work list of the month before.

    ``sends``: SIAPkerja's address is set.
    """
    unsent = 0 if sends else _unsent(conn)
    return Consolidation(
        period,
        _bridges(conn),
        _districts(conn),
        _activities(conn),
        _fields(conn),
        _work(conn, period),
        unsent,
    )


def _unsent(conn: psycopg.Connection) -> int:
    row = conn.execute("select count(*) from delivery.catatan_status where keadaan = 'menunggu'").fetchone()
    return row[0] if row else 0


def _bridges(conn: psycopg.Connection) -> list[Bridge]:
    causes: dict[tuple[str, bool], list[Cause]] = {}
    for domain, relation, label, action, count, effect in conn.execute(
        "select s.domain, s.hubungan, coalesce(r.label, s.sebab), coalesce(r.tindakan, ''), s.jumlah, s.selisih"
        " from reports.rpt_konsolidasi_sebab s"
        " left join staging.ref_konsolidasi_sebab r on r.sebab = s.sebab and r.hubungan = s.hubungan"
        " order by s.domain, abs(s.selisih) desc, s.jumlah desc, s.sebab"
    ):
        causes.setdefault((domain, relation == "beda"), []).append(Cause(label, action, count, effect))
    refusals: dict[str, list[tuple[str, int]]] = {}
    for domain, code, count in conn.execute(
        "select domain, kode, jumlah from reports.rpt_konsolidasi_tolak order by jumlah desc, kode"
    ):
        refusals.setdefault(domain, []).append((code, count))
    whence = {
        domain: {"seen_by": way, "seen_on": day}
        for domain, way, day in conn.execute(
            "select distinct on (domain) domain, cara,"
            " coalesce(keadaan_pada, (mulai at time zone 'Asia/Jakarta')::date)"
            " from delivery.baca_ulang order by domain, baca_id desc"
        )
    }
    paired = {
        domain: {"uncompared": uncompared, "linked": linked}
        for domain, uncompared, linked in conn.execute(
            "select domain, sum(tanpa_sidik)::bigint, sum(tertaut)::bigint"
            " from intermediate.int_konsolidasi__ringkas group by 1"
        )
    }
    rows = {
        row[0]: row[1:]
        for row in conn.execute(
            "select domain, tercatat, dikarantina, daerah, pusat, cocok, beda, sisa from reports.rpt_konsolidasi"
        )
    }
    return [
        Bridge(
            wire,
            title,
            *rows[wire],
            **whence.get(wire, {}),
            **paired.get(wire, {}),
            causes=causes.get((wire, False), []),
            differing=causes.get((wire, True), []),
            refusals=refusals.get(wire, []),
        )
        for wire, title in DOMAINS.items()
        if wire in rows
    ]


def _districts(conn: psycopg.Connection) -> list[tuple[str, dict[str, int]]]:
    """Kecamatan → domain → daerah − pusat; rows of their own for what lies outside or is unknown, last."""
    found: dict[str, dict[str, int]] = {}
    for name, domain, difference in conn.execute(
        "select coalesce(w.kecamatan, case j.kode_kecamatan when 'luar_kabupaten' then 'Luar kabupaten'"
        " else 'Tidak diketahui' end), j.domain, sum(j.selisih)::bigint from reports.rpt_konsolidasi_jembatan j"
        " left join (select distinct replace(kode_kecamatan, '.', '') as kode, kecamatan from staging.ref_wilayah)"
        " w on w.kode = j.kode_kecamatan group by j.kode_kecamatan, 1, 2 order by j.kode_kecamatan, 2"
    ):
        found.setdefault(name, {})[domain] = difference
    return list(found.items())


def _activities(conn: psycopg.Connection) -> list[dict[str, Any]]:
    """APBD activities: domain, sub-kegiatan, year, daerah, pusat, selisih."""
    return _rows(
        conn,
        "select domain, kode_sub_kegiatan, tahun_anggaran, sum(daerah)::bigint as daerah,"
        " sum(pusat)::bigint as pusat, sum(selisih)::bigint as selisih"
        " from reports.rpt_konsolidasi_jembatan where apbd"
        " group by 1, 2, 3 order by 1, 3, 2",
    )


def _fields(conn: psycopg.Connection) -> list[dict[str, Any]]:
    return _rows(
        conn,
        "select b.domain, b.bidang, b.jumlah, b.daerah_lebih_baru, b.pusat_lebih_baru, b.pemenang,"
        " coalesce(r.alasan, '') as alasan from reports.rpt_konsolidasi_bidang b"
        " left join staging.ref_konsolidasi_bidang r using (bidang) order by b.domain, b.jumlah desc, b.bidang",
    )


def _work(conn: psycopg.Connection, period: Period) -> list[Work]:
    before = previous_work(conn, period)
    known = was_kept(conn, period.previous())
    rows = conn.execute(
        "select k.penanggung_jawab, k.domain, k.hubungan, k.sebab, coalesce(r.label, k.sebab),"
        " coalesce(r.tindakan, ''), count(*) from reports.rpt_konsolidasi_daftar_kerja k"
        " left join staging.ref_konsolidasi_sebab r on r.sebab = k.sebab and r.hubungan = k.hubungan"
        " group by 1, 2, 3, 4, 5, 6 order by 1, 7 desc, 2, 4"
    ).fetchall()
    return [
        Work(
            who, WHO.get(who, who), DOMAINS.get(domain, domain), label, action, count,
            before.get((domain, relation, cause, who), 0) if known else None,
        )
        for who, domain, relation, cause, label, action, count in rows
    ]  # fmt: skip


def _rows(conn: psycopg.Connection, query: str) -> list[dict[str, Any]]:
    cursor = conn.execute(query.encode())
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
