"""What free texts are conformed to: the dictionaries in the seeds and, for occupations, titles of a loaded list."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import psycopg

from batang_assets.reference.books import seed

KINDS = ("pendidikan", "jabatan")
# Steps of one scale that differ in a single stroke: never mistaken for one another.
NUMERALS = frozenset({"i", "ii", "iii", "iv", "v", "satu", "dua", "tiga", "empat"})


@dataclass(frozen=True)
class Code:
    """A code, with its edition where the book has several."""

    code: str
    version: str | None


@dataclass(frozen=True)
class Terms:
    """The dictionary of one kind. ``codes``: normal text → code; ``threshold`` … as in ref_ambang_penyelarasan."""

    kind: str
    codes: Mapping[str, Code]
    threshold: Decimal
    margin: Decimal
    floor: Decimal

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the dictionary: a word that stands here is no slip of the pen for another."""
        return frozenset(word for text in self.codes for word in text.split())

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The dictionary's texts, in a fixed order."""
        return tuple(sorted(self.codes))

    def fingerprint(self) -> str:
        """Hex digest of all that decides what a text is conformed to."""
        rows = [f"{text}={code.code}@{code.version}" for text, code in sorted(self.codes.items())]
        content = "\n".join([self.kind, str(self.threshold), str(self.margin), str(self.floor), *rows])
        return hashlib.sha256(content.encode()).hexdigest()


def load_terms(conn: psycopg.Connection) -> dict[str, Terms]:
    """Kind → its dictionary as it stands now, seeds first."""
    education = {row["teks_normal"]: Code(row["kode"], None) for row in seed("ref_pendidikan_kamus")}
    jobs = {
        text: Code(code, version)
        for text, code, version in conn.execute("select teks, kode, versi from reference.sebutan_jabatan")
    }
    jobs |= {row["teks_normal"]: Code(row["kode_kbji"], row["versi"]) for row in seed("ref_jabatan_kamus")}
    limits = {row["jenis"]: row for row in seed("ref_ambang_penyelarasan")}
    return {
        kind: Terms(
            kind,
            codes,
            Decimal(limits[kind]["ambang"]),
            Decimal(limits[kind]["selisih"]),
            Decimal(limits[kind]["ambang_calon"]),
        )
        for kind, codes in (("pendidikan", education), ("jabatan", jobs))
    }
