"""The consolidation counts by dbt against a pairing done by hand, on a real server."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from batang_assets.consolidation.summary import COLUMNS, consolidation_counts
from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt

# Wire domain → mart, the column that tells two records of one subject apart.
DOMAINS = {
    "pencari-kerja": ("dim_pencari_kerja", "orang_token"),
    "pemberi-kerja": ("dim_pemberi_kerja", "nib"),
    "lowongan": ("fct_lowongan", None),
    "penduduk-bekerja": ("fct_penduduk_bekerja", "orang_token"),
    "pelatihan": ("fct_peserta_pelatihan", "orang_token"),
    "penempatan": ("fct_penempatan", "orang_token"),
}


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A server with the project's tables, and marts that hold what the consolidation reads."""
    home = Path(tempfile.mkdtemp(prefix="bt-kons-"))
    settings = Settings(home=home)
    with EmbeddedServer(home).running():
        prepare_database(settings)
        with connect(settings) as conn:
            for mart, subject in DOMAINS.values():
                column = f", {subject} text" if subject else ""
                conn.execute(f"create table marts.{mart} (id_daerah text{column})")  # ty: ignore
        yield settings
    shutil.rmtree(home)


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection on empty sides."""
    with connect(settings) as connection:
        for domain, (mart, _) in DOMAINS.items():
            connection.execute(f"truncate marts.{mart}, {_centre(domain)}")  # ty: ignore
        connection.execute("truncate delivery.catatan_status cascade")
        connection.commit()
        yield connection


def _centre(domain: str) -> str:
    return f"raw.siapkerja__{domain.replace('-', '_')}"


class Sides:
    """Writes records to one side or the other of a domain."""

    def __init__(self, conn: psycopg.Connection, domain: str) -> None:
        self._conn, self._domain = conn, domain
        self._mart, self._subject = DOMAINS[domain]

    def key(self, number: int) -> str:
        return f"batang:{self._domain}:{number}"

    def regency(self, number: int, subject: str | None = None, sent: bytes | None = None) -> None:
        """A record of ours; ``sent``: fingerprint of what was delivered."""
        values = [self.key(number)] + ([subject] if self._subject else [])
        marks = ", ".join(["%s"] * len(values))
        self._conn.execute(f"insert into marts.{self._mart} values ({marks})", values)  # ty: ignore
        if sent is not None:
            self._conn.execute(
                "insert into delivery.catatan_status (id_daerah, domain, versi, operasi, keadaan, sidik_data) "
                "values (%s, %s, 1, 'simpan', 'diterima', %s)",
                [self.key(number), self._domain, sent],
            )

    def centre(
        self,
        ident: str,
        number: int | None,
        subject: str | None,
        content: bytes,
        withdrawn: bool = False,
        changed: str = "2026-10-30T08:00:00+07:00",
    ) -> None:
        """A version of a record at the centre; ``number`` None: entered there."""
        columns = ["id", "id_daerah", "ditarik", "diubah_pada", "sidik_data"]
        values = [
            ident,
            None if number is None else self.key(number),
            str(withdrawn).lower(),
            changed,
            content,
        ]
        if self._subject:
            columns.append(self._subject)
            values.append(subject)
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(values))
        self._conn.execute(
            f"insert into {_centre(self._domain)} (_isi_hash, _periode, _run_id, {names}) "  # ty: ignore
            f"values (sha256(random()::text::bytea), '2026-10-01', 'uji', {marks})",
            values,
        )


def _consolidate(settings: Settings, conn: psycopg.Connection) -> dict[str, dict[str, int]]:
    """Build the consolidation with its data tests, and read it back."""
    conn.commit()
    results = run_dbt(
        settings, ["build", "--select", "tag:konsolidasi", "--exclude-resource-type", "unit_test"]
    )
    error = failure(results)
    assert error is None, error
    assert {"konsolidasi_identitas", "konsolidasi_sebab_lengkap"} <= {result.node.name for result in results}
    return consolidation_counts(conn)


def test_no_table_yet_means_no_counts(settings: Settings) -> None:
    with connect(settings) as conn:
        conn.execute("drop table if exists reports.rpt_konsolidasi")
        assert consolidation_counts(conn) == {}
        conn.rollback()


def test_each_kind_of_record_is_counted_in_its_own_column(
    settings: Settings, conn: psycopg.Connection
) -> None:
    seekers = Sides(conn, "pencari-kerja")
    seekers.regency(1, "a", sent=b"1")
    seekers.centre("S1", 1, "a", b"1")  # same content
    seekers.regency(2, "b", sent=b"2")
    seekers.centre("S2", 2, "b", b"other")  # changed at the centre
    seekers.regency(3, "c")
    seekers.centre("S3", None, "c", b"3")  # the same person, entered at the centre: differs
    seekers.centre("S4", None, "c", b"4")  # and entered there again: the centre alone
    seekers.regency(5, "e", sent=b"5")  # acknowledged, not at the centre
    seekers.centre("S6", 6, "f", b"6")  # no longer in the mart
    seekers.centre("S7", None, "g", b"7")  # unknown here
    seekers.centre("S8", 1, "a", b"8", withdrawn=True)  # withdrawn: not there
    assert _consolidate(settings, conn)["pencari-kerja"] == dict(
        zip(COLUMNS, (4, 6, 1, 2, 1, 3), strict=True)
    )


def test_the_latest_version_counts_by_time_not_by_arrival(
    settings: Settings, conn: psycopg.Connection
) -> None:
    vacancies = Sides(conn, "lowongan")
    vacancies.regency(1, sent=b"new")
    vacancies.centre("S1", 1, None, b"new", changed="2026-10-31T01:00:00Z")
    vacancies.centre("S1", 1, None, b"old", changed="2026-10-31T07:30:00+07:00")
    vacancies.regency(2, sent=b"x")
    vacancies.centre("S2", 2, None, b"x", changed="2026-10-30T08:00:00+07:00")
    vacancies.centre("S2", 2, None, b"x", withdrawn=True, changed="2026-10-30T09:00:00+07:00")
    counts = _consolidate(settings, conn)["lowongan"]
    assert counts == dict(zip(COLUMNS, (2, 1, 1, 0, 1, 0), strict=True))


def test_both_sides_are_whole_for_any_mixture(settings: Settings, conn: psycopg.Connection) -> None:
    rng = random.Random(33_25)
    expected = {
        domain: _fill(Sides(conn, domain), rng, bool(subject)) for domain, (_, subject) in DOMAINS.items()
    }
    counts = _consolidate(settings, conn)
    assert counts == expected
    for count in counts.values():
        assert count["daerah"] == count["cocok"] + count["beda"] + count["hanya_daerah"]
        assert count["pusat"] == count["cocok"] + count["beda"] + count["hanya_pusat"]


def _fill(sides: Sides, rng: random.Random, has_subject: bool) -> dict[str, int]:
    """Random records on both sides of one domain; what the counts must be."""
    count = dict.fromkeys(COLUMNS, 0)
    unpaired: dict[str, int] = {}
    for number in range(60):
        subject = f"t{rng.randrange(40)}"
        there, same = rng.random() < 0.6, rng.random() < 0.8
        sides.regency(number, subject, sent=b"isi" if there else None)
        count["daerah"] += 1
        if there:
            sides.centre(f"S{number}", number, subject, b"isi" if same else b"lain")
            count["pusat"] += 1
            count["cocok" if same else "beda"] += 1
        else:
            unpaired[subject] = unpaired.get(subject, 0) + 1
    for number in range(60, 100):
        subject = f"t{rng.randrange(60)}"
        sides.centre(f"S{number}", None, subject, b"pusat")
        count["pusat"] += 1
        if has_subject and unpaired.get(subject):
            unpaired[subject] -= 1
            count["beda"] += 1
        else:
            count["hanya_pusat"] += 1
    count["hanya_daerah"] = sum(unpaired.values())
    return count
