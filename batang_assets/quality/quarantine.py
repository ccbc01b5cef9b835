"""Quarantine over time (``quality.riwayat_karantina``): who is held, since when, by which rules, and how it ended.

dbt builds ``quality.karantina`` anew in every run: what is held now. Here each stay of a row is one entry
that outlives the rebuilds. An entry is open (``terbuka``), accepted with a reason (``diterima``) or mended at
the source (``diperbaiki``); it is never deleted. A row that breaks a rule again begins a new entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of

STATES = {"terbuka": "terbuka", "diterima": "diterima dengan alasan", "diperbaiki": "diperbaiki di sumber"}
CAUSES = {
    "versi_baru": "sumber mengirim versi yang memenuhi aturan",
    "dihapus": "catatan dihapus di sumber",
    "hilang": "catatan tidak ada lagi",
    "rujukan_atau_aturan": "catatan yang dirujuk membaik, atau aturannya berubah",
}


@dataclass(frozen=True)
class Stay:
    """One stay of a row in quarantine. ``umur_hari``: whole days from first seen to its end, or to now."""

    dataset: str
    id: str
    period: str
    aturan: tuple[str, ...]
    keadaan: str
    pertama_terlihat: datetime
    keluar_pada: datetime | None
    sebab_keluar: str | None
    umur_hari: int

    @property
    def pemilik(self) -> str:
        """Who at the office is to have it mended."""
        return dataset_of(self.dataset).pemilik


def refresh(conn: psycopg.Connection, now: datetime) -> None:
    """Bring the stays in line with what dbt has just judged; the caller commits.

    First seen is kept while a row stays held, also when its version or the rules it breaks change.
    """
    conn.execute(
        "create temporary table tertahan (dataset text, id text, isi_hash bytea, periode date, aturan text[],"
        " keadaan text, primary key (dataset, id)) on commit drop"
    )
    conn.execute(
        "insert into tertahan select dataset, id, isi_hash, periode, aturan, 'terbuka' from quality.karantina"
    )
    _add_accepted(conn)
    conn.execute(
        "update quality.riwayat_karantina r set isi_hash = t.isi_hash, periode = t.periode, aturan = t.aturan,"
        " keadaan = t.keadaan, terakhir_terlihat = %(now)s from tertahan t"
        " where r.keadaan <> 'diperbaiki' and (r.dataset, r.id) = (t.dataset, t.id)",
        {"now": now},
    )
    _close_left(conn, now)
    conn.execute(
        "insert into quality.riwayat_karantina (dataset, id, isi_hash, periode, aturan, keadaan,"
        " pertama_terlihat, terakhir_terlihat)"
        " select dataset, id, isi_hash, periode, aturan, keadaan, %(now)s, %(now)s from tertahan t"
        " where not exists (select 1 from quality.riwayat_karantina r"
        "   where r.keadaan <> 'diperbaiki' and (r.dataset, r.id) = (t.dataset, t.id))",
        {"now": now},
    )
    conn.execute("drop table tertahan")


def _add_accepted(conn: psycopg.Connection) -> None:
    """Rows that flow because their version was accepted: fit, though a blocking rule says otherwise."""
    for dataset in _named(conn, "select distinct dataset from quality.keputusan_karantina"):
        conn.execute(
            sql.SQL(
                "insert into tertahan select {wire}, j.id, j.isi_hash, j.periode, j.aturan_gagal, 'diterima'"
                " from intermediate.{table} j where j.layak and j.deleted_at is null"
                " and cardinality(j.aturan_gagal) > 0"
            ).format(wire=sql.Literal(dataset.wire), table=sql.Identifier(dataset.judged_table))
        )


def _close_left(conn: psycopg.Connection, now: datetime) -> None:
    """Stays whose row is held no longer end now, with the cause that the judged table shows."""
    left = (
        "r.keadaan <> 'diperbaiki' and not exists"
        " (select 1 from tertahan t where (t.dataset, t.id) = (r.dataset, r.id))"
    )
    for dataset in _named(conn, f"select distinct dataset from quality.riwayat_karantina r where {left}"):
        conn.execute(
            sql.SQL(
                """
                update quality.riwayat_karantina r set keadaan = 'diperbaiki', keluar_pada = %(now)s,
                    sebab_keluar = case
                        when j.id is null then 'hilang'
                        when j.deleted_at is not null then 'dihapus'
                        when j.isi_hash is distinct from keluar.isi_hash then 'versi_baru'
                        else 'rujukan_atau_aturan' end
                from (select riwayat_id, id, isi_hash from quality.riwayat_karantina r
                      where dataset = {wire} and {left}) keluar
                left join intermediate.{table} j on j.id = keluar.id
                where r.riwayat_id = keluar.riwayat_id
                """
            ).format(
                wire=sql.Literal(dataset.wire),
                left=sql.SQL(left),
                table=sql.Identifier(dataset.judged_table),
            ),
            {"now": now},
        )


def _named(conn: psycopg.Connection, query: str) -> list[Dataset]:
    found = {row[0] for row in conn.execute(query.encode())}
    return [dataset for dataset in DATASETS if dataset.wire in found]


def stays(
    conn: psycopg.Connection,
    now: datetime,
    *,
    states: Sequence[str] = ("terbuka", "diterima"),
    dataset: str | None = None,
    rule: str | None = None,
    period: Period | None = None,
    record_id: str | None = None,
    limit: int | None = None,
) -> list[Stay]:
    """The stays that match, oldest first: what has waited longest is to be mended first."""
    rows = conn.execute(
        """
        select dataset, id, to_char(periode, 'YYYY-MM'), aturan, keadaan, pertama_terlihat, keluar_pada,
            sebab_keluar, extract(day from coalesce(keluar_pada, %(now)s) - pertama_terlihat)::int
        from quality.riwayat_karantina
        where keadaan = any(%(states)s::text[])
            and (%(dataset)s::text is null or dataset = %(dataset)s)
            and (%(rule)s::text is null or %(rule)s = any(aturan))
            and (%(period)s::date is null or periode = %(period)s)
            and (%(id)s::text is null or id = %(id)s)
        order by pertama_terlihat, dataset, riwayat_id limit %(limit)s
        """,
        {
            "now": now,
            "states": list(states),
            "dataset": dataset,
            "rule": rule,
            "period": period.first_day if period else None,
            "id": record_id,
            "limit": limit,
        },
    )
    return [Stay(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in rows]


def counts(conn: psycopg.Connection) -> dict[str, dict[str, int]]:
    """Wire name → state → how many stays, over all months; states without a stay are 0."""
    found = {item.wire: dict.fromkeys(STATES, 0) for item in DATASETS}
    for dataset, state, count in conn.execute(
        "select dataset, keadaan, count(*) from quality.riwayat_karantina group by 1, 2"
    ):
        found[dataset][state] = count
    return found
