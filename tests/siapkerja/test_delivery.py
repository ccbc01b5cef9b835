"""Delivery of all six domains to a real sandbox process, judged by what the centre then holds."""

from collections import Counter
from collections.abc import Callable

import psycopg
import pytest

from batang_assets.errors import GateClosed
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import Enqueued, enqueue
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.status import delivery_status, ledger_status
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import COUNTS, OKTOBER, Dunia
from tests.siapkerja.siapkerja_pusat import Pusat

Start = Callable[..., Pusat]
Make = Callable[..., Settings]


def deliver(
    connection: psycopg.Connection, ring: KeyRing, settings: Settings
) -> tuple[dict[str, Enqueued], Sent]:
    queued = enqueue(connection, ring, settings, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings) as client:
        return queued, send_pending(connection, ring, client)


def test_everything_arrives_once_and_a_second_run_sends_nothing(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    settings = settings_for(pusat)
    _, sent = deliver(connection, ring, settings)
    assert {domain: dict(counts) for domain, counts in sent.records.items()} == {
        domain: {"diterima": count} for domain, count in COUNTS.items()
    }
    for domain, count in COUNTS.items():
        expected = {f"batang:{domain}:{number}": (1, False) for number in range(1, count + 1)}
        assert pusat.versions(domain) == expected
    seeker = pusat.holds("pencari-kerja")["batang:pencari-kerja:7"]["data"]
    assert seeker["nik"] == "3325115708990207"
    assert seeker["nama"] == "Kenari pencari-kerja 7"
    assert seeker["no_hp"] == "+6281234567890"
    assert seeker["alamat"] == "Jalan Kenari 1"
    assert seeker["tanggal_lahir"] == "1999-08-17"

    queued, again = deliver(connection, ring, settings)
    assert all(count == Enqueued() for count in queued.values())
    assert (again.batches, again.attempts) == (0, 0)
    assert delivery_status(connection)["pencari-kerja"] == {
        "pending": 0, "accepted": COUNTS["pencari-kerja"], "unchanged": 0, "rejected": 0, "withdrawn": 0,
    }  # fmt: skip


def test_a_changed_row_sends_one_version_and_a_vanished_one_is_withdrawn(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    settings = settings_for(pusat)
    deliver(connection, ring, settings)
    dunia.change("pencari-kerja", 4, pendidikan="S1")
    dunia.remove("pencari-kerja", 9)
    queued, sent = deliver(connection, ring, settings)
    assert (queued["pencari-kerja"].simpan, queued["pencari-kerja"].tarik) == (1, 1)
    assert sum(count.simpan + count.tarik for count in queued.values()) == 2
    assert sent.batches == 2
    held = pusat.versions("pencari-kerja")
    assert held["batang:pencari-kerja:4"] == (2, False)
    assert held["batang:pencari-kerja:9"] == (2, True)
    assert Counter(held.values()) == {(1, False): 23, (2, False): 1, (2, True): 1}
    assert pusat.holds("pencari-kerja")["batang:pencari-kerja:4"]["data"]["pendidikan"] == "S1"
    assert delivery_status(connection)["pencari-kerja"]["withdrawn"] == 1
    # It comes back: a third version, not a second first one.
    dunia.seeker(9)
    dunia.connection.commit()
    dunia.open_gates()
    deliver(connection, ring, settings)
    assert pusat.versions("pencari-kerja")["batang:pencari-kerja:9"] == (3, False)


def test_only_changed_rows_are_opened_from_the_vault(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    settings = settings_for(start_pusat())
    deliver(connection, ring, settings)
    connection.execute("truncate vault.pengungkapan")
    connection.commit()
    dunia.change("pencari-kerja", 4, pendidikan="S1")
    deliver(connection, ring, settings)
    opened = connection.execute("select tabel, penerima, jumlah from vault.pengungkapan where jumlah > 0")
    assert opened.fetchall() == [("pencari_kerja", "siapkerja", 1)]


def test_a_closed_gate_lets_nothing_into_the_outbox(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    connection.execute("update quality.gerbang set versi_data = 'lama' where dataset = 'lowongan'")
    connection.commit()
    with pytest.raises(GateClosed):
        enqueue(connection, ring, settings_for(start_pusat()), OKTOBER, "run-uji")
    assert connection.execute("select count(*) from delivery.kiriman").fetchone() == (0,)
    assert connection.execute("select count(*) from vault.pengungkapan").fetchone() == (0,)


def test_a_record_waits_for_its_reference_and_goes_when_that_is_there(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    settings = settings_for(pusat)
    dunia.change("lowongan", 2, id_daerah_pemberi_kerja="batang:pemberi-kerja:99")
    queued, _ = deliver(connection, ring, settings)
    assert queued["lowongan"].tertahan == 1
    held = connection.execute("select id_daerah, rujukan, alasan from delivery.tertahan").fetchall()
    assert held == [("batang:lowongan:2", ["batang:pemberi-kerja:99"], "RUJUKAN_TIDAK_ADA")]
    assert delivery_status(connection)["lowongan"]["pending"] == 1
    assert len(pusat.holds("lowongan")) == COUNTS["lowongan"] - 1
    dunia.employer(99)
    dunia.connection.commit()
    dunia.open_gates()
    deliver(connection, ring, settings)
    assert pusat.versions("lowongan")["batang:lowongan:2"] == (1, False)
    assert delivery_status(connection)["lowongan"]["pending"] == 0


def test_a_rejected_record_is_kept_with_its_code_and_goes_again_only_when_it_changes(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    settings = settings_for(pusat)
    # The NIK says 17 August 1999: the centre finds the row inconsistent.
    dunia.connection.execute("update marts.dim_pencari_kerja set tanggal_lahir = '1999-08-18' where id = 3")
    dunia.connection.commit()
    _, sent = deliver(connection, ring, settings)
    assert sent.records["pencari-kerja"] == {"diterima": COUNTS["pencari-kerja"] - 1, "ditolak": 1}
    row = connection.execute(
        "select id_daerah, galat from delivery.catatan_status where keadaan = 'ditolak'"
    ).fetchone()
    assert row is not None
    assert row[0] == "batang:pencari-kerja:3"
    assert {error["kode"] for error in row[1]} == {"TIDAK_KONSISTEN"}
    assert all(set(error) == {"bidang", "kode"} for error in row[1])
    connection.commit()
    _, again = deliver(connection, ring, settings)
    assert again.attempts == 0
    dunia.connection.execute("update marts.dim_pencari_kerja set tanggal_lahir = '1999-08-17' where id = 3")
    dunia.connection.commit()
    _, mended = deliver(connection, ring, settings)
    assert mended.records["pencari-kerja"] == {"diterima": 1}
    assert pusat.versions("pencari-kerja")["batang:pencari-kerja:3"] == (2, False)


def test_no_identity_is_found_in_clear_in_any_delivery_table(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    settings = settings_for(start_pusat())
    # Once while the bodies are still there, and once after the receipts.
    for _ in range(2):
        enqueue(connection, ring, settings, OKTOBER, "run-uji")
        dump = _dump(connection, "delivery")
        assert "batang:pencari-kerja:7" in dump
        canaries = [*dunia.niks, *dunia.names, "6281234567890", "081234567890", "Jalan Kenari", "@contoh.id"]
        found = [text for text in canaries if text in dump or text.encode().hex() in dump]
        assert found == []
        with SiapkerjaClient.from_settings(settings) as client:
            send_pending(connection, ring, client)
    assert connection.execute("select count(*) from delivery.kiriman where badan is not null").fetchone() == (
        0,
    )


def _dump(connection: psycopg.Connection, schema: str) -> str:
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = %s", [schema]
    ).fetchall()
    assert len(tables) >= 6
    parts = []
    for (table,) in tables:
        rows = connection.execute(f'select row_to_json(t)::text from {schema}."{table}" t'.encode())
        parts += [row[0] for row in rows]
    connection.commit()
    return "\n".join(parts)


def test_the_ledger_tells_every_attempt_and_receipt(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    _, sent = deliver(connection, ring, settings_for(start_pusat()))
    kinds = Counter(row[0] for row in connection.execute("select jenis from delivery.buku_besar"))
    assert kinds == {"antre": 1, "percobaan": sent.attempts, "tanda_terima": sent.batches}
    state = ledger_status(connection, ring.public_key_pem())
    assert state["verified"] is True
    assert state["entries"] == 1 + sent.attempts + sent.batches
    connection.commit()
    assert ledger.verify(connection, ring.public_key_pem()).head == state["head"]


def test_a_corrected_name_sends_one_version_and_an_unsent_column_none(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    settings = settings_for(pusat)
    deliver(connection, ring, settings)
    # Only the source's time stamp moves: nothing that SIAPkerja receives has changed.
    dunia.correct("pencari-kerja", 5, updated_at="2026-10-06T08:00:00+07:00")
    assert deliver(connection, ring, settings)[1].attempts == 0
    dunia.correct("pencari-kerja", 6, nama_lengkap="Kenari Terkoreksi")
    assert deliver(connection, ring, settings)[1].records == {"pencari-kerja": {"diterima": 1}}
    held = pusat.holds("pencari-kerja")
    assert held["batang:pencari-kerja:6"]["data"]["nama"] == "Kenari Terkoreksi"
    assert held["batang:pencari-kerja:6"]["versi"] == 2
    assert held["batang:pencari-kerja:5"]["versi"] == 1


def test_a_value_that_fits_no_field_holds_back_its_record_alone(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    dunia.correct("pencari-kerja", 8, nik="332511570899")
    deliver(connection, ring, settings_for(pusat))
    held = connection.execute("select id_daerah, rujukan, alasan from delivery.tertahan").fetchall()
    assert held == [("batang:pencari-kerja:8", ["nik"], "BIDANG_TIDAK_SAH")]
    assert len(pusat.holds("pencari-kerja")) == COUNTS["pencari-kerja"] - 1
