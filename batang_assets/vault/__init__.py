"""Identity never enters the warehouse: keys, sealing, pseudonyms, the split at the door, and opening with a log.

Only this package touches keys. A direct identifier leaves it in two ways alone: sealed, or through
``open_identities``, which writes down for whom and for what.
"""

from batang_assets.vault.door import Door, Split
from batang_assets.vault.keys import KeyRing, verify_signature
from batang_assets.vault.opening import open_identities
from batang_assets.vault.sealing import seal, unseal
from batang_assets.vault.timestamps import StampVerifier, stamp_request, stamp_time

__all__ = [
    "Door",
    "KeyRing",
    "Split",
    "StampVerifier",
    "open_identities",
    "seal",
    "stamp_request",
    "stamp_time",
    "unseal",
    "verify_signature",
]
