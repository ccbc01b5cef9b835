"""Sealing bytes with AES-256-GCM.

A seal is ``<key id>\\0<nonce 12><ciphertext and tag>``. The context (which table, which record) is
authenticated, so a sealed blob moved to another row does not open.
"""

import os

from cryptography.exceptions import InvalidTag

from batang_assets.errors import ConfigurationError, DataError
from batang_assets.vault.keys import KeyRing

NONCE_BYTES = 12


def seal(ring: KeyRing, plaintext: bytes, context: bytes) -> bytes:
    """Seal ``plaintext`` for ``context`` with the current key."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = ring.sealing[ring.current].encrypt(nonce, plaintext, context)
    return ring.current.encode() + b"\0" + nonce + sealed


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
