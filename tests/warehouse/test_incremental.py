"""A warehouse that was kept up build by build is the one that would be made anew, row by row."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from psycopg import sql

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.sandbox.world import build_world
from batang_assets.sandbox.world.advance import advance_world
from batang_assets.sandbox.world.baca import reading
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.warehouse.increment import build_of_a_part, build_of_everything
from batang_assets.warehouse.project import WAREHOUSE, build_warehouse, failure

BEGUN = datetime.fromisoformat("2026-10-20T23:59:59+07:00")
PEOPLE = 200
# Tables that a comparison says nothing about while they are empty.
COMPARED = (
    "marts.dim_orang",
    "marts.fct_peristiwa_pencari_kerja",
    "marts.fct_peristiwa_lowongan",
    "intermediate.int_lowongan__pengisian",
    "staging.stg_batang_career__kedatangan",
    "quality.karantina",
    "quality.isian_rusak",
)
Rows = dict[str, dict[str, dict[str, Any]]]
# What people mistype.
REFERENCES = ("pencari_kerja_id", "lowongan_id", "pemberi_kerja_id", "pelatihan_id")
DATES = (
    "tanggal_lahir",
    "tanggal_daftar",
    "tanggal_mulai",
    "tanggal_selesai",
    "tanggal_lamar",
    "tanggal_dihapus",
)
TEXTS = (
    "kode_wilayah",
    "kode_wilayah_domisili",
    "sumber_dana",
    "pendidikan_terakhir",
    "jabatan",
    "jabatan_diminati",
    "kode_jabatan",
    "kode_kbli",
    "disabilitas",
    "upah",
)


class Source:
    """The world as Batang Career shows it, the mistakes that people make in it, and what they decide about it."""

    def __init__(self, settings: Settings, world: Path, seed: int) -> None:
        self.settings, self.world, self.rng = settings, world, Random(seed)
        self.rows: Rows = {}
        self.removed: list[dict[str, Any]] = []
        self.now = BEGUN
        build_world(world, people=PEOPLE, seed=seed, until=BEGUN)
        self.show()

    def show(self) -> None:
        """Load every record that the world shows otherwise than before."""
        with reading(self.world) as world:
            for table in world.tables():
                known = self.rows.setdefault(table.dataset, {})
                fresh = []
                for values in world.rows(table):
                    row = dict(zip(table.columns, values, strict=True))
                    if known.get(str(row["id"])) != row:
                        known[str(row["id"])] = row
                        fresh.append(row)
                self.load(table.dataset, fresh)

    def load(self, dataset: str, rows: list[dict[str, Any]]) -> None:
        contract = load_contract("batang_career", dataset)
        with connect(self.settings) as connection:
            ring = KeyRing.load(self.settings.keys)
            load_records(connection, ring, contract, Period.of(self.now), "uji", rows)

    def pass_days(self, days: int) -> None:
        self.now = advance_world(self.world, days=days)
        self.show()

    def err(self, share: float) -> None:
        """Records are typed again: another NIK, reference, date or text, sometimes with an older stamp."""
        for dataset, known in self.rows.items():
            again = []
            for row in self.rng.sample(list(known.values()), max(1, int(len(known) * share))):
                row = dict(row)
                fields = [name for name in (*REFERENCES, *DATES, *TEXTS, "nik") if name in row]
                for name in self.rng.sample(fields, min(2, len(fields))):
                    other = self.rng.choice(list(known.values()))
                    row[name] = self.rng.choice([other[name], other[name], None, "tidak jelas", "9999"])
                days = self.rng.choice([0, 1, -400])
                row["updated_at"] = (self.now + timedelta(days=days - 1)).isoformat()
                if self.rng.random() < 0.1:
                    row["deleted_at"] = row["updated_at"]
                again.append(row)
            self.load(dataset, again)

    def retype(self, dataset: str, record: str, **values: object) -> None:
        """One record is typed again with other values."""
        row = self.rows[dataset][record] | {"updated_at": self.now.isoformat()} | values
        self.load(dataset, [row])

    def trade_places(self) -> None:
        """Vacancies are filled on a day to come, placements move to another vacancy, vacancies go and come back."""
        vacancies, moved = list(self.rows["lowongan"].values()), []
        filled = self.rng.sample(vacancies, len(vacancies) // 5)
        gone = self.rng.sample(vacancies, len(vacancies) // 10)
        stamp = {"updated_at": self.now.isoformat()}
        day = (self.now + timedelta(days=1)).date().isoformat()
        self.load("lowongan", [row | stamp | {"terisi_l": "2", "tanggal_terpenuhi": day} for row in filled])
        self.load("lowongan", [row | stamp for row in self.removed])
        self.load("lowongan", [row | stamp | {"deleted_at": self.now.isoformat()} for row in gone])
        self.removed = gone
        for row in self.rows["penempatan"].values():
            if row["lowongan_id"] and self.rng.random() < 0.5:
                moved.append(row | stamp | {"lowongan_id": self.rng.choice(vacancies)["id"]})
        assert all((filled, gone, moved))
        self.load("penempatan", moved)

    def lose(self) -> None:
        """The sweep finds rows gone, and one of the last time back."""
        with connect(self.settings) as connection:
            for dataset, known in self.rows.items():
                for record_id in self.rng.sample(sorted(known), min(2, len(known))):
                    column = self.rng.choice(["hilang_pada", "hilang_pada", "muncul_lagi_pada"])
                    query = sql.SQL(
                        "insert into raw.hilang (dataset, id, {}, run_id) values (%s, %s, %s, 'uji')"
                    ).format(sql.Identifier(column))
                    connection.execute(query, [dataset, record_id, self.now])

    def decide(self) -> None:
        """Quarantined rows are accepted, free texts conformed, records linked to another person, a link revoked."""
        with connect(self.settings) as connection:
            connection.execute(
                "insert into quality.keputusan_karantina (dataset, id, isi_hash, aturan, oleh, alasan)"
                " select dataset, id, isi_hash, aturan, 'uji', 'uji' from quality.karantina"
                " where aturan <@ array['PN_A18', 'KJ_A16', 'KJ_R01', 'PP_R01'] limit 3"
            )
            connection.execute(
                "insert into quality.penyelarasan (jenis, teks, kode, keyakinan, otomatis, pertama_terlihat)"
                " values ('pendidikan', 'tidak jelas', 'SMA', 0.9, true, now())"
                " on conflict (jenis, teks) do update set kode = 'SMK'"
            )
            connection.execute(
                "update vault.tautan_orang set sampai = now(), sebab_dicabut = 'keputusan' where sampai is null"
            )
            connection.execute(
                "insert into vault.tautan_orang (asal_id, orang_id, cara, keyakinan, sejak)"
                " select a.asal_id, b.orang_id, 'keputusan', 1, now() from"
                " (select asal_id, row_number() over (order by md5(asal_id || %(salt)s)) n"
                "   from (select distinct asal_id from intermediate.int_orang__anggota) x) a,"
                " (select orang_id, row_number() over (order by md5(orang_id || %(salt)s)) n from marts.dim_orang"
                "   order by 2 desc limit 5) b"
                " where a.n = b.n and a.asal_id <> b.orang_id",
                {"salt": str(self.now)},
            )


def build(source: Source) -> bool:
    """Build the warehouse as the pipeline does; returns whether only a part was made anew."""
    results = build_warehouse(source.settings.model_copy(update={"clock": source.now}), WAREHOUSE)
    # Errors of a table end the test; that data tests find fault with such data is not this test's matter.
    broken = [r for r in results if r.node.resource_type != "test"]
    assert failure(broken) is None
    with connect(source.settings) as connection:
        connection.execute("update gudang.pembangunan set utuh = true")
    return not any(r.node.resource_type == "seed" for r in results)


def tables(settings: Settings) -> dict[str, Counter[str]]:
    """Every table of the warehouse as a bag of rows."""
    found = {}
    with connect(settings) as connection:
        names = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('staging', 'intermediate', 'marts')"
            " or (schemaname = 'quality' and tablename in ('karantina', 'isian_rusak'))"
            " or (schemaname = 'reports' and tablename like 'rpt\\_%')"
        ).fetchall()
        for schema, name in names:
            query = sql.SQL("select t::text from {} t").format(sql.Identifier(schema, name))
            found[f"{schema}.{name}"] = Counter(row[0] for row in connection.execute(query))
    return found


@pytest.fixture
def source(new_settings: Callable[..., Settings], tmp_path: Path, request: pytest.FixtureRequest) -> Source:
    return Source(new_settings(), tmp_path / "dunia.sqlite", request.param)


def differences(kept: Mapping[str, Counter[str]], anew: Mapping[str, Counter[str]]) -> list[str]:
    """Tables that differ, and in how many rows."""
    assert kept.keys() == anew.keys()
    return [
        f"{name}: {(kept[name] - anew[name]).total()} kept, {(anew[name] - kept[name]).total()} anew"
        for name in kept
        if kept[name] != anew[name]
    ]


def kept_up(source: Source, steps: Iterable[Callable[[], object]]) -> list[str]:
    """Build after each step, then build everything: the tables that differ."""
    assert not build(source), "the first build makes everything"
    for step in steps:
        step()
        assert build(source), "nothing but records, people's decisions and the day changed: a part is enough"
    kept = tables(source.settings)
    build_of_a_part(source.settings)
    assert not build(source)
    anew = tables(source.settings)
    for name in COMPARED:
        assert anew[name], f"{name} is empty: nothing was compared"
    return differences(kept, anew)


def a_bad_day(source: Source) -> None:
    source.pass_days(1)
    source.trade_places()
    source.err(0.05)
    source.lose()
    source.decide()


def a_takeover(source: Source) -> None:
    """Vacancies go to another employer, and employers become branches of one."""
    one, *others = list(source.rows["pemberi-kerja"])[:4]
    for vacancy in list(source.rows["lowongan"])[:10]:
        source.retype("lowongan", vacancy, pemberi_kerja_id=source.rng.choice(others))
    for employer in others[1:]:
        source.retype("pemberi-kerja", employer, nib=source.rows["pemberi-kerja"][one]["nib"])


def a_long_absence(source: Source) -> None:
    source.pass_days(45)
    source.trade_places()
    source.err(0.02)
    source.decide()


@pytest.mark.parametrize("source", [1], indirect=True)
def test_builds_of_what_changed_add_up_to_a_build_of_everything(source: Source):
    # The first build of a new month makes the reports whole, so what is compared follows it in the same month.
    steps = [a_bad_day, a_long_absence, a_takeover, a_bad_day]
    assert kept_up(source, [lambda step=step: step(source) for step in steps]) == []


def doctors(source: Source) -> dict[tuple[str, str], int]:
    """(kecamatan, band of age) → persons with a doctorate at work at the end of the year, by the report."""
    with connect(source.settings) as connection:
        rows = connection.execute(
            "select kode_kecamatan, kelompok_umur, jumlah from reports.rpt_smdata_penduduk_bekerja"
            " where rentang = '2026' and pendidikan = 'S3'"
        ).fetchall()
    return {(place, band): persons for place, band, persons in rows}


def a_doctor(source: Source) -> Iterator[Callable[[], object]]:
    """Steps: one resident becomes the only doctor at work, turns 30, moves, comes back and stops."""
    with connect(source.settings) as connection:
        row = connection.execute(
            "select penduduk_bekerja_id::text from marts.fct_penduduk_bekerja order by 1 limit 1"
        ).fetchone()
    assert row is not None
    assert doctors(source) == {}
    before = source.rows["penduduk-bekerja"][row[0]]
    born = (source.now + timedelta(days=1)).replace(year=1996)
    day = born.day + (40 if before["jenis_kelamin"] == "P" else 0)
    values = {
        "nik": f"{before['nik'][:6]}{day:02}{born:%m%y}{before['nik'][12:]}",
        "tanggal_lahir": born.date().isoformat(),
        "tanggal_mulai": "2026-02-03",
        "tanggal_selesai": None,
        "pendidikan_terakhir": "S3",
        "kode_wilayah": "33.25.11.1013",
        "deleted_at": None,
    }

    def typed(**others: object) -> Callable[[], object]:
        return lambda: source.retype("penduduk-bekerja", row[0], **(values | others))

    def a_day() -> None:
        source.pass_days(1)

    yield typed()
    assert doctors(source) == {("332511", "20-29"): 1}
    yield a_day
    assert doctors(source) == {("332511", "30-44"): 1}, "a birthday since the last build"
    yield typed(kode_wilayah="33.25.01.2001")
    assert doctors(source) == {("332501", "30-44"): 1}, "the cell that was left has no row"
    yield typed(tanggal_selesai=(source.now + timedelta(days=1)).date().isoformat())
    assert doctors(source) == {("332511", "30-44"): 1}, "the cell comes back; the end lies ahead"
    yield a_day
    assert doctors(source) == {}, "the end has come"


@pytest.mark.parametrize("source", [1], indirect=True)
def test_a_cell_that_empties_has_no_row_and_a_day_moves_whoever_did_not_change(source: Source):
    assert kept_up(source, a_doctor(source)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("source", range(2, 8), indirect=True)
def test_many_builds_of_what_changed_add_up_to_a_build_of_everything(source: Source):
    days = [
        a_bad_day,
        a_long_absence,
        lambda s: s.lose(),
        lambda s: s.decide(),
        a_takeover,
        a_bad_day,
        lambda s: s.pass_days(1),
    ]
    assert kept_up(source, [lambda day=day: day(source) for day in days]) == []


def partial(settings: Settings, project: str = "sama", *, complete: bool = True) -> bool:
    """Whether a build would make only a part anew; it ends as ``complete`` says."""
    with build_of_everything(settings, project) as one:
        one.complete = complete
    return one.partial


def test_everything_is_made_anew_after_a_build_that_did_not_finish(settings: Settings):
    assert [partial(settings), partial(settings)] == [False, True]
    partial(settings, complete=False)
    assert [partial(settings), partial(settings)] == [False, True]
    with pytest.raises(KeyboardInterrupt), build_of_everything(settings, "sama"):
        raise KeyboardInterrupt
    assert not partial(settings)


def test_everything_is_made_anew_after_single_tables_were(settings: Settings):
    partial(settings)
    build_of_a_part(settings)
    assert not partial(settings)


def test_everything_is_made_anew_when_the_models_a_code_book_the_year_or_the_clock_say_so(settings: Settings):
    def at(moment: str) -> Settings:
        return settings.model_copy(update={"clock": datetime.fromisoformat(moment)})

    partial(settings)
    assert not partial(settings, "lain"), "another model"
    assert partial(settings, "lain")
    with connect(settings) as connection:
        connection.execute(
            "insert into reference.muatan (buku, versi, berkas, sidik, baris, diperbaiki, oleh, pada)"
            " values ('kbji', '2014', 'uji.csv', repeat('a', 64), 1, 0, 'uji', now())"
        )
    assert not partial(settings, "lain"), "a code book was loaded"
    assert partial(at("2026-12-31T23:59:59+07:00"), "lain"), "another day of the year"
    assert not partial(at("2027-01-01T00:00:00+07:00"), "lain"), "another year: its own minimum wage"
    assert not partial(at("2026-12-31T00:00:00+07:00"), "lain"), "a clock set back"


def test_what_arrived_before_a_build_began_is_what_it_has_seen(settings: Settings):
    query = "select dibaca #>> '{pencari_kerja,versi}', dibaca #>> '{pencari_kerja,hilang}' from gudang.pembangunan"
    with connect(settings) as connection:
        with build_of_everything(settings, "sama") as one:
            connection.execute(
                "insert into raw.hilang (dataset, id, hilang_pada, run_id)"
                " values ('pencari-kerja', '1', now(), 'uji')"
            )
            connection.commit()
            one.complete = True
        assert connection.execute(query).fetchone() == ("0", "0"), (
            "it arrived meanwhile: the next build reads it"
        )
        partial(settings)
        connection.rollback()
        assert connection.execute(query).fetchone() == ("0", "1")
