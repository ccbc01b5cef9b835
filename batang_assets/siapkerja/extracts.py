"""Extracts: the centre's side as files that an operator drops, where SIAPkerja cannot be read back.

They go through the door that the read-back goes through, into the same tables ``raw.siapkerja__<domain>``, each
drop once, in the order they came. What a map does not name stays NULL; a row whose time of change cannot be read
counts as changed when its file came. A record that a full snapshot (``potret: true``) no longer shows is withdrawn.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from re import compile as pattern
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import Column, Contract, load_contract
from batang_assets.partitions import Period
from batang_assets.raw.files.aside import Refused, set_aside
from batang_assets.raw.files.layout import Parsed
from batang_assets.raw.files.register import Drop
from batang_assets.raw.files.source import FilesSource, open_extracts
from batang_assets.raw.inspection.readability import reads
from batang_assets.raw.loader import load_records
from batang_assets.raw.refusals import CENTRE, SHRUNK, Refusal, is_accepted, record
from batang_assets.settings import JAKARTA, Settings
from batang_assets.siapkerja.canonical import canonical_json, without_nulls
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing
from batang_assets.vault.values import as_text

_INTEGER = pattern(r"-?\d+")
_DAY_IN_NAME = pattern(r"(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])")
WAY = "ekstrak"


@dataclass
class Extracted:
    """What the new drops of one domain brought. ``unreadable``: column → values that are none of its type;
    ``refused``: files that stand in the folder and cannot be used; ``shrunk``: sentences about snapshots that were
    not believed (Indonesian)."""

    drops: int = 0
    rows: int = 0
    new_versions: int = 0
    withdrawn: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    shrunk: list[str] = field(default_factory=list)


def take_extracts(
    connection: psycopg.Connection, ring: KeyRing, settings: Settings, period: Period, run_id: str
) -> dict[str, Extracted]:
    """Take in what was dropped and load what is new into ``period``, a transaction a drop; by domain.

    Empty where BATANG_SIAPKERJA_FILES is not set. Raises ConfigurationError or SourceError as the files source
    does.
    """
    if settings.siapkerja_files is None:
        return {}
    found = {}
    with open_extracts(settings, run_id) as source:
        source.intake.take_in(wait=True)
        for domain in DOMAINS:
            loading = _Loading(connection, ring, settings, source, domain.name, period, run_id)
            found[domain.name] = loading.load_new()
    return found


@dataclass(frozen=True)
class _Loading:
    """The loading of one domain's drops."""

    connection: psycopg.Connection
    ring: KeyRing
    settings: Settings
    source: FilesSource
    domain: str
    period: Period
    run_id: str

    @property
    def contract(self) -> Contract:
        return load_contract("siapkerja", self.domain)

    def load_new(self) -> Extracted:
        found = Extracted()
        drops = self.source.register.accepted(self.domain)
        done = {
            order
            for (order,) in self.connection.execute(
                "select berkas_urutan from delivery.baca_ulang where domain = %s and cara = %s",
                [self.domain, WAY],
            )
        }
        self.connection.rollback()
        for drop in drops:
            if drop.order not in done:
                # Only the newest snapshot can say what is gone now.
                snapshot = drop is drops[-1] and self.source.snapshots(self.contract)
                self._load(drop, found, snapshot)
        found.refused = set_aside(self.connection, self.domain, "siapkerja")
        self.connection.rollback()
        return found

    def _load(self, drop: Drop, found: Extracted, snapshot: bool) -> None:
        with committed(self.connection):
            known = self._known() if snapshot else {}
            if snapshot and (sentence := self._shrunk(drop, known)):
                found.shrunk.append(sentence)
                return
            loaded = load_records(
                self.connection, self.ring, self.contract, self.period, self.run_id,
                self._records(drop, known, found), home=self.settings.kode_wilayah, judged=True,
            )  # fmt: skip
            self.connection.execute(
                "insert into delivery.baca_ulang (domain, run_id, baris, halaman, diulang, versi_baru, mulai, cara,"
                " berkas_urutan, keadaan_pada) values (%s, %s, %s, 0, 0, %s, %s, %s, %s, %s)",
                [
                    self.domain, self.run_id, drop.rows, loaded.new_versions, datetime.now(UTC), WAY, drop.order,
                    day_of(drop),
                ],
            )  # fmt: skip
        found.drops += 1
        found.rows += drop.rows
        found.new_versions += loaded.new_versions

    def _records(self, drop: Drop, known: dict[str, "_Held"], found: Extracted) -> Iterator[dict[str, Any]]:
        """The drop's rows by the contract, then a withdrawal for each live record of ``known`` it does not show."""
        shaper = _Shaper(self.contract, self.ring, drop.arrived)
        shown = set()
        for parsed in self.source.records(drop, self.contract):
            record = shaper.shape(parsed, found.unreadable)
            held = known.get(record["id"])
            if held and held.withdrawn and record["ditarik"] == "false":
                # It was missing from an earlier snapshot, and is back.
                record["diubah_pada"] = max(drop.arrived, held.changed).isoformat()
            shown.add(record["id"])
            yield record
        for identifier, held in known.items():
            if identifier not in shown and not held.withdrawn:
                found.withdrawn += 1
                yield {
                    "id": identifier, "id_daerah": held.id_daerah, "versi": held.version, "sumber": held.origin,
                    "ditarik": "true", "diubah_pada": max(drop.arrived, held.changed).isoformat(),
                }  # fmt: skip

    def _known(self) -> dict[str, "_Held"]:
        """What raw last knew of each record."""
        query = sql.SQL(
            "select distinct on (id) id, id_daerah, versi, sumber, coalesce(ditarik = 'true', false),"
            " diubah_pada::timestamptz from {}"
            " order by id, diubah_pada::timestamptz desc, _versi desc"
        ).format(sql.Identifier("raw", self.contract.table))
        return {identifier: _Held(*rest) for identifier, *rest in self.connection.execute(query)}

    def _shrunk(self, drop: Drop, known: dict[str, "_Held"]) -> str | None:
        """Why a snapshot is not believed: it lacks too many of the live records, and nobody accepted exactly this
        loss (``batang source accept``). None if it is believed."""
        live = {identifier for identifier, held in known.items() if not held.withdrawn}
        shown = {as_text(parsed.record["id"]) for parsed in self.source.records(drop, self.contract)}
        gone = sorted(live - shown)
        if len(gone) * 100 <= len(live) * self.settings.career_shrink_pct:
            return None
        state = hashlib.sha256("\n".join(gone).encode()).hexdigest()
        refusal = Refusal(
            f"{CENTRE}{self.domain}", self.period, SHRUNK, known=len(live), lost=len(gone), state=state
        )
        if is_accepted(self.connection, refusal):
            return None
        record(self.connection, refusal, self.run_id)
        return f"Ekstrak {drop.name} tidak dipakai. {refusal.line()}."


