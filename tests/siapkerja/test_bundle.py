"""A ledger bundle proves itself with nothing but the file, and names the first entry that was touched."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from batang_assets.errors import ConfigurationError, DataError
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.bundle import export_bundle, verify_bundle
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.sending import send_pending
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_pusat import Pusat


@pytest.fixture
def bundle(
    connection: psycopg.Connection,
    ring: KeyRing,
    dunia: Dunia,
    start_pusat: Callable[..., Pusat],
    settings_for: Callable[..., Settings],
    tmp_path: Path,
) -> Path:
    """The bundle of a delivered world."""
    settings = settings_for(start_pusat())
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings) as client:
        send_pending(connection, ring, client)
    path = tmp_path / "buku-besar.jsonl"
    assert export_bundle(settings, path) == ledger.verify(connection, ring.public_key_pem()).entries
    connection.rollback()
    return path


def test_a_whole_bundle_verifies_by_another_reading_of_the_form_too(
    bundle: Path, ring: KeyRing, connection: psycopg.Connection
) -> None:
    result = verify_bundle(bundle)
    assert (result.ok, result.reason) == (True, "")
    assert result.head == ledger.verify(connection, ring.public_key_pem()).head
    assert result.key_sha256 == hashlib.sha256(ring.public_key_pem()).hexdigest()
    assert verify_bundle(bundle, ring.public_key_pem()).ok
    # The form as its documentation says it, read without any code of ours.
    head, *entries = [json.loads(line) for line in bundle.read_text().splitlines()]
    key: Any = load_pem_public_key(head["kunci_publik"].encode())
    previous = bytes(32)
    for number, entry in enumerate(entries, 1):
        digest = hashlib.sha256(previous + entry["isi"].encode()).digest()
        assert (entry["nomor"], entry["sidik_sebelum"], entry["sidik"]) == (
            number,
            previous.hex(),
            digest.hex(),
        )
        key.verify(bytes.fromhex(entry["tanda_tangan"]), digest)
        previous = digest
    assert (head["entri"], head["sidik_akhir"]) == (len(entries), previous.hex())


def test_no_personal_value_is_in_a_bundle(bundle: Path, dunia: Dunia) -> None:
    text = bundle.read_text()
    assert "batang:pencari-kerja:7" in text
    canaries = [*dunia.niks, *dunia.names, "6281234567890", "Jalan Kenari", "@contoh.id", "PT Uji"]
    assert [canary for canary in canaries if canary in text] == []


def rewrite(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def rechain(lines: list[dict[str, Any]], number: int, ring: KeyRing) -> None:
    """A forger with the key: everything from ``number`` on is chained and signed anew, and so is the head."""
    for before, entry in zip(lines[number - 1 :], lines[number:], strict=False):
        previous = before["sidik"] if "nomor" in before else bytes(32).hex()
        digest = hashlib.sha256(bytes.fromhex(previous) + entry["isi"].encode()).digest()
        entry |= {"sidik_sebelum": previous, "sidik": digest.hex(), "tanda_tangan": ring.sign(digest).hex()}
    head = {name: value for name, value in lines[0].items() if name != "tanda_tangan"}
    head |= {"sidik_akhir": lines[-1]["sidik"], "entri": len(lines) - 1}
    text = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    lines[0] = head | {"tanda_tangan": ring.sign(text).hex()}


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        (lambda lines: lines[4].update(isi=lines[4]["isi"].replace('"jumlah":', '"jumlah": ')), 4),
        (lambda lines: lines[5].update(tanda_tangan="00" * 64), 5),
        (lambda lines: lines[3].update(jenis="lain"), 3),
        (lambda lines: lines[3].update(sidik="zz"), 3),
        (lambda lines: lines.pop(6), 7),
        (lambda lines: lines.insert(6, lines[5]), 5),
        (lambda lines: lines.__setitem__(slice(3, 5), [lines[4], lines[3]]), 4),
        (lambda lines: lines.pop(), -1),
        (lambda lines: lines[0].update(entri=lines[0]["entri"] - 1), 0),
        (lambda lines: (lines.pop(), lines[0].update(entri=lines[0]["entri"] - 1)), 0),
    ],
)
def test_whatever_is_touched_the_first_bad_entry_is_named(
    bundle: Path, change: Callable[[list[dict[str, Any]]], object], first_bad: int
) -> None:
    entries = verify_bundle(bundle).entries
    rewrite(bundle, change)
    result = verify_bundle(bundle)
    assert not result.ok
    assert result.first_bad == (entries if first_bad == -1 else first_bad)
    assert result.reason


def test_even_a_forger_with_the_key_cannot_claim_another_body_under_a_key(
    bundle: Path, ring: KeyRing
) -> None:
    def forge(lines: list[dict[str, Any]]) -> None:
        number = next(n for n, line in enumerate(lines) if line.get("jenis") == "tanda_terima")
        content = json.loads(lines[number]["isi"]) | {"sidik_isi": "0" * 64}
        lines[number]["isi"] = json.dumps(content, sort_keys=True, separators=(",", ":"))
        rechain(lines, number, ring)

    rewrite(bundle, forge)
    result = verify_bundle(bundle)
    assert not result.ok
    assert "tidak pernah dikirim" in result.reason


def test_a_bundle_signed_anew_with_another_key_is_not_believed(
    bundle: Path, ring: KeyRing, tmp_path: Path
) -> None:
    other = KeyRing.create(tmp_path / "lain")

    def forge(lines: list[dict[str, Any]]) -> None:
        lines[0]["kunci_publik"] = other.public_key_pem().decode()
        rechain(lines, 1, other)

    rewrite(bundle, forge)
    # By itself it holds together; only its key's digest tells.
    alone = verify_bundle(bundle)
    assert alone.ok
    assert alone.key_sha256 != hashlib.sha256(ring.public_key_pem()).hexdigest()
    assert verify_bundle(bundle, ring.public_key_pem()).first_bad == 0


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\xfe", b'{"bentuk": "lain"}\n', b"[1]\n"])
def test_what_is_no_bundle_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        verify_bundle(path)
    assert "\n" not in str(raised.value)


def test_an_export_that_fails_leaves_the_old_file(bundle: Path, house: Settings) -> None:
    before = bundle.read_bytes()
    blocked = bundle.parent / "folder"
    blocked.mkdir()
    with pytest.raises(ConfigurationError):
        export_bundle(house, blocked)
    assert bundle.read_bytes() == before
    assert list(bundle.parent.glob("*.sementara")) == []


def test_verifying_needs_no_database_no_key_ring_and_no_setting(bundle: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from batang_assets.cli.delivery import verify_ledger_bundle;"
        "print(verify_ledger_bundle(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT_ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("berkas buku besar utuh: ")
    assert {path.name for path in tmp_path.iterdir()} <= {bundle.name, "pusat-0"}
