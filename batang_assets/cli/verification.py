"""``batang verify``: what anyone can check with the public key alone."""

from pathlib import Path

from batang_assets.cli.stack import stack
from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.siapkerja.ledger import verify
from batang_assets.smdata.verify import verify_package
from batang_assets.vault import KeyRing


def verify_ledger() -> str:
    """One line on the ledger; raises DataError that names the first entry that does not fit."""
    with stack(servers=False) as settings, connect(settings) as connection:
        result = verify(connection, KeyRing.load(settings.keys).public_key_pem())
    if not result.ok:
        raise DataError(f"buku besar rusak: entri {result.first_bad} dari {result.entries} tidak cocok")
    return f"buku besar utuh: {result.entries} entri, sidik terakhir {result.head}"


def verify_smdata(package: Path, public_key: Path | None = None) -> str:
    """One line on a package; raises DataError with what is wrong. Needs no database and no key ring."""
    result = verify_package(package, public_key.read_bytes() if public_key else None)
    if not result.ok:
        raise DataError(f"paket {result.package} tidak utuh: {' '.join(result.problems)}")
    return f"paket {result.package} utuh dan bertanda tangan; sidik kunci publik {result.key_sha256}"
