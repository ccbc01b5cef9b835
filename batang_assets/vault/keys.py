"""The key ring: a folder of mode 0700 outside the database.

``sandi-<n>.key`` seal the vault (AES-256; the highest number seals, all open), ``sidik.key`` keys the content
fingerprints, ``pseudonim.key`` the pseudonyms of persons, ``tanda-tangan.pem`` signs ledger and packages
(Ed25519). A plain hash of a NIK can be enumerated in seconds, so every digest that leaves here is keyed.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from batang_assets.errors import ConfigurationError

KEY_BYTES = 32
TOKEN_BYTES = 16


@dataclass(frozen=True, repr=False)
class KeyRing:
    """The keys in memory. Its repr shows none of them."""

    sealing: dict[str, AESGCM]
    current: str
    _fingerprint: bytes
    _pseudonym: bytes
    _signing: Ed25519PrivateKey

    @classmethod
    def create(cls, folder: Path) -> "KeyRing":
        """Make a new ring in ``folder``; raises ConfigurationError rather than touch an existing one."""
        if folder.exists() and any(folder.iterdir()):
            raise ConfigurationError(f"{folder} already holds keys: a new ring needs an empty folder")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for name in ("sandi-1.key", "sidik.key", "pseudonim.key"):
            _write_secret(folder / name, secrets.token_bytes(KEY_BYTES))
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _write_secret(folder / "tanda-tangan.pem", pem)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> "KeyRing":
        """Read the ring; raises ConfigurationError if a key is missing, malformed or open to others."""
        if not folder.is_dir():
            raise ConfigurationError(
                f"no key ring in {folder}: set BATANG_KEYS_DIR or run `batang keys init`"
            )
        if folder.stat().st_mode & 0o077:
            raise ConfigurationError(f"{folder} is open to others: run `chmod 700 {folder}`")
        numbers = sorted(int(path.stem.removeprefix("sandi-")) for path in folder.glob("sandi-*.key"))
        if not numbers:
            raise ConfigurationError(f"{folder} has no sandi-<n>.key: restore the ring from its backup")
        sealing = {f"sandi-{n}": AESGCM(_read_secret(folder / f"sandi-{n}.key")) for n in numbers}
        try:
            signing = serialization.load_pem_private_key(
                _read_secret(folder / "tanda-tangan.pem", None), password=None
            )
        except ValueError:
            signing = None
        if not isinstance(signing, Ed25519PrivateKey):
            raise ConfigurationError(f"{folder / 'tanda-tangan.pem'} is no Ed25519 key: restore it")
        return cls(
            sealing,
            f"sandi-{numbers[-1]}",
            _read_secret(folder / "sidik.key"),
            _read_secret(folder / "pseudonim.key"),
            signing,
        )

    def fingerprint(self, content: bytes) -> bytes:
        """Keyed digest of ``content`` (HMAC-SHA-256, 32 bytes): equal content, equal fingerprint."""
        return _digest(self._fingerprint_states, content)

    @cached_property
    def _fingerprint_states(self) -> "States":
        return _states(self._fingerprint)

    @cached_property
    def _pseudonym_states(self) -> "States":
        return _states(self._pseudonym)

    def pseudonym(self, nik: str) -> str:
        """``orang_token``: the keyed pseudonym of a NIK's digits, 32 hex characters."""
        return _digest(self._pseudonym_states, nik.encode())[:TOKEN_BYTES].hex()

    def sign(self, content: bytes) -> bytes:
        """Ed25519 signature of ``content``, 64 bytes."""
        return self._signing.sign(content)

    def public_key_pem(self) -> bytes:
        """The public half of the signing key, PEM."""
        return self._signing.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


States = tuple["hashlib._Hash", "hashlib._Hash"]


def _states(key: bytes) -> States:
    """HMAC-SHA-256's two hashes with the key already in (RFC 2104): preparing them costs more than a short text."""
    padded = key.ljust(64, b"\0")
    return hashlib.sha256(bytes(b ^ 0x36 for b in padded)), hashlib.sha256(bytes(b ^ 0x5C for b in padded))


def _digest(states: States, content: bytes) -> bytes:
    inner, outer = states[0].copy(), states[1].copy()
    inner.update(content)
    outer.update(inner.digest())
    return outer.digest()


def verify_signature(public_key_pem: bytes, signature: bytes, content: bytes) -> bool:
    """Whether ``signature`` over ``content`` was made by the owner of the public key."""
    key = serialization.load_pem_public_key(public_key_pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError("the public key is no Ed25519 key")
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _write_secret(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _read_secret(path: Path, length: int | None = KEY_BYTES) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"key {path} cannot be read ({error.strerror}): restore the ring from its backup"
        ) from None
    if length is not None and len(content) != length:
        raise ConfigurationError(f"key {path} has {len(content)} bytes instead of {length}: restore it")
    return content
