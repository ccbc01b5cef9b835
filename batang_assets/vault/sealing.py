"""Sealing bytes with AES-256-GCM.

A seal is ``<key id>\\0<nonce 12><ciphertext and tag>``. The context (which table, which record) is
authenticated, so a sealed blob moved to another row does not open.
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag

from batang_assets.errors import ConfigurationError, DataError
from batang_assets.vault.keys import KeyRing

NONCE_BYTES = 12


def seal(ring: KeyRing, plaintext: bytes, context: bytes) -> bytes:
    """Seal ``plaintext`` for ``context`` with the current key."""
    return seal_all(ring, [plaintext], [context])[0]


def seal_all(ring: KeyRing, plaintexts: Sequence[bytes], contexts: Sequence[bytes]) -> list[bytes]:
    """Seal each of ``plaintexts`` for its context with the current key; their nonces are drawn in one go."""
    encrypt, head = ring.sealing[ring.current].encrypt, ring.current.encode() + b"\0"
    drawn = os.urandom(NONCE_BYTES * len(plaintexts))
    nonces = [drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES)]
    return [
        head + nonce + encrypt(nonce, plaintext, context)
        for nonce, plaintext, context in zip(nonces, plaintexts, contexts, strict=True)
    ]


def unseal(ring: KeyRing, sealed: bytes, context: bytes) -> bytes:
    """Open a seal.

    Raises ConfigurationError if its key is not in the ring, DataError if it was altered or belongs elsewhere.
    """
    key_id, _, rest = bytes(sealed).partition(b"\0")
    key = ring.sealing.get(key_id.decode("ascii", "replace"))
    if key is None:
        raise ConfigurationError("the vault was sealed with a key that this ring lacks: restore the key ring")
    try:
        return key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context)
    except InvalidTag:
        raise DataError(
            "a sealed value does not open: it was altered, or belongs to another record"
        ) from None
