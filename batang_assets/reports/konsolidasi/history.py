"""Each month's bridge and work list as they stood when the month was run."""

import psycopg

from batang_assets.partitions import Period

KEEP = (
    "delete from reports.konsolidasi_riwayat where periode = %(periode)s",
    "delete from reports.konsolidasi_pekerjaan where periode = %(periode)s",
    "insert into reports.konsolidasi_riwayat (periode, domain, kode_kecamatan, apbd, kode_sub_kegiatan,"
    " tahun_anggaran, sebab, daerah, pusat, selisih, run_id)"
    " select %(periode)s, domain, kode_kecamatan, apbd, kode_sub_kegiatan, tahun_anggaran, sebab, daerah, pusat,"
    " selisih, %(run_id)s from reports.rpt_konsolidasi_jembatan",
    "insert into reports.konsolidasi_pekerjaan (periode, domain, hubungan, sebab, penanggung_jawab, jumlah, run_id)"
    " select %(periode)s, domain, hubungan, sebab, penanggung_jawab, count(*), %(run_id)s"
    " from reports.rpt_konsolidasi_daftar_kerja group by domain, hubungan, sebab, penanggung_jawab",
)


def later_month(conn: psycopg.Connection, period: Period) -> Period | None:
    """The newest month after ``period`` whose bridge is kept: the present state is no longer this month's."""
    row = conn.execute(
        "select max(periode) from reports.konsolidasi_riwayat where periode > %s", [period.first_day]
    ).fetchone()
    return Period.of(row[0]) if row and row[0] else None


def keep(conn: psycopg.Connection, period: Period, run_id: str) -> None:
    """Store the present bridge and work list as the month's, replacing its earlier ones; the caller commits."""
    for statement in KEEP:
        conn.execute(statement.encode(), {"periode": period.first_day, "run_id": run_id})


def previous_work(conn: psycopg.Connection, period: Period) -> dict[tuple[str, str, str, str], int]:
    """(domain, hubungan, sebab, penanggung_jawab) → differences in the month before; empty if it was never kept."""
    rows = conn.execute(
        "select domain, hubungan, sebab, penanggung_jawab, jumlah from reports.konsolidasi_pekerjaan"
        " where periode = %s",
        [period.previous().first_day],
    )
    return {(domain, relation, cause, who): count for domain, relation, cause, who, count in rows}


def was_kept(conn: psycopg.Connection, period: Period) -> bool:
    """Whether the month's bridge is kept."""
    row = conn.execute(
        "select exists (select 1 from reports.konsolidasi_riwayat where periode = %s)", [period.first_day]
    ).fetchone()
    return bool(row and row[0])