@dataclass(frozen=True)
class _Held:
    """A record as raw last knew it."""

    id_daerah: str | None
    version: str | None
    origin: str | None
    withdrawn: bool
    changed: datetime


class _Shaper:
    """Gives a row the form of the read-back, with the keyed digest of its data where all of them are there."""

    def __init__(self, contract: Contract, ring: KeyRing, arrived: datetime) -> None:
        self._ring = ring
        self._arrived = arrived
        self._columns = {column.name: column for column in contract.columns}
        self._data = [column for column in contract.columns if column.origin]

    def shape(self, parsed: Parsed, unreadable: Counter[str]) -> dict[str, Any]:
        """The record; counts what cannot be read into ``unreadable``, by column."""
        record = dict(parsed.record)
        for name, value in record.items():
            text = (as_text(value) or "").strip()
            if text and name in self._columns and not reads(self._columns[name], text):
                unreadable[name] += 1
        record["id"] = (as_text(record["id"]) or "").strip()
        record["diubah_pada"] = (parsed.moment or self._arrived).isoformat()
        record["ditarik"] = "true" if _truth(record.get("ditarik")) else "false"
        if not (as_text(record.get("sumber")) or "").strip():
            record["sumber"] = "daerah" if record.get("id_daerah") else "pusat"
        record["sidik_data"] = self._digest(record) if record["ditarik"] == "false" else None
        return record

    def _digest(self, record: Mapping[str, Any]) -> bytes | None:
        """As the read-back makes it of ``data``; None where the extract does not carry every field of it."""
        if any(column.name not in record for column in self._data):
            return None
        data = {column.name: _typed(column, record[column.name]) for column in self._data}
        return self._ring.fingerprint(canonical_json(without_nulls(data)))


def _truth(value: Any) -> bool:
    return (as_text(value) or "").strip().lower() in ("true", "1", "ya", "y", "ditarik")


def _typed(column: Column, value: Any) -> Any:
    """A value of a file as JSON has it; one that is none of its type stays text, and so differs from ours."""
    text = as_text(value)
    if text is None or not text.strip():
        return None
    if column.type in ("bilangan", "rupiah") and _INTEGER.fullmatch(text):
        return int(text)
    if column.type == "boolean" and text in ("true", "false"):
        return text == "true"
    return str(text)


def day_of(drop: Drop) -> date:
    """The day that an extract shows: the one in its name, else the day it came (WIB)."""
    came = drop.arrived.astimezone(JAKARTA).date()
    for parts in _DAY_IN_NAME.finditer(drop.name):
        try:
            day = date(*map(int, parts.groups()))
        except ValueError:
            continue
        if day <= came:
            return day
    return came


def without_gateway(settings: Settings) -> str | None:
    """Why nothing is sent or read back (Indonesian): the centre is known by its extracts alone. Else None."""
    if settings.siapkerja_files and not settings.siapkerja_url:
        return "BATANG_SIAPKERJA_URL belum diisi; sisi pusat dibaca dari berkas ekstrak"
    return None
