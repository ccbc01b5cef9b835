"""The gate of IPK III: each rule fails on its own fault, for the month it is asked about."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import GateClosed
from batang_assets.partitions import Period
from batang_assets.quality.alerts import troubles
from batang_assets.quality.balance import balance_rules, judge, require_balanced
from batang_assets.settings import Settings

SEPTEMBER, OCTOBER = Period(2026, 9), Period(2026, 10)
IN_OCTOBER = "where periode = '2026-10-01' and tabel = "
FAULTS = {
    "IP_A01": f"update reports.rpt_ipk_arus set masuk = masuk + 1 {IN_OCTOBER} 'III/2' and kode = 'SMA'",
    "IP_A02": "update reports.rpt_ipk_arus set awal = awal + 1, akhir = akhir + 1"
    " where periode = '2026-09-01' and bagian = 'lowongan'",
    "IP_A03": f"update reports.rpt_ipk_arus set masuk = 5, dihapus = 4 {IN_OCTOBER} 'III/3'",
    "IP_A04": f"update reports.rpt_ipk_arus set jenis_kelamin = 'P', awal = 2 {IN_OCTOBER} 'III/6'",
    "IP_A05": "delete from reports.rpt_ipk_penempatan where pendidikan = 'SMA'",
}


@pytest.fixture(scope="module")
def prepared(new_settings: Callable[..., Settings]) -> Settings:
    """Two people and two places in September; in October one more person comes and one of the two is placed."""
    settings = new_settings()
    with connect(settings) as conn:
        conn.execute(
            "create table reports.rpt_ipk_arus (tabel text, periode date, bagian text,"
            " kode_kecamatan text, kode text, versi text, lama_lulus text, jenis_kelamin text,"
            " awal bigint, masuk bigint, terpenuhi bigint, dihapus bigint, akhir bigint)"
        )
        conn.execute(
            "create table reports.rpt_ipk_penempatan (periode date, kode_kecamatan text, jenis_penempatan text,"
            " pendidikan text, penerima text, jenis_kelamin text, jumlah bigint)"
        )
        for part, tables in (("pencari_kerja", "1237"), ("lowongan", "1456")):
            for table in tables:
                for month, numbers in (("09", (0, 2, 0, 0, 2)), ("10", (2, 1, 1, 0, 2))):
                    conn.execute(
                        "insert into reports.rpt_ipk_arus values (%s, %s, %s, '332511', 'SMA', '', 'semua', 'L',"
                        " %s, %s, %s, %s, %s)",
                        [f"III/{table}", f"2026-{month}-01", part, *numbers],
                    )
        conn.execute(
            "insert into reports.rpt_ipk_penempatan values"
            " ('2026-10-01', '332511', 'AKL', 'SMA', 'SWASTA', 'L', 1)"
        )
    return settings


@pytest.fixture
def conn(prepared: Settings) -> Iterator[psycopg.Connection]:
    with connect(prepared) as connection:
        yield connection
        connection.rollback()


def broken(conn: psycopg.Connection, period: Period) -> set[str]:
    return {item.rule.kode for item in judge(conn, period, "uji", "ipk") if not item.lulus}


def test_each_rule_fails_on_its_own_fault(conn: psycopg.Connection) -> None:
    assert broken(conn, SEPTEMBER) == broken(conn, OCTOBER) == set()
    assert set(FAULTS) == {rule.kode for rule in balance_rules("ipk")}
    for kode, fault in FAULTS.items():
        with conn.transaction(force_rollback=True):
            conn.execute(fault.encode())
            assert kode in broken(conn, OCTOBER)
            if kode != "IP_A02":
                assert broken(conn, SEPTEMBER) == set()


def test_a_cell_that_is_lost_or_a_month_without_cells_is_no_balance(conn: psycopg.Connection) -> None:
    with conn.transaction(force_rollback=True):
        conn.execute(f"delete from reports.rpt_ipk_arus {IN_OCTOBER} 'III/5'".encode())
        assert broken(conn, OCTOBER) == {"IP_A02", "IP_A04"}
    assert {"IP_A01", "IP_A02"} <= broken(conn, OCTOBER.next())


def test_an_output_is_refused_until_this_month_is_judged_and_balances(conn: psycopg.Connection) -> None:
    with pytest.raises(GateClosed, match="IPK III Oktober 2026 belum dinilai"):
        require_balanced(conn, OCTOBER, "ipk")
    judge(conn, OCTOBER, "uji", "ipk")
    require_balanced(conn, OCTOBER, "ipk")
    conn.execute(FAULTS["IP_A05"].encode())
    with pytest.raises(GateClosed, match="belum dinilai"):
        require_balanced(conn, OCTOBER, "ipk")
    judge(conn, OCTOBER, "uji", "ipk")
    with pytest.raises(GateClosed, match="IPK III Oktober 2026 tidak seimbang: IP_A05"):
        require_balanced(conn, OCTOBER, "ipk")
    assert troubles(conn) == {"neraca ipk 2026-10": "IPK III Oktober 2026 tidak seimbang: IP_A05 (1 dari 1)."}
