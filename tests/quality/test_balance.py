"""The consolidation's gate: each rule fails on its own fault, and a verdict is for the table it was made on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import GateClosed
from batang_assets.partitions import Period
from batang_assets.quality.balance import CONSOLIDATION, balance_rules, judge, require_balanced
from batang_assets.settings import Settings

OCTOBER = Period(2026, 10)
MARTS = {
    "pencari-kerja": "dim_pencari_kerja", "pemberi-kerja": "dim_pemberi_kerja", "lowongan": "fct_lowongan",
    "penduduk-bekerja": "fct_penduduk_bekerja", "pelatihan": "fct_peserta_pelatihan",
    "penempatan": "fct_penempatan",
}  # fmt: skip
FAULTS = {
    "KO_A01": "update reports.rpt_konsolidasi set cocok = 2, pusat = pusat + 1 where domain = 'lowongan'",
    "KO_A02": "update reports.rpt_konsolidasi set pusat = 9 where domain = 'lowongan'",
    "KO_A03": "insert into marts.fct_lowongan values (9)",
    "KO_A04": "delete from reports.rpt_konsolidasi_sebab where domain = 'lowongan' and hubungan = 'beda'",
    "KO_A06": "update reports.rpt_konsolidasi set sisa = -1 where domain = 'lowongan'",
    "KO_A05": "delete from reports.rpt_konsolidasi where domain = 'lowongan'",
}


@pytest.fixture(scope="module")
def prepared(new_settings: Callable[..., Settings]) -> Settings:
    """Six domains of three regency rows: one matched, one that differs, one held here alone; one at the centre."""
    settings = new_settings()
    with connect(settings) as conn:
        conn.execute(
            "create table reports.rpt_konsolidasi (domain text, daerah bigint, pusat bigint, cocok bigint,"
            " beda bigint, hanya_daerah bigint, hanya_pusat bigint, sisa bigint)"
        )
        conn.execute(
            "create table reports.rpt_konsolidasi_sebab (domain text, hubungan text, sebab text, jumlah bigint)"
        )
        for name in CONSOLIDATION[2:]:
            conn.execute(f"create table reports.{name} as select 'lowongan' as domain, 1 as jumlah".encode())
        for domain, mart in MARTS.items():
            conn.execute(f"create table marts.{mart} as select n from generate_series(1, 3) n".encode())
            conn.execute("insert into reports.rpt_konsolidasi values (%s, 3, 3, 1, 1, 1, 1, 0)", [domain])
            for relation in ("beda", "hanya_daerah", "hanya_pusat"):
                conn.execute(
                    "insert into reports.rpt_konsolidasi_sebab values (%s, %s, 'x', 1)", [domain, relation]
                )
    return settings


@pytest.fixture
def conn(prepared: Settings) -> Iterator[psycopg.Connection]:
    with connect(prepared) as connection:
        yield connection
        connection.rollback()


def test_each_rule_fails_on_its_own_fault_and_no_other(conn: psycopg.Connection) -> None:
    assert all(item.lulus for item in judge(conn, OCTOBER, "uji"))
    assert set(FAULTS) == {rule.kode for rule in balance_rules()}
    for kode, fault in FAULTS.items():
        with conn.transaction(force_rollback=True):
            conn.execute(fault.encode())
            found = judge(conn, OCTOBER, "uji")
            assert {item.rule.kode: item.salah for item in found if not item.lulus} == {kode: 1}


def test_outputs_are_refused_until_this_consolidation_is_judged_and_closes(conn: psycopg.Connection) -> None:
    with pytest.raises(GateClosed, match="belum dinilai"):
        require_balanced(conn, OCTOBER)
    judge(conn, OCTOBER, "uji")
    require_balanced(conn, OCTOBER)
    with pytest.raises(GateClosed, match="belum dinilai"):
        require_balanced(conn, OCTOBER.next())
    conn.execute(FAULTS["KO_A02"].encode())
    with pytest.raises(GateClosed, match="belum dinilai"):
        require_balanced(conn, OCTOBER)
    judge(conn, OCTOBER, "uji")
    with pytest.raises(GateClosed, match="tidak seimbang: KO_A02"):
        require_balanced(conn, OCTOBER)


@pytest.mark.parametrize("name", CONSOLIDATION)
def test_a_verdict_is_for_every_consolidation_table_as_it_was_judged(
    conn: psycopg.Connection, name: str
) -> None:
    judge(conn, OCTOBER, "uji")
    conn.execute(f"update reports.{name} set domain = 'penempatan' where domain = 'lowongan'".encode())
    with pytest.raises(GateClosed, match="belum dinilai"):
        require_balanced(conn, OCTOBER)


def test_every_consolidation_report_of_dbt_is_judged() -> None:
    models = Path(__file__).parents[2] / "dbt_project" / "models" / "konsolidasi"
    assert {path.stem for path in models.glob("rpt_*.sql")} == set(CONSOLIDATION)


def test_an_empty_consolidation_is_no_balance(conn: psycopg.Connection) -> None:
    conn.execute("delete from reports.rpt_konsolidasi")
    assert not any(item.lulus for item in judge(conn, OCTOBER, "uji"))
