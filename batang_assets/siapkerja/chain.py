"""Checking the ledger's chain, entry by entry, wherever the entries come from: database or bundle."""

import hashlib
import json
from typing import Any

from batang_assets.vault import verify_signature

GENESIS = bytes(32)
# Entries that close an attempt: none of them may stand for a key that was never attempted.
CLOSING = ("tanda_terima", "penolakan", "dipecah", "gagal")


class ChainCheck:
    """Takes entries in order. ``first_bad``: number of the first that does not fit, ``reason``: why (Indonesian).

    ``public_key`` is a PEM. After a bad entry the rest is still counted, not judged.
    """

    def __init__(self, public_key: bytes) -> None:
        self.public_key = public_key
        self.entries = 0
        self.head = GENESIS
        self.first_bad: int | None = None
        self.reason = ""

    def take(
        self, number: int, kind: str, text: str, before: bytes, digest: bytes, signature: bytes
    ) -> dict[str, Any] | None:
        """Judge the next entry; returns its content if it fits."""
        reason, content = self._judge(number, kind, text, before, digest, signature)
        self.entries += 1
        self.head = digest
        if reason:
            self.blame(number, reason)
        return content

    def blame(self, number: int, reason: str) -> None:
        """Name ``number`` as bad, unless an earlier one is."""
        if self.first_bad is None:
            self.first_bad, self.reason = number, reason

    def _judge(
        self, number: int, kind: str, text: str, before: bytes, digest: bytes, signature: bytes
    ) -> tuple[str, dict[str, Any] | None]:
        if number != self.entries + 1:
            return f"nomor urutnya seharusnya {self.entries + 1}", None
        if before != self.head:
            return "tidak menyambung ke sidik entri sebelumnya", None
        if hashlib.sha256(before + text.encode()).digest() != digest:
            return "sidiknya bukan sidik isinya", None
        if not verify_signature(self.public_key, signature, digest):
            return "tanda tangannya tidak cocok dengan kunci publik", None
        content = _content(text)
        if content is None or content.get("nomor") != number or content.get("jenis") != kind:
            return "isinya menyebut nomor atau jenis lain", None
        return "", content


class DeliveryCheck:
    """What the entries must say together: one key, one body; no result for a key that was never attempted."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}

    def take(self, content: dict[str, Any]) -> str:
        """Why ``content`` contradicts the entries before it (Indonesian); empty if it does not."""
        kind, key, digest = content.get("jenis"), content.get("kunci"), content.get("sidik_isi")
        if not isinstance(key, str) or not isinstance(digest, str):
            return ""
        if kind == "percobaan" and self._bodies.setdefault(key, digest) != digest:
            return "kunci yang sama dikirim dengan isi lain"
        if kind in CLOSING and self._bodies.get(key) != digest:
            return "hasil bagi kunci atau isi yang tidak pernah dikirim"
        return ""


def _content(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
