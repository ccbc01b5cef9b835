"""Checking a package anywhere, offline, with nothing but the folder."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from batang_assets.errors import ConfigurationError
from batang_assets.vault import verify_signature

MANIFEST = "MANIFEST.json"
SIGNATURE = "MANIFEST.sig"
PUBLIC_KEY = "kunci-publik.pem"


@dataclass(frozen=True)
class Verification:
    """The findings; ``problems`` are Indonesian sentences, empty if the package is whole and signed.

    ``key_sha256`` is the digest of the public key's PEM: compare it with the one that Disnaker has published,
    since whoever can replace a whole package can also replace the key inside it.
    """

    package: str
    problems: tuple[str, ...]
    manifest_sha256: str | None
    key_sha256: str | None
    signed: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_package(path: Path, trusted_key: bytes | None = None) -> Verification:
    """Check every file against the manifest and the manifest against its signature.

    ``trusted_key`` (PEM) is used instead of the key in the package, where the reader has it from elsewhere.
    Never raises for a bad package: what is wrong is in the result.
    """
    path = path.resolve()
    problems: list[str] = []
    contents = {name: _read(path / name, problems) for name in (MANIFEST, SIGNATURE, PUBLIC_KEY)}
    manifest, signature, key = contents[MANIFEST], contents[SIGNATURE], contents[PUBLIC_KEY]
    signed = False
    if manifest is not None and signature is not None and (trusted_key or key) is not None:
        signed = _is_signed(trusted_key or key or b"", signature, manifest)
        if not signed:
            problems.append(f"Tanda tangan {SIGNATURE} tidak cocok dengan {MANIFEST} dan kunci publiknya.")
    if trusted_key is not None and key is not None and trusted_key != key:
        problems.append(f"{PUBLIC_KEY} di dalam paket bukan kunci yang dipercaya.")
    if manifest is not None:
        problems += _file_problems(path, manifest)
    return Verification(path.name, tuple(problems), _digest(manifest), _digest(key), signed)


def _file_problems(path: Path, manifest: bytes) -> list[str]:
    try:
        document = json.loads(manifest)
        listed = {entry["nama"]: (entry["sha256"], entry["bita"]) for entry in document["berkas"]}
        package = document["paket"]
    except (ValueError, KeyError, TypeError):
        return [f"{MANIFEST} tidak dapat dibaca."]
    problems = [] if package == path.name else [f"Folder bernama {path.name}, paketnya {package}."]
    present = {
        item.relative_to(path).as_posix() for item in path.rglob("*") if item.is_file() or item.is_symlink()
    } - {MANIFEST, SIGNATURE}
    problems += [f"{name} tidak ada." for name in sorted(listed.keys() - present)]
    problems += [f"{name} tidak tercantum dalam {MANIFEST}." for name in sorted(present - listed.keys())]
    for name in sorted(listed.keys() & present):
        file = path / name
        if file.is_symlink() or not file.resolve().is_relative_to(path):
            problems.append(f"{name} bukan berkas biasa.")
            continue
        content = file.read_bytes()
        if (hashlib.sha256(content).hexdigest(), len(content)) != listed[name]:
            problems.append(f"{name} berubah setelah paket ditandatangani.")
    return problems


def _is_signed(key_pem: bytes, signature: bytes, manifest: bytes) -> bool:
    try:
        return verify_signature(key_pem, signature, manifest)
    except (ValueError, ConfigurationError):  # no PEM, or the key of another algorithm
        return False


def _read(file: Path, problems: list[str]) -> bytes | None:
    if not file.is_file():
        problems.append(f"{file.name} tidak ada.")
        return None
    return file.read_bytes()


def _digest(content: bytes | None) -> str | None:
    return hashlib.sha256(content).hexdigest() if content is not None else None
