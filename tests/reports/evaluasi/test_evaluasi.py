"""The yearly evaluation against a year made by hand, and against an installation where nothing has run."""

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.reports.evaluasi import declarations
from batang_assets.reports.evaluasi.clauses import MET, NOT_MET, PARTLY, PENDING, judge, recommend
from batang_assets.reports.evaluasi.facts import Facts
from batang_assets.reports.evaluasi.measures import Measure, measure_all, names
from batang_assets.reports.evaluasi.reading import read_facts
from batang_assets.reports.evaluasi.render import html
from batang_assets.reports.evaluasi.report import build
from batang_assets.reports.evaluasi.timeliness import timeliness
from batang_assets.reports.evaluasi.words import working_days_late
from batang_assets.settings import JAKARTA, Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.subjects import answer, register
from tests.reports.evaluasi import year
from tests.reports.page import Page

MARCH = Period(2026, 3)


def facts(conn: psycopg.Connection, settings: Settings, now: datetime = year.NOW) -> Facts:
    return read_facts(conn, settings, year.UNTIL, now)


def states(found: Facts) -> dict[str, str]:
    return {item.clause.kode: item.state for item in judge(measure_all(found))}


def open_once(conn: psycopg.Connection, purpose: str) -> None:
    conn.execute(
        "insert into vault.pengungkapan (run_id, tabel, penerima, tujuan, jumlah)"
        " values ('kirim-1', 'pencari_kerja', 'SIAPkerja', %s, 300)",
        [purpose],
    )


def test_a_year_in_which_all_went_well_meets_every_clause_that_the_system_can_prove(
    conn, year_settings
) -> None:
    open_once(conn, "pengiriman")
    assert states(facts(conn, year_settings)) == {
        "enam_domain": MET, "berbagi_apbd": MET, "konsolidasi": MET, "sistem_terintegrasi": MET, "keamanan": MET,
        "validasi": MET, "kerahasiaan": MET, "evaluasi": MET, "bahasa": PARTLY, "perpanjangan": PENDING,
        "tenggat_pemberitahuan": PARTLY,
    }  # fmt: skip


def test_the_numbers_are_those_of_the_year(conn, year_settings) -> None:
    found = facts(conn, year_settings)
    page = Page(html(build(found)))
    # 100 records in the first month, 10 more in each that follows.
    assert page.rows("Catatan yang dinilai")["Nov 2025"] == ["100"] * 6
    assert page.rows("Catatan yang dinilai")["Okt 2026"] == ["210"] * 6
    # (100 + 210) / 2 × 12 judged; 9 taken and 1 refused a month.
    assert page.rows("Selama masa evaluasi")["Penempatan"] == ["1.860", "108", "12"]
    assert page.rows("Skor, gerbang")["Mar 2026"] == ["99,0", "100,0", "100,0", "8 dari 8", "0", "0"]
    # 60 + 20 + 7 here, 60 + 20 + 3 there.
    assert page.rows("Catatan di kedua pihak")["Mei 2026"] == [
        "87", "83", "+4", "20", "1 dari 1", "belum dikirim +7, entri pusat −3",
    ]  # fmt: skip
    # Six receipts a month, in the order of the months.
    evidence = page.rows("Bukti bulanan")
    assert [evidence[name][3] for name in ("Nov 2025", "Okt 2026")] == ["1–6", "67–72"]
    manifest = year.pack(year_settings, KeyRing.load(year_settings.keys), year.UNTIL)
    assert evidence["Okt 2026"][4] == f"r1: {manifest[:12]}"


def test_where_nothing_has_run_every_clause_stands_there_and_none_is_met(settings: Settings) -> None:
    with connect(settings) as conn:
        found = read_facts(conn, settings, year.UNTIL, year.NOW)
        outcomes = judge(measure_all(found))
        page = html(build(found))
    assert {item.words for item in timeliness(found)} == {"Tidak ada yang tercatat"}
    assert [item.clause.kode for item in outcomes] == [item.kode for item in declarations.clauses()]
    assert {item.clause.kode for item in outcomes if item.state != NOT_MET} == {
        "bahasa",
        "perpanjangan",
        "tenggat_pemberitahuan",
    }
    assert not [item for item in outcomes if item.state == MET]
    assert "RANCANGAN" in page
    for sentence in (
        "bukan bukti bahwa tidak ada gangguan",
        "tidak menyatakan ada atau tidaknya kegagalan",
        "Buku permintaan tidak memuat permintaan dalam masa evaluasi",
        "belum tersimpan untuk satu bulan pun",
    ):
        assert sentence in page


