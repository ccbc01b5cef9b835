"""What a person sees who decides about pairs: keys, weights and how each feature agrees, never a value."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

# Why a proposal is no link by itself, for who decides.
REASONS = {
    "nik_berbeda": "keduanya ber-NIK sah yang berbeda",
    "nama": "nama tidak cukup cocok",
    "lahir": "tanggal lahir tidak cukup cocok",
    "jenis_kelamin": "jenis kelamin berbeda",
    "dukungan": "cocok sebagian, tanpa ciri lain yang mendukung",
    "rancu": "dua orang hampir sama cocok",
    "keyakinan": "keyakinan di bawah ambang",
    "dipisah": "dipisahkan oleh keputusan",
}


@dataclass(frozen=True)
class Candidate:
    """A weighed pair of records. ``putusan``: ditautkan or usulan; ``pola``: feature → level of agreement."""

    catatan_a: str
    catatan_b: str
    bobot: float
    keyakinan: float
    putusan: str
    sebab: str | None
    pola: dict[str, str]


@dataclass(frozen=True)
class Membership:
    """A merge, standing or revoked, of an origin into a person."""

    asal_id: str
    orang_id: str
    cara: str
    keyakinan: float
    sejak: datetime
    sampai: datetime | None
    sebab_dicabut: str | None


def candidates(
    connection: psycopg.Connection, *, linked: bool = False, reason: str | None = None, limit: int = 100
) -> list[Candidate]:
    """Pairs of the last linkage, heaviest first: proposals without a decision, or what is linked."""
    rows = connection.execute(
        "select catatan_a, catatan_b, bobot, keyakinan, putusan, sebab, pola from vault.tautan_pasangan"
        " where putusan = %(verdict)s and (%(reason)s::text is null or sebab = %(reason)s)"
        "   and sebab is distinct from case when %(reason)s::text is null then 'dipisah' end"
        " order by bobot desc, catatan_a, catatan_b limit %(limit)s",
        {"verdict": "ditautkan" if linked else "usulan", "reason": reason, "limit": limit},
    )
    return [Candidate(*row) for row in rows]


def candidates_of(connection: psycopg.Connection, origin: str) -> list[Candidate]:
    """Every weighed pair of one origin (``Record.origin``), heaviest first."""
    rows = connection.execute(
        "select catatan_a, catatan_b, bobot, keyakinan, putusan, sebab, pola from vault.tautan_pasangan"
        " where %(origin)s in (asal_a, asal_b) order by bobot desc, catatan_a, catatan_b",
        {"origin": origin},
    )
    return [Candidate(*row) for row in rows]


def memberships(connection: psycopg.Connection, origin: str) -> list[Membership]:
    """Every merge of the origin into a person, and of others into it, oldest first."""
    rows = connection.execute(
        "select asal_id, orang_id, cara, keyakinan, sejak, sampai, sebab_dicabut from vault.tautan_orang"
        " where %(origin)s in (asal_id, orang_id) order by tautan_id",
        {"origin": origin},
    )
    return [Membership(*row) for row in rows]
