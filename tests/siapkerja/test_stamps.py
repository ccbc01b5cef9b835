"""Time stamps of a real authority on the ledger's signatures, checked offline with its root alone."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from batang_assets.cli.delivery import verify_ledger_bundle
from batang_assets.errors import DataError
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja.bundle import export_bundle
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import SiapkerjaUnavailable
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.stamps import stamp_entries
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, receipt
from tests.siapkerja.siapkerja_stempel import create

NOBODY = "http://127.0.0.1:9"


@dataclass
class Authority:
    """A running authority and the certificate of its root."""

    url: str
    root: Path


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    if shutil.which("openssl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("openssl is not installed")
        pytest.skip("openssl is not installed")
    root = create(tmp_path / "tsa")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.siapkerja.siapkerja_stempel", str(tmp_path / "tsa")],
        stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT,
    )  # fmt: skip
    assert process.stdout
    yield Authority(f"http://127.0.0.1:{int(process.stdout.readline())}", root)
    # Not terminate(): in a suite started in the background (SIGINT ignored), dagster has SIGTERM ignored as well,
    # and children inherit that.
    process.kill()
    process.communicate(timeout=20)


@pytest.fixture
def delivered(connection: psycopg.Connection, ring: KeyRing, house: Settings) -> Settings:
    """Three employers, each delivered by itself: three receipts in the ledger."""
    world = Dunia(connection, ring)
    world.reset()
    for number in (1, 2, 3):
        world.employer(number)
    world.open_gates()
    enqueue(connection, ring, house.model_copy(update={"siapkerja_batch_records": 1}), OKTOBER, "run-uji")
    with (
        Gateway(lambda request, _: receipt(request)) as gateway,
        SiapkerjaClient(gateway.url, "k", "r", "3325") as client,
    ):
        send_pending(connection, ring, client)
    return house


def stamped_by(settings: Settings, url: str, required: bool = False) -> Settings:
    return settings.model_copy(update={"siapkerja_tsa_url": url, "siapkerja_tsa_required": required})


def altered(bundle: Path, change: dict[int, int]) -> Path:
    """The bundle with the stamps of some entries replaced by those of others."""
    lines = [json.loads(line) for line in bundle.read_text().splitlines()]
    stamps = {line["nomor"]: line["stempel_waktu"] for line in lines if "stempel_waktu" in line}
    for line in lines[1:]:
        if line["nomor"] in change:
            line["stempel_waktu"] = stamps[change[line["nomor"]]]
    other = bundle.with_suffix(".lain")
    other.write_text(
        "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)
    )
    return other


def test_each_receipt_is_stamped_once_and_the_bundle_proves_it_offline(
    connection: psycopg.Connection, delivered: Settings, authority: Authority, tmp_path: Path
) -> None:
    settings = stamped_by(delivered, authority.url)
    first, second = stamp_entries(connection, settings), stamp_entries(connection, settings)
    assert first is not None
    assert second is not None
    assert [(item.stamped, item.missing) for item in (first, second)] == [(3, 0), (0, 0)]
    bundle = tmp_path / "buku.jsonl"
    export_bundle(settings, bundle)
    assert "3 stempel waktu sah" in verify_ledger_bundle(bundle, None, authority.root)
    # openssl itself agrees.
    number, response, signature = connection.execute(
        "select s.nomor, s.respons, b.tanda_tangan from delivery.stempel_waktu s"
        " join delivery.buku_besar b using (nomor) order by 1 limit 1"
    ).fetchone() or (0, b"", b"")
    (tmp_path / "r.tsr").write_bytes(response)
    (tmp_path / "tanda").write_bytes(signature)
    verify = ["openssl", "ts", "-verify", "-data", "tanda", "-in", "r.tsr", "-CAfile", str(authority.root)]
    subprocess.run(verify, cwd=tmp_path, check=True, capture_output=True)
    # A true stamp, but of another entry; and the stamps of somebody else.
    with pytest.raises(DataError, match=f"entri {number}: stempel waktunya"):
        verify_ledger_bundle(altered(bundle, {number: number + 2}), None, authority.root)
    with pytest.raises(DataError, match=f"entri {number}: stempel waktunya"):
        verify_ledger_bundle(bundle, None, create(tmp_path / "lain"))


def test_an_authority_that_is_down_is_asked_again_and_stops_nothing_unless_required(
    connection: psycopg.Connection, delivered: Settings, authority: Authority
) -> None:
    assert stamp_entries(connection, delivered) is None
    down = stamp_entries(connection, stamped_by(delivered, NOBODY))
    assert down is not None
    assert (down.stamped, down.missing) == (0, 3)
    assert "tidak diperoleh" in down.reason
    with pytest.raises(SiapkerjaUnavailable, match="3 ledger entries lack"):
        stamp_entries(connection, stamped_by(delivered, NOBODY, required=True))
    again = stamp_entries(connection, stamped_by(delivered, authority.url, required=True))
    assert again is not None
    assert (again.stamped, again.missing) == (3, 0)


def test_what_is_no_stamp_of_the_signature_is_not_kept(
    connection: psycopg.Connection, delivered: Settings, authority: Authority
) -> None:
    with Gateway(lambda *_: Reply(raw=b"no stamp")) as gateway:
        found = stamp_entries(connection, stamped_by(delivered, gateway.url))
    assert found is not None
    assert found.missing == 3
    assert connection.execute("select count(*) from delivery.stempel_waktu").fetchone() == (0,)


def test_no_role_changes_a_stamp(
    connection: psycopg.Connection, delivered: Settings, authority: Authority
) -> None:
    stamp_entries(connection, stamped_by(delivered, authority.url))
    for statement in (
        b"delete from delivery.stempel_waktu",
        b"update delivery.stempel_waktu set respons = ''",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute(statement)
        connection.rollback()
