"""The outbox: what the gate approved and SIAPkerja does not have yet, sealed, in one transaction."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.database import locks
from batang_assets.partitions import Period
from batang_assets.quality.approval import require_approved
from batang_assets.quality.gate import require_open_through
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.bodies import Record, build_body, build_data, build_record, pack
from batang_assets.siapkerja.canonical import canonical_json
from batang_assets.siapkerja.delta import (
    CANDIDATES,
    GONE,
    find_changes,
    find_gone,
    forget_never_accepted,
    hold_waiting,
    referrers,
)
from batang_assets.siapkerja.domains import DOMAINS, GATED_DATASETS, Domain
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.siapkerja.fields import UnfitValueError, mart_columns, reference_columns
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing, open_identities, seal

CHUNK_RECORDS = 2000
PURPOSE = "penyampaian data ketenagakerjaan ke SIAPkerja (Nota Kesepakatan pasal 4 huruf a)"
RECIPIENT = "siapkerja"


@dataclass
class Enqueued:
    """Counts of one domain: records to store, to withdraw, held back; and batches."""

    simpan: int = 0
    tarik: int = 0
    tertahan: int = 0
    kiriman: int = 0


@dataclass(frozen=True)
class _Context:
    connection: psycopg.Connection
    ring: KeyRing
    settings: Settings
    period: Period
    run_id: str
    counts: dict[str, Enqueued] = field(
        default_factory=lambda: {domain.name: Enqueued() for domain in DOMAINS}
    )


def enqueue(
    connection: psycopg.Connection, ring: KeyRing, settings: Settings, period: Period, run_id: str
) -> dict[str, Enqueued]:
    """Put the difference between marts and centre into the outbox, in one transaction of its own.

    Raises GateClosed, and changes nothing, unless every gate up to ``period`` is open for the present data and a
    second person has approved them.
    """
    with committed(connection):
        connection.execute("select pg_advisory_xact_lock(%s)", [locks.ENQUEUE])
        failpoint("antre.terkunci")
        # The marts hold the rows of every month, not of this one alone.
        require_open_through(connection, Period.parse(settings.first_period), period, GATED_DATASETS)
        require_approved(connection, period)
        failpoint("antre.gerbang_terbuka")
        # Who waits is found anew each time; a wait that goes on keeps its first date.
        connection.execute("create temporary table tertahan_lama on commit drop as table delivery.tertahan")
        connection.execute("delete from delivery.tertahan")
        failpoint("antre.tertahan_kosong")
        context = _Context(connection, ring, settings, period, run_id)
        counts = context.counts
        # What goes is known before the changes, so that none of them refers to it any more; it stands behind them,
        # the referring before the referred, since batches keep their order.
        _mark_gone(context)
        for domain in DOMAINS:
            _enqueue_changes(context, domain)
            failpoint("antre.domain_selesai")
        for domain in reversed(DOMAINS):
            _enqueue_gone(context, domain)
        connection.execute(
            "update delivery.tertahan t set sejak = l.sejak from tertahan_lama l where l.id_daerah = t.id_daerah"
        )
        connection.execute("drop table tertahan_lama")
        content = {name: vars(count) for name, count in counts.items()}
        failpoint("antre.sebelum_buku_besar")
        if any(count.kiriman for count in counts.values()):
            ledger.append(
                connection, ring, "antre", {"periode": period.key, "run_id": run_id, "jumlah": content}
            )
            # Claims join the outbox with itself: without statistics of what was just added, by nested loops.
            connection.execute("analyze delivery.kiriman, delivery.kotak_keluar, delivery.catatan_status")
        failpoint("antre.sebelum_komit")
    failpoint("antre.sesudah_komit")
    return counts


def _enqueue_changes(context: _Context, domain: Domain) -> None:
    find_changes(context.connection, domain)
    context.counts[domain.name].tertahan = hold_waiting(context.connection, domain)
    for rows in _chunks(context.connection, domain):
        records, digests = _build(context, domain, rows)
        _mark_pending(context, domain, records, digests)
        _store(context, domain, "simpan", records)
    context.connection.execute(sql.SQL("drop table {}").format(sql.Identifier(CANDIDATES)))


def withdraw(
    connection: psycopg.Connection,
    ring: KeyRing,
    settings: Settings,
    period: Period,
    run_id: str,
    names: list[str],
) -> int:
    """Put withdrawals of ``names`` (id_daerah), which may not be delivered any more, into the outbox; how many.

    In the caller's transaction, which holds ENQUEUE. No gate is asked: a withdrawal carries no data.
    """
    context = _Context(connection, ring, settings, period, run_id)
    connection.execute("delete from delivery.tertahan where id_daerah = any(%s)", [names])
    _mark_gone(context, names)
    for domain in reversed(DOMAINS):
        _enqueue_gone(context, domain)
    connection.execute(sql.SQL("drop table {}").format(sql.Identifier(GONE)))
    return sum(count.tarik for count in context.counts.values())


def _mark_gone(context: _Context, only: list[str] | None = None) -> None:
    gone = sql.Identifier(GONE)
    create = "create temporary table {} (nomor bigint generated always as identity primary key, domain text,"
    create += " id_daerah text, versi bigint) on commit drop"
    context.connection.execute(sql.SQL(create).format(gone))
    for domain in DOMAINS:
        forget_never_accepted(context.connection, domain, only)
        find_gone(context.connection, domain, only)
    context.connection.execute(
        sql.SQL(
            """
            update delivery.catatan_status c
            set versi = g.versi, operasi = 'tarik', keadaan = 'menunggu', galat = null,
                ulangan = case when c.ulangi then c.ulangan + 1 else 0 end, ulangi = false,
                sidik_sumber = null, sidik_data = null, diubah_pada = clock_timestamp()
            from {} g where c.id_daerah = g.id_daerah
            """
        ).format(gone)
    )
    failpoint("antre.tarik_ditandai")


def _enqueue_gone(context: _Context, domain: Domain) -> None:
    """Store the withdrawals, a bounded number at a time; one waits for what refers to it."""
    query = sql.SQL(
        "select nomor, id_daerah, versi from {} where domain = %s and nomor > %s order by nomor limit %s"
    ).format(sql.Identifier(GONE))
    last = 0
    while rows := context.connection.execute(query, [domain.name, last, CHUNK_RECORDS]).fetchall():
        last = rows[-1][0]
        after = referrers(context.connection, [row[1] for row in rows]) if domain.referred else {}
        records = [
            build_record(id_daerah, version, "tarik", None, tuple(after.get(id_daerah, ())))
            for _, id_daerah, version in rows
        ]
        _store(context, domain, "tarik", records)


def _chunks(connection: psycopg.Connection, domain: Domain) -> Iterator[list[dict[str, Any]]]:
    """The candidates in order, a bounded number at a time."""
    names = ("id_daerah", "source_id", "isi_hash", "sidik", "versi", *mart_columns(domain.name))
    query = sql.SQL("select {} from {} where nomor > %s and nomor <= %s order by nomor").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(CANDIDATES)
    )
    top = connection.execute(
        sql.SQL("select coalesce(max(nomor), 0) from {}").format(sql.Identifier(CANDIDATES))
    ).fetchone()
    for start in range(0, top[0] if top else 0, CHUNK_RECORDS):
        rows = connection.execute(query, [start, start + CHUNK_RECORDS]).fetchall()
        if rows:
            yield [dict(zip(names, row, strict=True)) for row in rows]


def _build(
    context: _Context, domain: Domain, rows: list[dict[str, Any]]
) -> tuple[list[Record], list[tuple[bytes | None, bytes | None]]]:
    """Records of ``rows`` with (sidik_sumber, sidik_data) each; only here are identities opened.

    A record whose value fits no field is held back, with the field's name, and holds up no other.
    """
    identities: dict[str, dict[str, str | None]] = {}
    if domain.identity_table:
        identities = open_identities(
            context.connection,
            context.ring,
            domain.identity_table,
            [(row["source_id"], row["isi_hash"]) for row in rows],
            purpose=PURPOSE,
            recipient=RECIPIENT,
            run_id=context.run_id,
        )
    records, digests, unfit = [], [], []
    for row in rows:
        try:
            data = build_data(domain.name, row, identities.get(row["source_id"], {}))
        except UnfitValueError as error:
            unfit.append((row["id_daerah"], error.field))
            continue
        after = tuple(row[name] for name in reference_columns(domain.name) if row[name])
        records.append(build_record(row["id_daerah"], row["versi"], "simpan", data, after))
        digests.append((row["sidik"], context.ring.fingerprint(canonical_json(data))))
    _hold_unfit(context, domain, unfit)
    return records, digests


def _hold_unfit(context: _Context, domain: Domain, unfit: list[tuple[str, str]]) -> None:
    context.counts[domain.name].tertahan += len(unfit)
    with context.connection.cursor() as cursor:
        cursor.executemany(
            "insert into delivery.tertahan (id_daerah, domain, rujukan, alasan)"
            " values (%s, %s, array[%s], 'BIDANG_TIDAK_SAH')",
            [(id_daerah, domain.name, name) for id_daerah, name in unfit],
        )


def _mark_pending(
    context: _Context,
    domain: Domain,
    records: list[Record],
    digests: list[tuple[bytes | None, bytes | None]],
) -> None:
    context.connection.execute(
        """
        insert into delivery.catatan_status as c
            (id_daerah, domain, versi, operasi, keadaan, sidik_sumber, sidik_data)
        select b.id, %s, b.versi, 'simpan', 'menunggu', b.sumber, b.data
        from unnest(%s::text[], %s::bigint[], %s::bytea[], %s::bytea[]) as b(id, versi, sumber, data)
        on conflict (id_daerah) do update
        set versi = excluded.versi, operasi = excluded.operasi, keadaan = 'menunggu', galat = null,
            ulangan = case when c.ulangi then c.ulangan + 1 else 0 end, ulangi = false,
            sidik_sumber = excluded.sidik_sumber, sidik_data = excluded.sidik_data,
            diubah_pada = clock_timestamp()
        """,
        [
            domain.name,
            [record.id_daerah for record in records],
            [record.version for record in records],
            [source for source, _ in digests],
            [data for _, data in digests],
        ],
    )
    failpoint("antre.catatan_ditandai")


def _store(context: _Context, domain: Domain, operation: str, records: list[Record]) -> None:
    """Write the batches of ``records``, their bodies sealed."""
    counts = context.counts[domain.name]
    for batch in pack(context.settings.kode_wilayah, records, context.settings.siapkerja_batch_records):
        store_batch(
            context.connection,
            context.ring,
            build_body(context.settings.kode_wilayah, batch),
            batch,
            domain=domain.name,
            operation=operation,
            period=context.period.first_day,
            run_id=context.run_id,
        )
        counts.kiriman += 1
        failpoint("antre.kiriman_tersimpan")
    if operation == "simpan":
        counts.simpan += len(records)
    else:
        counts.tarik += len(records)


def store_batch(
    connection: psycopg.Connection,
    ring: KeyRing,
    body: bytes,
    records: list[Record],
    *,
    domain: str,
    operation: str,
    period: Any,
    run_id: str,
    parent: int | None = None,
    order: int | None = None,
) -> int:
    """Store one batch with a new key; returns its ``kiriman_id``. With ``parent``, its outbox rows move here, and
    it takes that one's place in the ``order``."""
    key = f"batang-{domain}-{uuid.uuid4()}"
    row = connection.execute(
        "insert into delivery.kiriman (kunci, domain, operasi, asal, periode, run_id, induk, jumlah, ukuran,"
        " sidik_isi, badan) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning kiriman_id",
        [
            key, domain, operation, order, period, run_id, parent, len(records), len(body),
            hashlib.sha256(body).digest(), seal(ring, body, body_context(key)),
        ],
    ).fetchone()  # fmt: skip
    assert row is not None
    ids = [record.id_daerah for record in records]
    versions = [record.version for record in records]
    if parent is None:
        after = [json.dumps(record.after) if record.after else None for record in records]
        connection.execute(
            "insert into delivery.kotak_keluar (id_daerah, versi, kiriman_id, posisi, sidik_data, rujukan)"
            " select b.id, b.versi, %s, b.posisi, c.sidik_data,"
            "        array(select json_array_elements_text(b.sesudah::json))"
            " from unnest(%s::text[], %s::bigint[], %s::text[]) with ordinality as b(id, versi, sesudah, posisi)"
            " join delivery.catatan_status c on c.id_daerah = b.id and c.versi = b.versi",
            [row[0], ids, versions, after],
        )
    else:
        connection.execute(
            "update delivery.kotak_keluar k set kiriman_id = %s, posisi = b.posisi"
            " from unnest(%s::text[], %s::bigint[]) with ordinality as b(id, versi, posisi)"
            " where k.id_daerah = b.id and k.versi = b.versi and k.kiriman_id = %s",
            [row[0], ids, versions, parent],
        )
    return row[0]


def body_context(key: str) -> bytes:
    """What a sealed body is bound to: its idempotency key."""
    return b"kiriman|" + key.encode()
