"""What ``batang status`` says about the packages of a period, read from the folder and the receipts."""

from typing import Any

import psycopg

from batang_assets.database import connect
from batang_assets.partitions import Period, Span
from batang_assets.settings import Settings
from batang_assets.smdata.delivery import receipts
from batang_assets.smdata.facts import Kelas
from batang_assets.smdata.package import latest_package, packages_folder
from batang_assets.smdata.verify import verify_package


def package_status(settings: Settings, period: Period | Span) -> dict[str, Any]:
    """Path of the newest revision, sha256 of its manifest, whether it verifies, and how it was handed over.

    ``signature`` is ``valid`` if every file, the manifest and its signature agree, else ``invalid``; all values are
    None, and ``receipts`` empty, while the period has no package. ``public``: the same for the public package.
    """
    span = Span.parse(period.key)
    with connect(settings) as connection:
        return {
            **_state(connection, settings, span, "terbatas"),
            "public": _state(connection, settings, span, "publik"),
        }


def _state(connection: psycopg.Connection, settings: Settings, span: Span, kelas: Kelas) -> dict[str, Any]:
    path = latest_package(packages_folder(settings), settings.kode_wilayah, span, kelas)
    if path is None:
        return {"package": None, "manifest_sha256": None, "signature": None, "receipts": []}
    check = verify_package(path)
    return {
        "package": str(path),
        "manifest_sha256": check.manifest_sha256,
        "signature": "valid" if check.ok else "invalid",
        "receipts": [receipt.as_data() for receipt in receipts(connection, check.manifest_sha256 or "")],
    }
