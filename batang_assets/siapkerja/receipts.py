"""The history of one record, for ``batang receipt``: what was sent when, and what SIAPkerja answered."""

import json
from dataclasses import dataclass
from typing import Any

import psycopg

from batang_assets.errors import DataError


@dataclass(frozen=True)
class Event:
    """One ledger entry about a record. ``result``: SIAPkerja's status or empty; ``codes``: of a rejection.

    ``received_at``: the Ministry's own time stamp, where there is a receipt.
    """

    number: int
    time: str
    kind: str
    version: int | None
    operation: str
    key: str
    body_sha256: str
    result: str
    codes: tuple[str, ...]
    received_at: str


@dataclass(frozen=True)
class Standing:
    """Where the record stands now. ``version`` 0: it was never in the outbox. ``waits``: why it does not go, with
    the id_daerah or field that it is for."""

    domain: str
    version: int
    acknowledged_version: int | None
    operation: str
    state: str
    id_siapkerja: str | None
    waits: tuple[str, ...]


# The batches that ever held the record: its present one, and those it was split from.
BATCHES = """
    with recursive kiriman as (
        select k.kiriman_id, k.induk, k.kunci, k.operasi, o.versi
        from delivery.kotak_keluar o join delivery.kiriman k using (kiriman_id) where o.id_daerah = %(id)s
        union all
        select i.kiriman_id, i.induk, i.kunci, i.operasi, k.versi
        from kiriman k join delivery.kiriman i on i.kiriman_id = k.induk
    )
    select b.nomor, b.isi, k.versi, k.operasi from kiriman k
    join delivery.buku_besar b on b.isi::jsonb ->> 'kunci' = k.kunci
    union all
    select b.nomor, b.isi, null, '' from delivery.buku_besar b
    where b.jenis = 'kirim_ulang' and b.isi::jsonb ->> 'id_daerah' = %(id)s
    union all
    select b.nomor, b.isi, null, '' from delivery.buku_besar b
    where b.jenis = 'perbaikan' and b.isi::jsonb -> 'catatan' ? %(id)s
    union all
    select b.nomor, b.isi, null, '' from delivery.buku_besar b
    where b.jenis = 'penghapusan' and b.isi::jsonb -> 'catatan' ? %(id)s
    order by 1
"""


def standing(connection: psycopg.Connection, id_daerah: str) -> Standing:
    """Where ``id_daerah`` stands; raises DataError if it was never in the outbox nor held back from it."""
    row = connection.execute(
        """
        select coalesce(c.domain, t.domain), coalesce(c.versi, 0), c.versi_diakui, coalesce(c.operasi, 'simpan'),
               case when t.id_daerah is null then c.keadaan else 'tertahan' end, c.id_siapkerja,
               array(select t.alasan || ' ' || r.id from unnest(t.rujukan) r(id)
                     union all
                     select m.alasan || ' ' || m.ditunggu
                     from delivery.kotak_keluar o join delivery.menunggu m using (kiriman_id, id_daerah, versi)
                     where o.id_daerah = %(id)s and o.keadaan = 'menunggu')
        from (select %(id)s::text as id_daerah) x
        left join delivery.catatan_status c using (id_daerah)
        left join delivery.tertahan t using (id_daerah)
        where c.id_daerah is not null or t.id_daerah is not null
        """,
        {"id": id_daerah},
    ).fetchone()
    if row is None:
        raise DataError(
            f"{_shown(id_daerah)} was never in the outbox: write an id_daerah such as batang:lowongan:12"
        )
    return Standing(*row[:-1], waits=tuple(row[-1]))


def history(connection: psycopg.Connection, id_daerah: str) -> list[Event]:
    """Every ledger entry about ``id_daerah``, oldest first. Empty while it has only been queued."""
    rows = connection.execute(BATCHES, {"id": id_daerah}).fetchall()
    return [_event(id_daerah, *row) for row in rows]


def describe(standing: Standing, events: list[Event]) -> list[str]:
    """The history as lines in Indonesian, for a person."""
    acknowledged = f", diakui versi {standing.acknowledged_version}" if standing.acknowledged_version else ""
    centre = f", id SIAPkerja {standing.id_siapkerja}" if standing.id_siapkerja else ""
    waits = f", menunggu: {', '.join(standing.waits)}" if standing.waits else ""
    now = f"versi {standing.version} ({standing.operation}) {standing.state}"
    first = f"{standing.domain}: {now}{acknowledged}{centre}{waits}"
    return [first, *(_line(event) for event in events)]


def _line(event: Event) -> str:
    parts = [f"entri {event.number}", event.time, event.kind]
    if event.version is not None:
        parts.append(f"versi {event.version} {event.operation}")
    if event.result:
        parts.append(event.result + (f" ({', '.join(event.codes)})" if event.codes else ""))
    if event.received_at:
        parts.append(f"diterima pusat {event.received_at}")
    if event.key:
        parts.append(f"kunci {event.key}, sidik isi {event.body_sha256}")
    return " · ".join(parts)


def _event(id_daerah: str, number: int, text: str, version: int | None, operation: str) -> Event:
    content: dict[str, Any] = json.loads(text)
    found = [item for item in content.get("hasil", []) if item[0] == id_daerah and item[1] == version]
    result, codes = (found[0][2], tuple(found[0][3:])) if found else ("", ())
    if not found and "alasan" in content:
        codes = (str(content["alasan"]),)
    return Event(
        number=number,
        time=content["waktu"],
        kind=content["jenis"],
        version=version if version is not None else content.get("versi"),
        operation=operation or content.get("operasi", ""),
        key=content.get("kunci", ""),
        body_sha256=content.get("sidik_isi", ""),
        result=result,
        codes=codes,
        received_at=content.get("diterima_pada", ""),
    )


def _shown(id_daerah: str) -> str:
    """The id as typed, unless it is none: someone may have typed a NIK."""
    return id_daerah if id_daerah.startswith("batang:") and len(id_daerah) < 80 else "that"