@pytest.mark.parametrize(
    ("change", "clause", "state"),
    [
        ("delete from raw.penarikan where dataset = 'lowongan' and MARET", "sistem_terintegrasi", PARTLY),
        ("delete from reports.konsolidasi_riwayat", "konsolidasi", NOT_MET),
        ("delete from reports.konsolidasi_riwayat where apbd", "berbagi_apbd", NOT_MET),
        ("update quality.neraca set lulus = false where MARET", "konsolidasi", PARTLY),
        ("update delivery.kotak_keluar set keadaan = 'ditolak' where id_daerah ~ 'lo'", "enam_domain", PARTLY),
        ("update delivery.kiriman set keadaan = 'gagal' where periode < '2026-06-01'", "sistem_terintegrasi", NOT_MET),  # noqa: E501
        ("delete from vault.identitas", "keamanan", NOT_MET),
        ("delete from quality.gerbang where MARET", "evaluasi", PARTLY),
        ("update quality.hasil_aturan set salah = 30 where kode = 'PK_R01' and MARET", "validasi", NOT_MET),
        ("update quality.gerbang set lulus = false where MARET", "validasi", PARTLY),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_lowers_its_clause(
    conn, year_settings, change: str, clause: str, state: str
) -> None:
    assert states(facts(conn, year_settings))[clause] == MET
    conn.execute(change.replace("MARET", "periode = '2026-03-01'").encode())
    assert states(facts(conn, year_settings))[clause] == state


def test_the_demos_approval_of_itself_is_not_that_of_two_people(conn, year_settings) -> None:
    conn.execute("alter table quality.persetujuan disable trigger user")
    conn.execute("update quality.persetujuan set cara = 'demo' where periode = '2026-03-01'")
    found = facts(conn, year_settings)
    assert states(found)["keamanan"] == PARTLY
    assert "1 bulan disetujui sendiri oleh mode demo" in measure_all(found)["persetujuan_dua_orang"].text
    conn.execute("update quality.persetujuan set cara = 'demo'")
    assert states(facts(conn, year_settings))["keamanan"] == NOT_MET


def test_an_altered_ledger_is_told(conn, year_settings) -> None:
    conn.execute("alter table delivery.buku_besar disable trigger all")
    conn.execute("update delivery.buku_besar set isi = replace(isi, 'lowongan', 'pelatihan') where nomor = 3")
    found = facts(conn, year_settings)
    assert (found.chain.entries, found.chain.broken) == (72, 1)
    assert states(found)["keamanan"] == NOT_MET
    # With its digest made to fit, the entry after it no longer follows.
    conn.execute(
        "update delivery.buku_besar set sidik = sha256(sidik_sebelum || convert_to(isi, 'UTF8')) where nomor = 3"
    )
    assert facts(conn, year_settings).chain.broken == 1


def test_a_month_read_up_to_the_day_before_its_end_is_not_wholly_read(conn, year_settings) -> None:
    conn.execute(
        "update raw.penarikan set jendela_sampai = jendela_sampai - interval '1 day'"
        " where dataset = 'lamaran' and periode = '2026-03-01'"
    )
    march = next(month for month in facts(conn, year_settings).months if month.period == MARCH)
    assert (march.read, march.datasets_read) == (None, 7)


def test_a_package_whose_signature_is_wrong_does_not_count(conn, year_settings) -> None:
    path = year_settings.outputs / "smdata" / "smdata-3325-2026-03-r1" / "MANIFEST.json"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole + b"\n")
        found = facts(conn, year_settings)
    finally:
        path.write_bytes(whole)
    assert measure_all(found)["paket_bulanan"].value == pytest.approx(11 / 12)
    page = Page(html(build(found)))
    assert "tanda tangan tidak sah" in page.rows("Bukti bulanan")["Mar 2026"][4]


def test_a_gate_that_a_person_opened_is_counted_apart_and_does_not_pass(conn, year_settings) -> None:
    conn.execute(
        'update quality.gerbang set lulus = false, ringkasan = ringkasan || \'{"gagal": ["LW_A03"]}\''
        " where periode = '2026-03-01' and dataset in ('lowongan', 'lamaran')"
    )
    conn.execute(
        "insert into quality.pengecualian_gerbang (periode, dataset, versi_data, aturan, oleh, alasan) values"
        " ('2026-03-01', 'lowongan', 'v-2026-03', '{LW_A03}', 'x', 'x'),"
        # For other rules than those that failed: it opens nothing.
        " ('2026-03-01', 'lamaran', 'v-2026-03', '{LM_A01}', 'x', 'x')"
    )
    found = facts(conn, year_settings)
    assert Page(html(build(found))).rows("Skor, gerbang")["Mar 2026"][3:5] == ["6 dari 8", "1"]
    assert (
        measure_all(found)["gerbang_lulus"].text == "94 dari 96 gerbang lulus, 1 dibuka dengan pengecualian"
    )


def test_handovers_are_listed_where_they_are_recorded(conn, year_settings) -> None:
    assert "Penyerahan paket SMData kepada penerima tidak tercatat" in html(build(facts(conn, year_settings)))
    conn.execute(
        "create table if not exists delivery.smdata_penyerahan (penyerahan_id bigint generated always as identity,"
        " kode_wilayah text, periode text, kelas text, revisi integer, manifest_sha256 text, cara text, nomor text,"
        " oleh text, tanda_terima jsonb, pada timestamptz)"
    )
    conn.execute(
        "insert into delivery.smdata_penyerahan (kode_wilayah, periode, kelas, revisi, manifest_sha256, cara,"
        " nomor, oleh, pada) values ('3325', '2026-03', 'terbatas', 1, repeat('a', 64), 'tangan', 'TT-7', 'x',"
        " '2026-04-02 10:00+07')"
    )
    found = facts(conn, year_settings)
    table = Page(html(build(found))).table("Penyerahan paket")
    assert table[1:] == [["Maret 2026", "Revisi 1", "Tangan", "TT-7", "2 Apr 2026 10.00"]]
    assert measure_all(found)["paket_diserahkan"].value == pytest.approx(1 / 12)


def test_openings_without_a_purpose_break_confidentiality(conn, year_settings) -> None:
    assert states(facts(conn, year_settings))["kerahasiaan"] == NOT_MET
    open_once(conn, "pengiriman")
    open_once(conn, " ")
    assert measure_all(facts(conn, year_settings))["pembukaan_beralasan"].value == 0.5
    assert states(facts(conn, year_settings))["kerahasiaan"] == NOT_MET


def test_a_month_is_in_time_if_its_last_step_ended_by_the_fifth_working_day(conn, year_settings) -> None:
    at = {item.period: item for item in timeliness(facts(conn, year_settings))}
    assert {item.words for item in at.values()} == {"Tepat waktu"}
    # The fifth working day of April 2026 is the 8th: Good Friday is the 3rd.
    late = datetime(2026, 4, 10, 9, tzinfo=JAKARTA)
    conn.execute("update delivery.kiriman set selesai_pada = %s where periode = '2026-03-01'", [late])
    conn.execute("update delivery.kiriman set selesai_pada = null where periode = '2026-05-01'")
    found = facts(conn, year_settings)
    at = {item.period: item for item in timeliness(found)}
    assert at[MARCH].words == "Terlambat 2 hari kerja"
    assert at[Period(2026, 5)].words == "Belum lengkap: diakui"
    assert measure_all(found)["ketepatan_waktu"].value == pytest.approx(10 / 12)


def test_a_log_whose_clock_runs_ahead_is_judged_neither_way(conn, year_settings) -> None:
    early = timeliness(facts(conn, year_settings, datetime(2026, 10, 31, 23, tzinfo=JAKARTA)))[-1]
    assert early.in_time is None
    assert early.words.startswith("Tidak dapat dibandingkan")


@pytest.mark.parametrize(
    ("done", "late"),
    [
        (datetime(2026, 11, 6, 23, 59, tzinfo=JAKARTA), 0),
        # A Saturday after a Friday's due date is late, though no working day has passed.
        (datetime(2026, 11, 7, 0, 0, tzinfo=JAKARTA), 1),
        (datetime(2026, 11, 9, 8, tzinfo=JAKARTA), 1),
        (datetime(2026, 11, 20, 8, tzinfo=JAKARTA), 10),
    ],
)
def test_lateness_is_counted_in_working_days(done: datetime, late: int) -> None:
    assert working_days_late(done, datetime(2026, 11, 6).date()) == late


def test_it_is_a_draft_until_twelve_months_are_over_and_judged(conn, year_settings) -> None:
    assert not facts(conn, year_settings).draft
    october = facts(conn, year_settings, year.UNTIL.end - timedelta(seconds=1))
    assert (october.full_months, october.draft) == (11, True)
    conn.execute("delete from quality.gerbang where periode = '2026-03-01' and dataset = 'lamaran'")
    assert facts(conn, year_settings).full_months == 11


def test_troubles_stand_there_with_their_end_or_without(conn, year_settings) -> None:
    for key, event, at in (
        ("gerbang lowongan 2026-05", "gangguan", "2026-06-02 08:00+07"),
        ("gerbang lowongan 2026-05", "pulih", "2026-06-03 10:00+07"),
        ("neraca konsolidasi 2026-07", "gangguan", "2026-08-02 08:00+07"),
        ("neraca konsolidasi 2026-07", "pulih", "2026-08-02 09:00+07"),
        ("neraca konsolidasi 2026-07", "gangguan", "2026-08-04 08:00+07"),
    ):
        conn.execute(
            "insert into quality.peringatan (kunci, kejadian, ringkasan, pada) values (%s, %s, 'x', %s)",
            [key, event, at],
        )
    rows = Page(html(build(facts(conn, year_settings)))).table("Gangguan yang diberitahukan")
    assert rows[1:] == [
        ["Gerbang lowongan 2026-05", "2 Jun 2026 08.00 WIB", "3 Jun 2026 10.00 WIB"],
        ["Neraca konsolidasi 2026-07", "2 Agu 2026 08.00 WIB", "2 Agu 2026 09.00 WIB"],
        ["Neraca konsolidasi 2026-07", "4 Agu 2026 08.00 WIB", "Belum tercatat pulih"],
    ]


def test_requests_of_data_subjects_stand_with_their_hours(conn, year_settings) -> None:
    empty = html(build(facts(conn, year_settings)))
    assert "Buku permintaan tidak memuat permintaan dalam masa evaluasi." in empty
    for number, received, answered in (
        ("1", "2026-03-02 08:00+07", "2026-03-05 08:00+07"),
        ("2", "2026-03-02 08:00+07", "2026-03-05 20:00+07"),
        ("3", "2026-03-02 08:00+07", None),
        ("4", "2025-03-02 08:00+07", None),
    ):
        register(conn, number, "akses", datetime.fromisoformat(received), year_settings.now())
        if answered:
            answer(conn, number, "ditolak", "Pejabat", "Bukan datanya", datetime.fromisoformat(answered))
    rows = Page(html(build(facts(conn, year_settings)))).rows("Permintaan menurut jenis")
    assert rows == {"akses": ["3", "1", "84,0"]}


def test_the_calendar_counts_days_from_the_pipelines_clock(conn, year_settings) -> None:
    rows = Page(html(build(facts(conn, year_settings)))).table("Tanggal dan tenggat")
    left = {row[1].split(":")[0]: row[2:] for row in rows}
    # Counted by hand: 20 November 2026 to 20 March 2028 is a year and 121 days.
    assert left["Nota Kesepakatan berakhir"] == ["20 Maret 2028", "486 hari lagi"]
    assert left["Keluaran 6 bulan"] == ["20 September 2025", "426 hari lalu"]
    assert left["Keluaran 1 tahun"] == ["20 Maret 2026", "245 hari lalu"]
    assert left["Hari terakhir memberitahukan perpanjangan atau pengakhiran pada akhir masa"] == [
        "20 Februari 2028", "457 hari lagi",
    ]  # fmt: skip


def test_recommendations_carry_the_number_that_asked_for_them(conn, year_settings) -> None:
    sentences = [item.sentence for item in recommend(measure_all(facts(conn, year_settings)))]
    assert (
        "Perbaiki sebab penolakan oleh SIAPkerja menurut kodenya: 72 dari 720 versi catatan ditolak."
        in sentences
    )
    assert not [sentence for sentence in sentences if "Perbaiki data di Batang Career" in sentence]


@pytest.mark.parametrize(
    ("how", "bound", "value", "applies"),
    [
        ("kurang_dari", 0.5, 0.4, True),
        ("kurang_dari", 0.5, 0.5, False),
        ("lebih_dari", 0.5, 0.6, True),
        ("lebih_dari", 0.5, 0.5, False),
        ("kurang_dari", 0.5, None, False),
        ("tanpa_bukti", 0.0, None, True),
        ("tanpa_bukti", 0.0, 0.0, False),
    ],
)
def test_a_rule_applies_past_its_bound_only(
    how: str, bound: float, value: float | None, applies: bool
) -> None:
    rule = declarations.rules()[0].model_copy(update={"bila": how, "batas": bound})
    assert rule.applies(value) is applies


def test_every_clause_names_measures_that_exist_and_one_without_evidence_leaves_it_unmet() -> None:
    declarations.check_names(names())
    with pytest.raises(DataError, match="domain_dinilai"):
        declarations.check_names(names() - {"domain_dinilai"})
    whole = {name: Measure(100.0, name) for name in names()}
    for clause in declarations.clauses():
        for criterion in clause.kriteria:
            found = {item.clause.kode: item for item in judge(whole | {criterion.ukuran: Measure(None, "x")})}
            assert found[clause.kode].state == NOT_MET
            assert any("bukti tidak ada" in line for line in found[clause.kode].measured)


def test_a_wrong_declaration_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "kalender.yaml"
    path.write_text(
        "- {kode: satu, pasal: '1', uraian: x, tanggal: 2025-03-20}\n"
        "- {kode: dua, pasal: '1', tanggal: 2025-03-20}\n"
    )
    with pytest.raises(DataError, match=r"kalender\.yaml, line 2: 1\.uraian: Field required"):
        declarations.calendar(path)
    path.write_text("- {kode: satu, pasal: '1', uraian: x}\n- {kode: satu, pasal: '1', uraian: y}\n")
    declarations.calendar.cache_clear()
    with pytest.raises(DataError, match="satu stands there twice"):
        declarations.calendar(path)
