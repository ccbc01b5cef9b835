"""Publication: what closed is fixed, and a figure that changes later says why, each cause made by a real change."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.reports.ipk.history import changes, publication, revisions
from batang_assets.reports.ipk.publication import Published, publish
from batang_assets.reports.ipk.tables import open_book
from batang_assets.settings import Settings
from tests.reports.ipk.ledger import Ledger, Seeker, Vacancy

LATER = datetime(2026, 11, 20, tzinfo=UTC)
OCTOBER = Span.parse("2026-10")


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def ledger() -> Ledger:
    return Ledger(
        seekers=[
            Seeker(1, day(7, 5), None, None, known=datetime(2026, 7, 6, tzinfo=UTC)),
            Seeker(2, day(8, 5), day(9, 9), "ditempatkan", exit_known=datetime(2026, 9, 10, tzinfo=UTC)),
            Seeker(
                3, day(9, 5), day(10, 9), "kedaluwarsa", sex="P", exit_known=datetime(2026, 10, 9, tzinfo=UTC)
            ),
            Seeker(4, day(10, 5), None, None, known=datetime(2026, 10, 30, tzinfo=UTC)),
            # Two registrations that nobody knows to be one person's.
            Seeker(5, day(10, 6), None, None, education="S1"),
            Seeker(6, day(10, 7), None, None, education="S1"),
        ],
        vacancies=[Vacancy(1, day(9, 1)), Vacancy(2, day(10, 1), (2, 0, 0))],
    )


def published(settings: Settings, at: datetime | None = None) -> list[Published]:
    """Publish as the asset does, at a moment."""
    now = settings.model_copy(update={"clock": at}) if at else settings
    with connect(now) as conn:
        conn.execute("set transaction isolation level repeatable read")
        return publish(conn, open_book(conn, now), now, "uji")


@pytest.fixture
def first(conn: psycopg.Connection, ipk_settings: Settings) -> Ledger:
    """Revision 0 of everything up to October, from a hand-made ledger."""
    found = ledger()
    found.write(conn)
    published(ipk_settings)
    return found


def revise(
    conn: psycopg.Connection, settings: Settings, changed: Ledger, at: datetime = LATER
) -> list[Published]:
    changed.write(conn)
    return published(settings, at)


def causes(conn: psycopg.Connection, table: str, span: str, revision: int = 1) -> dict[str, dict[str, int]]:
    """Cause → column → difference in the total row of the regency."""
    found: dict[str, dict[str, int]] = {}
    for one in changes(conn, table, Span.parse(span), "3325", revision):
        if one.row == "jumlah":
            found.setdefault(one.cause, {})[one.column] = one.difference
    return found


def require_sums(conn: psycopg.Connection) -> None:
    """In every revision of every table: the causes of each cell add up to what the stored cells differ by."""
    rows = conn.execute(
        """
        with selisih as (
            select t.terbitan_id, bagian, kode_baris, kolom, sum(nilai * tanda) as beda
            from reports.ipk_terbitan as t
            join lateral (
                select bagian, kode_baris, kolom, nilai, 1 as tanda from reports.ipk_terbitan_sel
                where terbitan_id = t.terbitan_id
                union all
                select bagian, kode_baris, kolom, nilai, -1 from reports.ipk_terbitan_sel as s
                join reports.ipk_terbitan as lalu using (terbitan_id)
                where (lalu.tabel, lalu.periode, lalu.wilayah, lalu.revisi)
                    = (t.tabel, t.periode, t.wilayah, t.revisi - 1)
            ) as isi on true
            where t.revisi > 0
            group by 1, 2, 3, 4
        ), sebab as (
            select terbitan_id, bagian, kode_baris, kolom, sum(selisih) as jumlah
            from reports.ipk_terbitan_perubahan group by 1, 2, 3, 4
        )
        select count(*), count(*) filter (where coalesce(beda, 0) <> coalesce(jumlah, 0))
        from selisih full join sebab using (terbitan_id, bagian, kode_baris, kolom)
        """
    ).fetchone()
    assert rows is not None
    assert rows[0] > 0
    assert rows[1] == 0


def test_a_closed_month_is_published_and_the_running_one_is_not(
    conn: psycopg.Connection, first: Ledger
) -> None:
    spans = {row[0] for row in conn.execute("select distinct periode from reports.ipk_terbitan")}
    assert spans == {"2026-07", "2026-08", "2026-09", "2026-10", "2026-T3"}
    assert conn.execute("select count(*), max(revisi) from reports.ipk_terbitan").fetchone() == (
        5 * 8 * 18,
        0,
    )
    table = publication(conn, "III/2", OCTOBER, "3325", "3325")
    total = dict(zip(table.columns, table.rows[-1][3:], strict=True))
    assert (total["Sisa lalu Jumlah"], total["Terdaftar Jumlah"], total["Sisa akhir Jumlah"]) == (2, 3, 4)
    # A kecamatan keeps only what is not 0, and reads whole.
    own = publication(conn, "III/2", OCTOBER, "332502", "3325")
    assert len(own.rows) == len(table.rows)
    assert {value for row in own.rows for value in row[3:]} == {0}


def test_unchanged_figures_make_no_revision(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    assert published(ipk_settings, LATER) == []
    # Content that no table counts is no change either.
    first.change(1, content="telepon lain")
    assert revise(conn, ipk_settings, first) == []
    assert conn.execute("select count(*) from reports.ipk_potret").fetchone() == (1,)


def test_what_was_published_cannot_be_changed(conn: psycopg.Connection, first: Ledger) -> None:
    for table in (
        "ipk_terbitan",
        "ipk_terbitan_sel",
        "ipk_terbitan_perubahan",
        "ipk_kontribusi",
        "ipk_catatan",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"), conn.transaction():
            conn.execute(f"delete from reports.{table}")


def test_a_late_report_revises_its_month_and_moves_the_stock_after(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.seekers.append(Seeker(7, day(9, 20), None, None, known=datetime(2026, 11, 10, tzinfo=UTC)))
    done = revise(conn, ipk_settings, first)
    assert {one.span for one in done} == {"2026-09", "2026-10", "2026-T3"}
    assert {one.region for one in done} == {"3325", "332501"}
    assert {one.table for one in done} == {"III/1", "III/2", "III/3", "III/7"}
    moved = {"Terdaftar L": 1, "Terdaftar Jumlah": 1, "Sisa akhir L": 1, "Sisa akhir Jumlah": 1}
    assert (
        causes(conn, "III/2", "2026-09") == causes(conn, "III/2", "2026-T3") == {"laporan_terlambat": moved}
    )
    stock = {"Sisa lalu L": 1, "Sisa lalu Jumlah": 1, "Sisa akhir L": 1, "Sisa akhir Jumlah": 1}
    assert causes(conn, "III/2", "2026-10") == {"perambatan": stock}
    require_sums(conn)


def test_a_lapse_that_a_late_placement_displaces_is_the_late_report(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.change(3, left=day(10, 8), exit="ditempatkan", exit_known=datetime(2026, 11, 10, tzinfo=UTC))
    revise(conn, ipk_settings, first)
    assert causes(conn, "III/3", "2026-10") == {
        "laporan_terlambat": {
            "Ditempatkan P": 1,
            "Ditempatkan Jumlah": 1,
            "Dihapuskan P": -1,
            "Dihapuskan Jumlah": -1,
        }
    }
    eighth = {one.column for one in changes(conn, "III/8", OCTOBER, "3325", 1)}
    assert eighth == {"AKL P", "AKL Jumlah", "Semua P", "Semua Jumlah"}
    require_sums(conn)


def test_an_edited_record_is_a_correction(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.change(2, education="S2", content="b", registered=day(8, 6))
    revise(conn, ipk_settings, first)
    august = {
        one.row: one.difference
        for one in changes(conn, "III/2", Span.parse("2026-08"), "3325", 1)
        if one.column == "Terdaftar L"
    }
    assert august == {"SMA": -1, "S2": 1}
    assert {one.cause for one in changes(conn, "III/2", Span.parse("2026-08"), "3325", 1)} == {"koreksi"}
    september = {one.cause for one in changes(conn, "III/2", Span.parse("2026-09"), "3325", 1)}
    assert september == {"koreksi", "perambatan"}
    require_sums(conn)


def test_a_record_back_from_quarantine_is_a_correction_and_into_it_a_withdrawal(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.change(4, fit=False, content="rusak")
    revise(conn, ipk_settings, first)
    assert causes(conn, "III/2", "2026-10") == {
        "penarikan": {"Terdaftar L": -1, "Terdaftar Jumlah": -1, "Sisa akhir L": -1, "Sisa akhir Jumlah": -1}
    }
    first.change(4, fit=True, content="baik")
    revise(conn, ipk_settings, first, LATER + timedelta(days=1))
    assert set(causes(conn, "III/2", "2026-10", 2)) == {"koreksi"}
    # What had arrived, but waited in quarantine all the time, is no late report either.
    first.seekers.append(Seeker(10, day(10, 8), None, None, fit=False, known=LATER + timedelta(hours=30)))
    first.change(1, education="D1", content="b")
    revise(conn, ipk_settings, first, LATER + timedelta(days=2))
    first.change(10, fit=True, content="baik")
    revise(conn, ipk_settings, first, LATER + timedelta(days=3))
    assert set(causes(conn, "III/2", "2026-10", 4)) == {"koreksi"}
    require_sums(conn)


def test_a_vanished_record_is_a_withdrawal(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    del first.seekers[3], first.vacancies[1]
    revise(conn, ipk_settings, first)
    assert set(causes(conn, "III/7", "2026-10")) == {"penarikan"}
    assert causes(conn, "III/5", "2026-10")["penarikan"]["Sisa akhir L"] == -2
    require_sums(conn)


def test_a_lapse_that_surfaces_behind_a_withdrawn_placement_is_the_withdrawal(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.change(2, exit="kedaluwarsa", left=day(9, 20), exit_known=datetime(2026, 11, 12, tzinfo=UTC))
    revise(conn, ipk_settings, first)
    assert causes(conn, "III/2", "2026-09") == {
        "penarikan": {
            "Ditempatkan L": -1,
            "Ditempatkan Jumlah": -1,
            "Dihapuskan L": 1,
            "Dihapuskan Jumlah": 1,
        }
    }
    require_sums(conn)


def test_persons_found_to_be_one_are_a_merge_and_parted_again_too(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.change(6, person="orang 5", counted=False)
    revise(conn, ipk_settings, first)
    gone = {"Terdaftar L": -1, "Terdaftar Jumlah": -1, "Sisa akhir L": -1, "Sisa akhir Jumlah": -1}
    assert causes(conn, "III/2", "2026-10") == {"penggabungan": gone}
    first.change(6, person="orang 6", counted=True)
    revise(conn, ipk_settings, first, LATER + timedelta(days=1))
    assert causes(conn, "III/2", "2026-10", 2) == {
        "penggabungan": {key: -value for key, value in gone.items()}
    }
    require_sums(conn)


def test_another_code_for_the_same_content_is_the_code_book(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.change(4, job="3112")
    revise(conn, ipk_settings, first)
    found = changes(conn, "III/3", OCTOBER, "3325", 1)
    assert {one.cause for one in found} == {"buku_kode"}
    assert {(one.row, one.difference) for one in found if one.column == "Terdaftar L"} == {
        ("2", -1), ("24", -1), ("3", 1), ("31", 1)
    }  # fmt: skip
    assert not changes(conn, "III/2", OCTOBER, "3325", 1)
    require_sums(conn)


def test_several_causes_meet_in_one_cell_and_still_add_up(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.seekers.append(Seeker(8, day(10, 9), None, None, education="S1", known=LATER - timedelta(days=1)))
    first.change(6, person="orang 5", counted=False)
    first.change(4, education="S1", content="b")
    first.change(1, education="S1", content="b")
    revise(conn, ipk_settings, first)
    cell = {
        one.cause: one.difference
        for one in changes(conn, "III/2", OCTOBER, "3325", 1)
        if (one.row, one.column) == ("S1", "Sisa akhir L")
    }
    assert cell == {"laporan_terlambat": 1, "penggabungan": -1, "koreksi": 1, "perambatan": 1}
    require_sums(conn)


def test_figures_that_the_ledger_does_not_explain_are_not_published(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    first.seekers.append(Seeker(9, day(10, 20), None, None, known=LATER))
    first.write(conn)
    conn.execute("delete from marts.fct_peristiwa_pencari_kerja where peristiwa_id = 'daftar:9'")
    conn.commit()
    with pytest.raises(DataError, match="tidak sama dengan selisihnya"):
        published(ipk_settings, LATER)
    assert conn.execute("select count(*) from reports.ipk_terbitan where revisi > 0").fetchone() == (0,)


def test_any_revision_can_be_read_again(
    conn: psycopg.Connection, ipk_settings: Settings, first: Ledger
) -> None:
    before = publication(conn, "III/1", OCTOBER, "332501", "3325")
    first.seekers.append(Seeker(7, day(10, 20), None, None, known=LATER - timedelta(days=1)))
    revise(conn, ipk_settings, first)
    assert publication(conn, "III/1", OCTOBER, "332501", "3325", revision=0) == before
    after = publication(conn, "III/1", OCTOBER, "332501", "3325")
    assert after.revision == 1
    assert after.rows != before.rows
    listed = revisions(conn, OCTOBER, "III/1", "332501")
    assert [(one.revision, one.changed) for one in listed] == [(0, 0), (1, 9)]
    assert listed[1].causes == {"laporan_terlambat": 9}
    with pytest.raises(DataError, match="revisi 7 belum diterbitkan"):
        publication(conn, "III/1", OCTOBER, "3325", "3325", revision=7)
