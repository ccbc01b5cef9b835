"""Handing a package over: to the outputs folder, by upload, or by hand; each receipt is recorded for good."""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import stamina

from batang_assets.database import connect
from batang_assets.errors import DataError, DeliveryError
from batang_assets.partitions import Span
from batang_assets.settings import Settings
from batang_assets.smdata.facts import Kelas
from batang_assets.smdata.package import Package, latest_package, packages_folder
from batang_assets.smdata.verify import MANIFEST, verify_package

FOLDER, UPLOAD, BY_HAND = "folder", "unggah", "tangan"
PROGRAM = "program"
LONGEST_ANSWER = 64 * 1024
# An archive's members need a time; one that never changes keeps its bytes the same.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Receipt:
    """One handing over: how, receipt number (None for the folder), by whom, when."""

    cara: str
    nomor: str | None
    oleh: str
    pada: datetime

    def as_data(self) -> dict[str, str | None]:
        """The receipt in ``batang status --json``."""
        return {"how": self.cara, "number": self.nomor, "by": self.oleh, "at": self.pada.isoformat()}


class _Again(Exception):
    """The receiver did not settle the upload; it may be tried again."""


def deliver(settings: Settings, package: Package) -> list[str]:
    """Record that the package lies in the folder, upload it where an address is set; the numbers of new receipts.

    What was handed over before is not handed over again. Raises DeliveryError if the receiver refuses, or answers
    nothing useful before the deadline.
    """
    digest = _digest(package.path)
    with connect(settings) as connection:
        before = {receipt.cara for receipt in receipts(connection, digest)}
        if FOLDER not in before:
            _record(connection, package.manifest, digest, Receipt(FOLDER, None, PROGRAM, settings.now()))
    if settings.smdata_upload_url is None or UPLOAD in before:
        return []
    answer = upload(settings, package.path, digest)
    receipt = Receipt(UPLOAD, answer["nomor"], PROGRAM, settings.now())
    with connect(settings) as connection:
        _record(connection, package.manifest, digest, receipt, answer)
    return [answer["nomor"]]


def record_receipt(
    settings: Settings, span: Span, revision: int, number: str, by: str, kelas: Kelas = "terbatas"
) -> Receipt:
    """Record the receipt of a package that somebody handed over; the same receipt again changes nothing.

    Raises DataError if the package is not there or does not verify, or number or name is blank.
    """
    if not number.strip() or not by.strip():
        raise DataError("a receipt needs a number (--number) and a name (--by)")
    newest = latest_package(packages_folder(settings), settings.kode_wilayah, span, kelas)
    path = newest.with_name(f"{newest.name.rpartition('-r')[0]}-r{revision}") if newest else None
    if path is None or not path.is_dir():
        raise DataError(
            f"there is no package of {span.key} with revision {revision}: look in keluaran/smdata"
        )
    check = verify_package(path)
    if not check.ok:
        raise DataError(f"package {path.name} does not verify: {check.problems[0]}")
    document = json.loads((path / MANIFEST).read_bytes())
    receipt = Receipt(BY_HAND, number.strip(), by.strip(), settings.now())
    with connect(settings) as connection:
        _record(connection, document, _digest(path), receipt)
    return receipt


def receipts(connection: psycopg.Connection, manifest_sha256: str) -> list[Receipt]:
    """How the package with this manifest was handed over, oldest first."""
    rows = connection.execute(
        "select cara, nomor, oleh, pada from delivery.smdata_penyerahan where manifest_sha256 = %s"
        " order by penyerahan_id",
        [manifest_sha256],
    )
    return [Receipt(*row) for row in rows]


def archive(path: Path) -> bytes:
    """The package as one zip; equal packages give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for member in sorted(item for item in path.rglob("*") if item.is_file()):
            entry = zipfile.ZipInfo(f"{path.name}/{member.relative_to(path).as_posix()}", ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, member.read_bytes())
    return buffer.getvalue()


def upload(settings: Settings, path: Path, digest: str) -> dict[str, Any]:
    """POST the archive until it is received, refused, or the deadline has passed; the receiver's answer.

    The key of the request is the manifest's digest, so that a repeated upload is one delivery.
    """
    assert settings.smdata_upload_url is not None
    token = settings.smdata_upload_token
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{path.name}.zip"',
        "Idempotency-Key": digest,
        **({"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}),
    }
    content = archive(path)
    deadline = settings.smdata_upload_deadline_s
    try:
        # Redirects are not followed, so the token cannot travel; the machine's proxies and netrc are not consulted.
        with httpx.Client(timeout=settings.http_timeout_s, follow_redirects=False, trust_env=False) as client:
            for attempt in stamina.retry_context(
                on=(httpx.TransportError, _Again),
                attempts=None,
                timeout=deadline,
                wait_initial=0.5,
                wait_max=30,
            ):
                with attempt:
                    return _post(client, settings.smdata_upload_url, content, headers)
    except (httpx.TransportError, _Again) as error:
        raise DeliveryError(
            f"package {path.name} was not received within {deadline} s ({type(error).__name__}): check "
            "BATANG_SMDATA_UPLOAD_URL, then run the month again"
        ) from None
    raise AssertionError("unreachable")


def _post(client: httpx.Client, url: str, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.post(url, content=content, headers=headers)
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _Again(f"HTTP {answer.status_code}")
    if answer.status_code not in (200, 201, 202):
        raise DeliveryError(f"the receiver of SMData refuses the package: HTTP {answer.status_code}")
    try:
        document = json.loads(answer.content[:LONGEST_ANSWER])
        number = document["nomor"]
    except (ValueError, KeyError, TypeError):
        raise DeliveryError(
            "the receiver of SMData answers without a receipt number (field `nomor`)"
        ) from None
    if not isinstance(number, str) or not number.strip():
        raise DeliveryError("the receiver of SMData answers without a receipt number (field `nomor`)")
    return document


def _record(
    connection: psycopg.Connection,
    manifest: dict[str, Any],
    digest: str,
    receipt: Receipt,
    answer: dict[str, Any] | None = None,
) -> None:
    connection.execute(
        "insert into delivery.smdata_penyerahan (kode_wilayah, periode, kelas, revisi, manifest_sha256, cara,"
        " nomor, oleh, tanda_terima, pada) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (manifest_sha256, cara, coalesce(nomor, '')) do nothing",
        [
            manifest["kode_wilayah"],
            manifest["periode"],
            manifest["kelas"],
            manifest["revisi"],
            digest,
            receipt.cara,
            receipt.nomor,
            receipt.oleh,
            json.dumps(answer) if answer is not None else None,
            receipt.pada,
        ],
    )


def _digest(path: Path) -> str:
    found = verify_package(path).manifest_sha256
    if found is None:
        raise DataError(f"package {path.name} has no {MANIFEST}: restore it from its backup")
    return found
