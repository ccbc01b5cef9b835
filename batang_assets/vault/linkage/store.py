"""What linkage leaves behind: the fingerprint of its inputs, the judged pairs, and the history of links."""

import hashlib
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from batang_assets.vault.linkage.clusters import Judged, Link
from batang_assets.vault.linkage.decisions import Decision
from batang_assets.vault.linkage.model import Weighed
from batang_assets.vault.linkage.records import CENTRE, DATASETS
from batang_assets.vault.linkage.rules import rules_digest


def input_digest(connection: psycopg.Connection) -> str:
    """Hex digest of all that a linkage depends on: raw only grows, so its newest versions tell of any change."""
    parts = [rules_digest()]
    for dataset in DATASETS:
        # Of the centre, what it got from us tells nothing new and changes with every sending.
        query = sql.SQL("select count(*), coalesce(max(_versi), 0) from {} {}").format(
            sql.Identifier("raw", dataset),
            sql.SQL("where id_daerah is null" if dataset in CENTRE else ""),
        )
        parts.append(str(connection.execute(query).fetchone()))
    query = "select coalesce(max(keputusan_id), 0) from vault.keputusan_orang"
    parts.append(str(connection.execute(query).fetchone()))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def last_digest(connection: psycopg.Connection) -> str | None:
    """The input digest of the last linkage, None if there was none."""
    row = connection.execute("select sidik from vault.penautan order by penautan_id desc limit 1").fetchone()
    return row[0] if row else None


def last_counts(connection: psycopg.Connection) -> dict[str, int]:
    """Counts of the last linkage: records, tail, opened, pairs, linked, proposals."""
    row = connection.execute(
        "select catatan, ekor, dibuka, pasangan, tertaut, usulan from vault.penautan"
        " order by penautan_id desc limit 1"
    ).fetchone()
    return dict(
        zip(("records", "tail", "opened", "pairs", "linked", "proposals"), row or (0,) * 6, strict=True)
    )


def save_pairs(connection: psycopg.Connection, judged: list[Judged], model: str) -> None:
    """Replace the judged pairs by those of this linkage."""
    connection.execute("delete from vault.tautan_pasangan")
    statement = (
        "copy vault.tautan_pasangan (asal_a, asal_b, catatan_a, catatan_b, bobot, keyakinan, pola, putusan, sebab,"
        " model) from stdin"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for item in judged:
            sides = sorted(
                ((item.pair.origin_left, item.pair.left), (item.pair.origin_right, item.pair.right))
            )
            copy.write_row(
                (
                    sides[0][0], sides[1][0], sides[0][1], sides[1][1], item.pair.weight, item.pair.probability,
                    Jsonb(item.pair.pattern), "ditautkan" if item.linked else "usulan", item.reason, model,
                )
            )  # fmt: skip


def save_links(
    connection: psycopg.Connection, links: list[Link], decisions: list[Decision], model: str, now: datetime
) -> None:
    """Close the links that no longer hold and open the new ones; what holds is left as it is."""
    wanted = {link.origin: link for link in links}
    current = {
        origin: (link_id, person, how)
        for link_id, origin, person, how in connection.execute(
            "select tautan_id, asal_id, orang_id, cara from vault.tautan_orang where sampai is null"
        )
    }
    gone = []
    for origin, (link_id, person, how) in current.items():
        link = wanted.get(origin)
        if link and (link.person, link.how) == (person, how):
            del wanted[origin]
        else:
            gone.append(link_id)
    latest = max((decision.at for decision in decisions), default=None)
    connection.execute(
        "update vault.tautan_orang set sampai = %(now)s, sebab_dicabut = case when %(latest)s::timestamptz > sejak"
        " then 'keputusan' else 'data_berubah' end where tautan_id = any(%(gone)s)",
        {"now": now, "latest": latest, "gone": gone},
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into vault.tautan_orang (asal_id, orang_id, cara, keyakinan, bobot, model, sejak)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (link.origin, link.person, link.how, link.probability, link.weight, model, now)
                for link in wanted.values()
            ],
        )


def save_run(
    connection: psycopg.Connection,
    run_id: str,
    now: datetime,
    digest: str,
    weighed: Weighed,
    counts: dict[str, int],
) -> None:
    """Log this linkage."""
    connection.execute(
        "insert into vault.penautan (run_id, pada, sidik, model, parameter, catatan, ekor, dibuka, pasangan,"
        " tertaut, usulan) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [run_id, now, digest, weighed.digest, Jsonb(weighed.parameters), *counts.values()],
    )
