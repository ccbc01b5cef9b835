"""One linkage, from raw to ``vault.tautan_orang``."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from batang_assets.database import locks
from batang_assets.vault.kept_out import erased_records
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.linkage.clusters import resolve
from batang_assets.vault.linkage.decisions import decisions_about, standing
from batang_assets.vault.linkage.features import model_rows, opened
from batang_assets.vault.linkage.model import Weighed, weigh
from batang_assets.vault.linkage.records import read_records, to_open
from batang_assets.vault.linkage.rules import load_rules
from batang_assets.vault.linkage.store import (
    input_digest,
    last_counts,
    last_digest,
    save_links,
    save_pairs,
    save_run,
)


@dataclass(frozen=True)
class Linked:
    """Counts of a linkage: records of people, those of the tail, identities opened, pairs worth a look, origins
    linked to a person, pairs proposed for review. ``computed``: False if nothing had changed since the last."""

    records: int
    tail: int
    opened: int
    pairs: int
    linked: int
    proposals: int
    computed: bool


def link_people(connection: psycopg.Connection, ring: KeyRing, run_id: str, now: datetime) -> Linked:
    """Link the tail and commit, unless records, decisions and rules are those of the last linkage.

    ``connection`` must not be inside a transaction of the caller's. Raises DataError if the vault lacks an identity
    or the model fails.
    """
    connection.execute("select pg_advisory_lock(%s)", [locks.LINK])
    try:
        digest = input_digest(connection)
        if digest == last_digest(connection):
            return Linked(**last_counts(connection), computed=False)
        rules = load_rules()
        records = read_records(connection)
        chosen, samples = to_open(records, rules.seed, rules.sample)
        erased = erased_records(connection)
        chosen, samples = [record for record in chosen if record.key not in erased], samples - erased
        identities = opened(connection, ring, chosen, run_id)
        # Whatever comes of it, that they were opened stays on record.
        connection.commit()
        weighed = Weighed([], {})
        if len(chosen) > 1:
            weighed = weigh(model_rows(chosen, identities), samples, len(records), rules)
        decisions = standing(decisions_about(connection))
        resolved = resolve(records, weighed.pairs, decisions, rules)
        proposals = sum(not item.linked for item in resolved.judged)
        counts = {
            "records": len(records),
            "tail": sum(record.tail for record in records),
            "opened": len(chosen),
            "pairs": len(resolved.judged),
            "linked": len(resolved.links),
            "proposals": proposals,
        }
        save_pairs(connection, resolved.judged, weighed.digest)
        save_links(connection, resolved.links, decisions, weighed.digest, now)
        save_run(connection, run_id, now, digest, weighed, counts)
        connection.commit()
        return Linked(**counts, computed=True)
    finally:
        connection.rollback()
        connection.execute("select pg_advisory_unlock(%s)", [locks.LINK])
        connection.commit()
