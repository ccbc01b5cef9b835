"""The golden world through the door, dbt and the layouts: published, then revised by records that really arrive."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period, Span
from batang_assets.raw.loader import load_records
from batang_assets.reports.ipk import assets
from batang_assets.reports.ipk.history import changes, publication, revisions
from batang_assets.settings import JAKARTA, Settings
from batang_assets.vault import KeyRing
from batang_assets.warehouse.project import failure, run_dbt
from tests.warehouse import ledger_world as world

GOLDEN = Path(world.__file__).with_name("dunia_emas")
NOW = datetime(2026, 11, 2, 3, tzinfo=JAKARTA)
BUILD = [
    *(
        "build",
        "--select",
        "+rpt_ipk_iii_1",
        "+rpt_ipk_penempatan",
        "+rpt_ipk_pemberi_kerja",
        "+rpt_indikator",
    ),
    *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
]
MEASURES = ("awal", "masuk", "terpenuhi", "dihapus", "akhir")


@pytest.fixture(scope="module")
def built(new_settings: Callable[..., Settings]) -> Settings:
    """Revision 0 of July to October, published at the beginning of November."""
    settings = new_settings(clock=NOW, first_period="2026-07")
    world.load(settings, world.records(GOLDEN))
    build(settings)
    assets.materialise(settings, [Period(2026, 10)], "uji")
    return settings


def build(settings: Settings) -> None:
    error = failure(run_dbt(settings, BUILD))
    assert error is None, error


def test_the_totals_of_every_table_are_those_worked_out_by_hand(built: Settings) -> None:
    expected: Counter[tuple[str, str, str, str]] = Counter()
    for row in world.read(GOLDEN, "sel_iii_1_7"):
        for measure in MEASURES:
            expected[row["tabel"], row["bagian"], row["periode"][:7], measure] += int(row[measure])
    places = dict(zip(("1", "2", "3", "4", "5"), MEASURES, strict=True))
    vacancies = dict(zip(("6", "7", "8", "9", "10"), MEASURES, strict=True))
    heads = {"Sisa lalu": "awal", "Terdaftar": "masuk", "Ditempatkan": "terpenuhi", "Dipenuhi": "terpenuhi"}
    heads |= {"Dihapuskan": "dihapus", "Sisa akhir": "akhir"}
    with connect(built) as conn:
        for month in Period(2026, 7).up_to(Period(2026, 10)):
            span = Span.parse(month.key)
            first = publication(conn, "III/1", span, "3325", "3325")
            at = first.columns.index("Semua Jumlah") + 3
            for row in first.rows:
                measure = (places if row[0] == "pencari_kerja" else vacancies).get(str(row[1]))
                if measure:
                    assert row[at] == expected["III/1", str(row[0]), month.key, measure]
            for table in ("III/2", "III/3", "III/4", "III/5", "III/6"):
                found = publication(conn, table, span, "3325", "3325")
                total = dict(zip(found.columns, found.rows[-1][3:], strict=True))
                for head, measure in heads.items():
                    if f"{head} Jumlah" in total:
                        part = str(found.rows[-1][0])
                        assert total[f"{head} Jumlah"] == expected[table, part, month.key, measure], (
                            table,
                            head,
                        )


def test_the_eighth_table_and_the_indicators_agree_with_the_first(built: Settings) -> None:
    with connect(built) as conn:
        span = Span.parse("2026-T3")
        first = publication(conn, "III/1", span, "3325", "3325")
        placed = next(row for row in first.rows if row[1] == "3")[-1]
        eighth = publication(conn, "III/8", span, "3325", "3325")
        assert [row[-1] for row in eighth.rows if row[1] == "jumlah"] == [placed, placed]
        by_hand = sum(
            int(row["jumlah"])
            for row in world.read(GOLDEN, "sel_iii_8")
            if "2026-07" <= row["periode"][:7] <= "2026-09"
        )
        assert placed == by_hand
        values = dict(
            conn.execute(
                "select indikator, nilai from reports.rpt_indikator"
                " where periode = '2026-T3' and kode_kecamatan = 'semua'"
            ).fetchall()
        )
        available = next(row for row in first.rows if row[1] == "A")[-1]
        assert values["DITEMPATKAN"] == placed
        assert float(values["TINGKAT_PENEMPATAN"]) == pytest.approx(
            100 * int(placed or 0) / int(available or 0), abs=1e-4
        )
        assert values["TINGKAT_KELULUSAN_PELATIHAN"] is None


def test_records_that_arrive_afterwards_revise_with_their_causes(built: Settings) -> None:
    with connect(built) as conn:
        before = publication(conn, "III/2", Span.parse("2026-10"), "3325", "3325")
    seekers = {row["id"]: row for row in world.records(GOLDEN)["pencari-kerja"]}
    spells = world.read(GOLDEN, "masa")
    open_since = next(
        row["pendaftaran_id"]
        for row in spells
        if row["terdaftar"].startswith("2026-10") and not row.get("keluar")
    )
    corrected = dict(seekers[open_since]) | {
        "pendidikan_terakhir": "S3",
        "updated_at": "2026-11-05T09:00:00+07:00",
    }
    late = dict(seekers[open_since]) | {
        "id": "990001", "nik": world.nik(9990, "1999-05-05", "L"), "tanggal_lahir": "1999-05-05",
        "jenis_kelamin": "L",
        "tanggal_daftar": "2026-10-20", "tanggal_lapor_terakhir": None, "tanggal_kedaluwarsa": None,
        "updated_at": "2026-11-05T09:00:00+07:00",
    }  # fmt: skip
    later = built.model_copy(update={"clock": NOW + timedelta(days=7)})
    contract = load_contract("batang_career", "pencari-kerja")
    blank = dict.fromkeys((column.name for column in contract.columns), None)
    with connect(later) as conn:
        ring = KeyRing.load(later.keys)
        load_records(conn, ring, contract, Period(2026, 11), "uji", [blank | corrected, blank | late])
        conn.commit()
    build(later)
    _, done, _ = assets.materialise(later, [Period(2026, 11)], "uji-2")
    assert {one.span for one in done if one.region == "3325"} >= {"2026-10"}
    with connect(later) as conn:
        span = Span.parse("2026-10")
        after = publication(conn, "III/2", span, "3325", "3325")
        moved = changes(conn, "III/2", span, "3325", 1)
        assert {one.cause for one in moved} == {"laporan_terlambat", "koreksi"}
        sums: Counter[tuple[str, str]] = Counter()
        for one in moved:
            sums[one.row, one.column] += one.difference
        for old, new in zip(before.rows, after.rows, strict=True):
            for column, was, now in zip(after.columns, old[3:], new[3:], strict=True):
                assert sums[str(new[1]), column] == int(now or 0) - int(was or 0)
        assert sums["jumlah", "Terdaftar Jumlah"] == 1
        assert [one.revision for one in revisions(conn, span, "III/2", "3325")] == [0, 1]
        # Built again without news, nothing more is published.
    build(later)
    assert assets.materialise(later, [Period(2026, 11)], "uji-3")[1] == []


def test_the_indicators_and_the_employers_behind_vacancies_are_those_worked_out_by_hand(
    built: Settings,
) -> None:
    """The dbt unit tests of the reports: one each, two of residents at work."""
    models = ("rpt_indikator", "rpt_ipk_pemberi_kerja", "rpt_smdata_*", "int_lowongan__pemilik")
    results = run_dbt(built, ["test", "--select", *(f"test_type:unit,{model}" for model in models)])
    assert [result.status for result in results] == ["pass"] * 7, failure(results)
