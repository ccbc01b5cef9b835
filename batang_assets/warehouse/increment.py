"""When a build may make anew only what changed: what the last one saw, and that it finished.

The models know how (``dbt_project/macros/perubahan.sql``); this module knows whether they may, and tells them what
has arrived. They may if the last build of the whole warehouse finished, and since then nothing changed but records,
links of people, decisions, texts conformed, and the day. Anything else (a model, a seed, a code book, a setting,
the year of the minimum wage, a clock set back) and everything is made anew.
"""

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from batang_assets.contracts import Contract, all_contracts
from batang_assets.database import connect
from batang_assets.settings import JAKARTA, Settings


@dataclass(frozen=True)
class Known:
    """What a build stands on. ``digest``: all but the records; ``read``: raw table → the highest ``_versi`` and
    ``hilang_id`` seen; whatever is visible later lies above."""

    digest: str
    now: datetime
    conformed: str
    read: dict[str, dict[str, int]]

    def follows(self, last: "Known") -> bool:
        """Whether only what the models can tell apart lies between ``last`` and this."""
        return self.digest == last.digest and self.now >= last.now


@dataclass
class Build:
    """One build under way: whether it is ``partial``, and whether it came through."""

    partial: bool
    complete: bool = False


@contextmanager
def build_of_everything(settings: Settings, project: str) -> Generator[Build]:
    """A build of the whole warehouse; the caller sets ``complete`` once every table stands.

    ``project``: digest of the models and variables. Until then, and if this process dies, the next build makes
    everything anew. The caller holds the build lock.
    """
    with connect(settings) as connection:
        known = _known(connection, settings, project)
        last = _last(connection)
        build = Build(partial=last is not None and known.follows(last))
        if build.partial and last:
            # Read before the models do: a row that arrives meanwhile is read again next time.
            _write(connection, last, complete=False)
            _note_changes(connection, last, conformed=last.conformed != known.conformed)
        else:
            _write(connection, known, complete=False)
        _drop_differences(connection)
        connection.commit()
        yield build
        _drop_differences(connection)
        if build.complete:
            _write(connection, known, complete=True)
        connection.commit()


def build_of_a_part(settings: Settings) -> None:
    """Single tables are made anew: the tables that follow from them are not, so the next build makes all."""
    with connect(settings) as connection:
        connection.execute("update gudang.pembangunan set utuh = false")


def _last(connection: psycopg.Connection) -> Known | None:
    """What the last build saw, if it finished."""
    row = connection.execute(
        "select sidik, sekarang, penyelarasan, dibaca from gudang.pembangunan where utuh"
    ).fetchone()
    return Known(row[0], row[1], row[2], row[3]) if row else None


def _known(connection: psycopg.Connection, settings: Settings, project: str) -> Known:
    now = settings.now()
    loads = connection.execute("select muatan::text from reference.muatan order by 1").fetchall()
    fixed = [project, now.astimezone(JAKARTA).year, [row[0] for row in loads]]
    conformed = connection.execute(
        "select md5(coalesce(string_agg(p::text, ';' order by p::text), '')) from quality.penyelarasan_berlaku p"
    ).fetchone()
    read = {contract.table: _read(connection, contract) for contract in all_contracts("batang_career")}
    return Known(
        digest=hashlib.sha256(json.dumps(fixed).encode()).hexdigest(),
        now=now,
        conformed=conformed[0] if conformed else "",
        read=read,
    )


def _read(connection: psycopg.Connection, contract: Contract) -> dict[str, int]:
    """The loader and the sweep of a dataset share a lock, so its numbers become visible in their order."""
    query = sql.SQL(
        "select (select coalesce(max(_versi), 0) from {}),"
        " (select coalesce(max(hilang_id), 0) from raw.hilang where dataset = %s)"
    ).format(sql.Identifier("raw", contract.table))
    row = connection.execute(query, [contract.dataset]).fetchone()
    return {"versi": row[0], "hilang": row[1]} if row else {}


def _note_changes(connection: psycopg.Connection, last: Known, *, conformed: bool) -> None:
    """Forget what changed before ``last``, write down the records that arrived or vanished since, and the texts.

    What arrives from here on, a build of the models may already read: the next one notes it and judges it again.
    """
    connection.execute("truncate gudang.perubahan")
    for contract in all_contracts("batang_career"):
        query = sql.SQL(
            "insert into gudang.perubahan (apa, kunci) select nama, id"
            " from (select id from {table} where _versi > {versi}"
            "   union select id from raw.hilang where dataset = {dataset} and hilang_id > {hilang}) as datang"
            " cross join (values ({nama}), ({datang})) as sebagai (nama)"
        ).format(
            table=sql.Identifier("raw", contract.table),
            dataset=contract.dataset,
            nama=contract.table,
            datang=f"datang:{contract.table}",
            # Known to the planner: a few of the last rows, or all of them.
            versi=last.read[contract.table]["versi"],
            hilang=last.read[contract.table]["hilang"],
        )
        connection.execute(query)
    if conformed:
        connection.execute("insert into gudang.perubahan (apa, kunci) values ('penyelarasan', 'berubah')")
    connection.execute("analyze gudang.perubahan")


def _drop_differences(connection: psycopg.Connection) -> None:
    """Drop what the models kept for reports to add up: it belongs to one build (``macros/selisih.sql``)."""
    tables = connection.execute(
        "select tablename from pg_tables where schemaname = 'gudang' and tablename like 'selisih\\_%'"
    ).fetchall()
    for (table,) in tables:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier("gudang", table)))


def _write(connection: psycopg.Connection, known: Known, *, complete: bool) -> None:
    connection.execute(
        "insert into gudang.pembangunan (utuh, sidik, sekarang, penyelarasan, dibaca) values (%s, %s, %s, %s, %s)"
        " on conflict (satu) do update set utuh = excluded.utuh, sidik = excluded.sidik,"
        " sekarang = excluded.sekarang, penyelarasan = excluded.penyelarasan, dibaca = excluded.dibaca",
        [complete, known.digest, known.now, known.conformed, Jsonb(known.read)],
    )
