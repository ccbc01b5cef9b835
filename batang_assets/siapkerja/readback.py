"""Reading back: the Ministry's view of each domain, through the same door as everything that comes in.

Rows land in ``raw.siapkerja__<domain>`` as versions. While we page, rows may move: if the total changes or a
key comes twice, the domain is read again from its first page and nothing of the attempt is kept. What the centre
holds now, without personal values, is kept in ``delivery.pandangan_pusat``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from batang_assets.contracts import load_contract
from batang_assets.errors import DeliveryError
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.siapkerja.canonical import canonical_json, without_nulls
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing

PAGE_RECORDS = 500
OVERLAP = timedelta(hours=1)
READINGS = 5
ENVELOPE = ("id_daerah", "versi", "sumber", "ditarik", "diubah_pada")


@dataclass(frozen=True)
class ReadBack:
    """One complete reading: rows seen, pages, versions that were new, readings thrown away."""

    rows: int
    pages: int
    new_versions: int
    repeated: int
    full: bool


class _Moved(Exception):
    """The result changed while we paged."""


@dataclass
class _Reading:
    """What one pass over the pages has seen."""

    rows: int = 0
    pages: int = 0
    newest: datetime | None = None


def read_back(
    connection: psycopg.Connection,
    ring: KeyRing,
    client: SiapkerjaClient,
    domain: str,
    period: Period,
    run_id: str,
    full: bool = False,
) -> ReadBack:
    """Read ``domain`` in one transaction of its own: all of it, or what changed since the last reading less an
    overlap. Raises DeliveryError if it never holds still or breaks the contract."""
    started = datetime.now(UTC)
    since = None if full else _last_change(connection, domain)
    contract = load_contract("siapkerja", domain)
    for repeated in range(READINGS):
        reading = _Reading()
        try:
            with committed(connection):
                rows = _rows(connection, client, ring, domain, since, reading, started)
                loaded = load_records(
                    connection, ring, contract, period, run_id, rows, home=client.region, judged=True
                )
                if since is None:
                    # A whole reading: what it did not show is no longer there.
                    connection.execute(
                        "delete from delivery.pandangan_pusat where domain = %s and dilihat_pada < %s",
                        [domain, started],
                    )
                connection.execute(
                    "insert into delivery.baca_ulang (domain, run_id, diubah_sejak, diubah_sampai, baris,"
                    " halaman, diulang, versi_baru, mulai, pandangan)"
                    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, true)",
                    [
                        domain, run_id, since, _watermark(reading, since, started), reading.rows, reading.pages,
                        repeated, loaded.new_versions, started,
                    ],
                )  # fmt: skip
        except _Moved:
            continue
        return ReadBack(reading.rows, reading.pages, loaded.new_versions, repeated, since is None)
    raise DeliveryError(
        f"{domain} changed during each of {READINGS} readings: read back again at a quieter hour"
    )


def _last_change(connection: psycopg.Connection, domain: str) -> datetime | None:
    row = connection.execute(
        "select max(diubah_sampai) from delivery.baca_ulang where domain = %s and pandangan",
        [domain],
    ).fetchone()
    connection.rollback()
    return row[0] - OVERLAP if row and row[0] else None


def _watermark(reading: _Reading, since: datetime | None, started: datetime) -> datetime | None:
    """Up to when the changes are known: the newest seen, but not after this reading began.

    A centre may hold rows dated ahead of its clock; a later change would else be looked for only after them.
    """
    return min(reading.newest, started) if reading.newest else since


def _rows(
    connection: psycopg.Connection,
    client: SiapkerjaClient,
    ring: KeyRing,
    domain: str,
    since: datetime | None,
    reading: _Reading,
    started: datetime,
) -> Iterator[dict[str, Any]]:
    """Flattened rows of all pages; raises _Moved if they do not form one consistent result.

    Each page goes into the centre's view as it is read, in the reading's transaction.
    """
    changed_since = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if since else None
    seen: set[str] = set()
    total: int | None = None
    page, last_page = 1, 1
    while page <= last_page:
        payload = client.read_page(domain, page, PAGE_RECORDS, changed_since)
        if payload is None:
            raise _Moved
        meta_total, last_page = _meta(payload, domain)
        if total is not None and meta_total != total:
            raise _Moved
        total = meta_total
        reading.pages += 1
        flattened = [_flatten(row, ring, domain) for row in payload["data"]]
        for flat in flattened:
            if flat["id"] in seen:
                raise _Moved
            seen.add(flat["id"])
            reading.newest = _later(reading.newest, flat["diubah_pada"], domain)
        _remember(connection, domain, flattened, started)
        yield from flattened
        page += 1
    reading.rows = len(seen)
    if len(seen) != total:
        raise _Moved


def _remember(
    connection: psycopg.Connection, domain: str, rows: list[dict[str, Any]], started: datetime
) -> None:
    """Bring the centre's view up to date with one page."""
    columns = ("id", "id_daerah", "versi", "sumber", "ditarik", "sidik_data")
    connection.execute(
        """
        insert into delivery.pandangan_pusat as p
            (domain, id_siapkerja, id_daerah, versi, sumber, ditarik, sidik_data, dilihat_pada)
        select %s, b.*, %s from unnest(
            %s::text[], %s::text[], %s::bigint[], %s::text[], %s::boolean[], %s::bytea[]) as b
        on conflict (domain, id_siapkerja) do update
        set id_daerah = excluded.id_daerah, versi = excluded.versi, sumber = excluded.sumber,
            ditarik = excluded.ditarik, sidik_data = excluded.sidik_data, dilihat_pada = excluded.dilihat_pada
        """,
        [domain, started, *([row[name] for row in rows] for name in columns)],
    )


def _meta(payload: dict[str, Any], domain: str) -> tuple[int, int]:
    try:
        return int(payload["meta"]["total"]), int(payload["meta"]["last_page"])
    except (KeyError, TypeError, ValueError):
        raise _broken(domain, "meta") from None


def _flatten(row: Any, ring: KeyRing, domain: str) -> dict[str, Any]:
    """One row as the contract declares it, with the keyed digest of ``data``."""
    try:
        data = row["data"] or {}
        envelope = {name: row.get(name) for name in ENVELOPE}
        identifier = str(row["id_siapkerja"])
        if type(envelope["ditarik"]) is not bool or type(envelope["versi"]) not in (int, type(None)):
            raise _broken(domain, "versi or ditarik")
        fingerprint = ring.fingerprint(canonical_json(without_nulls(data))) if data else None
        return {**data, **envelope, "id": identifier, "sidik_data": fingerprint}
    except (KeyError, TypeError, AttributeError):
        raise _broken(domain, "row") from None


def _later(newest: datetime | None, text: Any, domain: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _broken(domain, "diubah_pada") from None
    if moment.tzinfo is None:
        raise _broken(domain, "diubah_pada")
    return moment if newest is None or moment > newest else newest


def _broken(domain: str, what: str) -> DeliveryError:
    return DeliveryError(f"reading back {domain}: {what} does not have the contract's shape")
