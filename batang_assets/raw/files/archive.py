"""Drops, kept: each file is sealed chunk by chunk and read back as a stream, never lying in clear.

A sealed file is MAGIC, then for each chunk its sealed length (4 bytes, big-endian) and its seal. The context of a
seal is the file's SHA-256, the chunk's number and whether it is the last, so that chunks cannot be moved, left
out or cut off unnoticed.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from batang_assets.errors import SourceError
from batang_assets.vault import KeyRing, seal, unseal

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"BATANG-BERKAS-1\n"
CHUNK_BYTES = 1 << 20
# A seal adds its key's name, a nonce and a tag.
LONGEST_SEAL = CHUNK_BYTES + 4096


class ContentMoved(Exception):
    """The file changed between its fingerprint and its sealing."""


def archive_path(home: Path, digest: bytes) -> Path:
    """Where the content with this SHA-256 is kept."""
    return home / "berkas" / f"{digest.hex()}.segel"


def keep(ring: KeyRing, source: BinaryIO, target: Path, digest: bytes) -> None:
    """Seal ``source`` into ``target``; raises ContentMoved, leaving nothing, if its SHA-256 is not ``digest``."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_suffix(".sebagian")
    actual = hashlib.sha256()
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC)
            number, chunk = 0, source.read(CHUNK_BYTES)
            while True:
                actual.update(chunk)
                following = source.read(CHUNK_BYTES)
                sealed = seal(ring, chunk, _context(digest, number, last=not following))
                file.write(len(sealed).to_bytes(4, "big") + sealed)
                if not following:
                    break
                number, chunk = number + 1, following
            file.flush()
            os.fsync(file.fileno())
        if actual.digest() != digest:
            raise ContentMoved
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def open_kept(ring: KeyRing, home: Path, digest: bytes) -> io.BufferedReader:
    """The kept content as a binary stream.

    Raises SourceError if the archive lacks it; reading raises SourceError if it was damaged, DataError or
    ConfigurationError if a seal does not open.
    """
    path = archive_path(home, digest)
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}): restore the folder {path.parent} from its backup"
        ) from None
    return io.BufferedReader(_Unsealing(file, _chunks(ring, file, digest)), CHUNK_BYTES)


def _chunks(ring: KeyRing, file: BinaryIO, digest: bytes) -> Iterator[bytes]:
    damaged = SourceError(f"{digest.hex()}.segel is damaged or cut off: restore it from its backup")
    if file.read(len(MAGIC)) != MAGIC:
        raise damaged
    number, head = 0, file.read(4)
    while head:
        length = int.from_bytes(head, "big")
        if length > LONGEST_SEAL:
            raise damaged
        sealed = file.read(length)
        head = file.read(4)
        yield unseal(ring, sealed, _context(digest, number, last=not head))
        number += 1
    if number == 0:
        raise damaged


def _context(digest: bytes, number: int, *, last: bool) -> bytes:
    return b"berkas|" + digest + f"|{number}|{'akhir' if last else 'lanjut'}".encode()


class _Unsealing(io.RawIOBase):
    """The chunks as a raw stream."""

    def __init__(self, file: BinaryIO, chunks: Iterator[bytes]) -> None:
        self._file = file
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        view = memoryview(buffer).cast("B")
        part = self._rest[: len(view)]
        self._rest = self._rest[len(part) :]
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()
