"""The ledger only grows, and whoever changes it anyway is found out."""

from collections.abc import Iterator

import psycopg
import pytest

from batang_assets.siapkerja import ledger
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import Dunia


@pytest.fixture
def ten(connection: psycopg.Connection, ring: KeyRing) -> Iterator[psycopg.Connection]:
    """A connection to a ledger of ten entries."""
    Dunia(connection, ring).reset()
    for number in range(10):
        ledger.append(connection, ring, "percobaan", {"kunci": f"k-{number}", "jumlah": number})
    connection.commit()
    yield connection
    connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "update delivery.buku_besar set isi = '{}' where nomor = 4",
        "delete from delivery.buku_besar where nomor = 4",
        "truncate delivery.buku_besar cascade",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_not_even_a_superuser_changes_it_in_passing(
    ten: psycopg.Connection, statement: str, role: str
) -> None:
    ten.execute("select set_config('session_replication_role', %s, false)", [role])
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        ten.execute(statement.encode())


def test_a_whole_ledger_verifies(ten: psycopg.Connection, ring: KeyRing) -> None:
    result = ledger.verify(ten, ring.public_key_pem())
    assert (result.entries, result.ok, result.first_bad) == (10, True, None)
    head = ten.execute("select encode(sidik, 'hex') from delivery.buku_besar where nomor = 10").fetchone()
    assert head == (result.head,)


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("update delivery.buku_besar set isi = replace(isi, 'k-3', 'k-9') where nomor = 4", 4),
        ("update delivery.buku_besar set jenis = 'tanda_terima' where nomor = 6", 6),
        ("delete from delivery.buku_besar where nomor = 5", 6),
        ("delete from delivery.buku_besar where nomor = 1", 2),
        ("update delivery.buku_besar set tanda_tangan = sidik || sidik where nomor = 8", 8),
        (
            "update delivery.buku_besar b set isi = n.isi,"
            " sidik = sha256(sidik_sebelum || convert_to(n.isi, 'UTF8'))"
            " from (select replace(isi, 'k-2', 'k-5') as isi from delivery.buku_besar where nomor = 3) n"
            " where b.nomor = 3",
            3,
        ),
    ],
)
def test_whoever_lifts_the_trigger_is_found(
    ten: psycopg.Connection, ring: KeyRing, statement: str, first_bad: int
) -> None:
    ten.execute("alter table delivery.buku_besar disable trigger user")
    assert ten.execute(statement.encode()).rowcount == 1
    result = ledger.verify(ten, ring.public_key_pem())
    assert not result.ok
    assert result.first_bad == first_bad


def test_another_key_does_not_verify(ten: psycopg.Connection, tmp_path) -> None:
    other = KeyRing.create(tmp_path / "lain")
    assert ledger.verify(ten, other.public_key_pem()).first_bad == 1
