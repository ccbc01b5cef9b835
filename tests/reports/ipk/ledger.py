"""A ledger written by hand: events, the records they rest on, the report tables counted from them one by one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import psycopg

from batang_assets.partitions import Period

DDL = """
create schema if not exists marts;
create schema if not exists intermediate;
create schema if not exists reports;
create table marts.fct_peristiwa_pencari_kerja (
    peristiwa_id text, orang_id text, pendaftaran_id bigint, pencari_kerja_id bigint, penempatan_id bigint,
    jenis text, tanggal_peristiwa date, diketahui_pada timestamptz, jenis_kelamin text, kelompok_umur text,
    pendidikan text,
    kode_jabatan text, versi_kbji text, lama_lulus text, kode_kecamatan text, jenis_penempatan text, penerima text
);
create table marts.fct_peristiwa_lowongan (
    peristiwa_id text, lowongan_id bigint, penempatan_id bigint, jenis text, tanggal_peristiwa date,
    diketahui_pada timestamptz, jumlah_l int, jumlah_p int, jumlah_bebas int, kode_kecamatan text,
    pendidikan_minimal text, kode_jabatan text, versi_kbji text, kode_kbli text, versi_kbli text
);
create table intermediate.int_pencari_kerja__dinilai (
    pencari_kerja_id bigint, layak boolean, isi_hash bytea, diterima_pada timestamptz
);
create table intermediate.int_orang__anggota (dataset text, id text, orang_id text);
create table intermediate.int_penempatan__dinilai (
    penempatan_id bigint, layak boolean, deleted_at timestamptz, isi_hash bytea, diterima_pada timestamptz
);
create table intermediate.int_lowongan__dinilai (
    lowongan_id bigint, pemberi_kerja_id bigint, layak boolean, isi_hash bytea, diterima_pada timestamptz
);
create table intermediate.int_pemberi_kerja__dinilai (pemberi_kerja_id bigint, isi_hash bytea);
create table reports.rpt_ipk_arus (
    tabel text, periode date, bagian text, kode_kecamatan text, kode text, versi text, lama_lulus text,
    jenis_kelamin text, awal bigint, masuk bigint, terpenuhi bigint, dihapus bigint, akhir bigint
);
create table reports.rpt_ipk_penempatan (
    periode date, kode_kecamatan text, jenis_penempatan text, pendidikan text, penerima text, jenis_kelamin text,
    jumlah bigint
);
create table reports.rpt_ipk_pemberi_kerja (
    tabel text, periode date, kode text, versi text, jenis_kelamin text, pemberi_kerja_id text, awal bigint,
    masuk bigint, terpenuhi bigint, dihapus bigint, akhir bigint
);
"""
TABLES = (
    "marts.fct_peristiwa_pencari_kerja",
    "marts.fct_peristiwa_lowongan",
    "intermediate.int_pencari_kerja__dinilai",
    "intermediate.int_orang__anggota",
    "intermediate.int_penempatan__dinilai",
    "intermediate.int_lowongan__dinilai",
    "intermediate.int_pemberi_kerja__dinilai",
    "reports.rpt_ipk_arus",
    "reports.rpt_ipk_penempatan",
    "reports.rpt_ipk_pemberi_kerja",
)
FIRST, NOW = Period(2026, 7), Period(2026, 11)
EARLY = datetime(2026, 7, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seeker:
    """One registration and how it ended. ``content``: what its source record says, as a word."""

    number: int
    registered: date
    left: date | None = None
    exit: str | None = None
    person: str | None = None
    sex: str = "L"
    age: str = "20-29"
    education: str | None = "SMA"
    job: str | None = "2411"
    edition: str | None = "2014"
    graduated: str = "0-2"
    place: str | None = "332501"
    placement: tuple[str, str] = ("AKL", "SWASTA")
    known: datetime = EARLY
    exit_known: datetime = EARLY
    content: str = "a"
    fit: bool = True
    # Its registration is a report within another person's spell: it counts nowhere.
    counted: bool = True

    @property
    def who(self) -> str:
        return self.person or f"orang {self.number}"


@dataclass(frozen=True)
class Vacancy:
    """Places (L, P, either) opened, filled and taken back, each on a day."""

    number: int
    opened: date
    places: tuple[int, int, int] = (1, 1, 1)
    filled: tuple[date, tuple[int, int, int]] | None = None
    removed: tuple[date, tuple[int, int, int]] | None = None
    education: str | None = "SMA"
    job: str | None = "9"
    edition: str | None = "2014"
    industry: str | None = "01132"
    industry_edition: str | None = "2020"
    place: str | None = "332501"
    known: datetime = EARLY
    content: str = "a"
    # None: nobody knows whose it is.
    employer: int | None = 1

    def cells(self) -> Iterator[tuple[str, str, str]]:
        """Table, code and edition of the rows that count it."""
        yield "III/1", "semua", ""
        for table, code, edition in (
            ("III/4", self.education, ""),
            ("III/5", self.job, self.edition),
            ("III/6", self.industry, self.industry_edition),
        ):
            yield table, code or "tidak_diketahui", edition or ""


@dataclass
class Ledger:
    """Everything at one moment; ``now`` is the month up to which the reports run."""

    seekers: list[Seeker] = field(default_factory=list)
    vacancies: list[Vacancy] = field(default_factory=list)
    first: Period = FIRST
    now: Period = NOW

    def change(self, number: int, **values: object) -> None:
        """Replace what one seeker says."""
        at = next(i for i, one in enumerate(self.seekers) if one.number == number)
        self.seekers[at] = replace(self.seekers[at], **values)

    def write(self, conn: psycopg.Connection) -> None:
        """Put it into the database in place of what is there."""
        for table in TABLES:
            conn.execute(f"delete from {table}")
        with conn.cursor() as cursor:
            for seeker in self.seekers:
                self._write_seeker(cursor, seeker)
            for vacancy in self.vacancies:
                self._write_vacancy(cursor, vacancy)
            cells = self.cells()
            cursor.executemany(
                "insert into reports.rpt_ipk_arus values (" + ", ".join(["%s"] * 13) + ")",
                cells,
            )
            cursor.executemany(
                "insert into reports.rpt_ipk_pemberi_kerja values (" + ", ".join(["%s"] * 11) + ")",
                self.by_employer(),
            )
            cursor.executemany(
                "insert into reports.rpt_ipk_penempatan values (%s, %s, %s, %s, %s, %s, %s)",
                self.placements(),
            )
        conn.commit()

    def _write_seeker(self, cursor: psycopg.Cursor, one: Seeker) -> None:
        insert = "insert into marts.fct_peristiwa_pencari_kerja values (" + ", ".join(["%s"] * 17) + ")"
        hashed = one.content.encode()
        cursor.execute(
            "insert into intermediate.int_pencari_kerja__dinilai values (%s, %s, %s, %s)",
            [one.number, one.fit, hashed, one.known],
        )
        cursor.execute(
            "insert into intermediate.int_orang__anggota values ('pencari_kerja', %s, %s)",
            [str(one.number), one.who],
        )
        for key, kind, day, known, placement in self.events(one):
            cursor.execute(
                insert,
                [
                    key, one.who, one.number, one.number, placement and one.number, kind, day, known,
                    one.sex, one.age, one.education, one.job, one.edition, one.graduated, one.place,
                    placement and placement[0], placement and placement[1],
                ],
            )  # fmt: skip
            if placement:
                cursor.execute(
                    "insert into intermediate.int_penempatan__dinilai values (%s, true, null, 'p', %s)",
                    [one.number, known],
                )

    def events(self, one: Seeker) -> list[tuple]:
        """(key, kind, day, known, placement) of what counts."""
        if not (one.fit and one.counted):
            return []
        found = [(f"daftar:{one.number}", "terdaftar", one.registered, one.known, None)]
        if one.exit and one.left:
            key = {"ditempatkan": "ditempatkan", "dihapus": "dihapus"}.get(one.exit, "kedaluwarsa")
            placement = one.placement if one.exit == "ditempatkan" else None
            found.append((f"{key}:{one.number}", one.exit, one.left, one.exit_known, placement))
        return found

    def _write_vacancy(self, cursor: psycopg.Cursor, one: Vacancy) -> None:
        cursor.execute(
            "insert into intermediate.int_lowongan__dinilai values (%s, %s, true, %s, %s)",
            [one.number, one.number, one.content.encode(), one.known],
        )
        cursor.execute("insert into intermediate.int_pemberi_kerja__dinilai values (%s, 'a')", [one.number])
        for kind, day, places in self.places(one):
            cursor.execute(
                "insert into marts.fct_peristiwa_lowongan values (" + ", ".join(["%s"] * 15) + ")",
                [
                    f"{kind}:{one.number}", one.number, None, kind, day, one.known, *places, one.place,
                    one.education, one.job, one.edition, one.industry, one.industry_edition,
                ],
            )  # fmt: skip

    def places(self, one: Vacancy) -> list[tuple[str, date, tuple[int, int, int]]]:
        found = [("dibuka", one.opened, one.places)]
        if one.filled:
            found.append(("terisi", *one.filled))
        if one.removed:
            found.append(("dihapus", *one.removed))
        return found

    def cells(self) -> list[tuple]:
        """rpt_ipk_arus: every event into every table, then month by month."""
        flows: Counter[tuple] = Counter()
        for one in self.seekers:
            for _, kind, day, _, _ in self.events(one):
                for table, code, version, graduated in (
                    ("III/1", one.age, "", "semua"),
                    ("III/2", one.education, "", "semua"),
                    ("III/3", one.job, one.edition, "semua"),
                    ("III/7", one.education, "", one.graduated),
                ):
                    cell = (
                        table,
                        "pencari_kerja",
                        _place(one.place),
                        code or "tidak_diketahui",
                        version or "",
                    )
                    flows[(*cell, graduated, one.sex), _column(kind), self._month(day)] += 1
        for one in self.vacancies:
            for kind, day, places in self.places(one):
                for sex, amount in zip(("L", "P", "bebas"), places, strict=True):
                    for table, code, version in one.cells():
                        cell = (table, "lowongan", _place(one.place), code, version, "semua", sex)
                        flows[cell, _column(kind), self._month(day)] += amount
        return self._by_month(flows)

    def by_employer(self) -> list[tuple]:
        """rpt_ipk_pemberi_kerja: the places of the vacancies by whose they are, for the whole regency."""
        flows: Counter[tuple] = Counter()
        for one in self.vacancies:
            for kind, day, places in self.places(one):
                for sex, amount in zip(("L", "P", "bebas"), places, strict=True):
                    for table, code, version in one.cells():
                        cell = (table, code, version, sex, str(one.employer or "tidak_diketahui"))
                        flows[cell, _column(kind), self._month(day)] += amount
        return [row for row in self._by_month(flows) if any(row[6:])]

    def _by_month(self, flows: Counter[tuple]) -> list[tuple]:
        rows = []
        for cell in sorted({key for key, _, _ in flows}):
            before = self.first.previous()
            stock = sum(
                flows[cell, column, before] * sign
                for column, sign in (("masuk", 1), ("terpenuhi", -1), ("dihapus", -1))
            )
            for month in self.first.up_to(self.now):
                n = [flows[cell, column, month] for column in ("masuk", "terpenuhi", "dihapus")]
                end = stock + n[0] - n[1] - n[2]
                rows.append((cell[0], month.first_day, *cell[1:], stock, *n, end))
                stock = end
        return rows

    def placements(self) -> list[tuple]:
        found: Counter[tuple] = Counter()
        for one in self.seekers:
            for _, kind, day, _, placement in self.events(one):
                if kind == "ditempatkan" and Period.of(day) >= self.first:
                    education = one.education or "tidak_diketahui"
                    found[
                        Period.of(day).first_day,
                        _place(one.place),
                        *(placement[0], education, placement[1]),
                        one.sex,
                    ] += 1
        return [(*key, count) for key, count in found.items()]

    def _month(self, day: date) -> Period:
        return max(Period.of(day), self.first.previous())


def _place(place: str | None) -> str:
    return "tidak_diketahui" if place is None else place if place.startswith("3325") else "luar_kabupaten"


def _column(kind: str) -> str:
    return {"terdaftar": "masuk", "dibuka": "masuk", "ditempatkan": "terpenuhi", "terisi": "terpenuhi"}.get(
        kind, "dihapus"
    )
