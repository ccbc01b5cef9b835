"""The sweep: comparing all ids that are live at the source with those we know, to find rows that vanished.

A soft-deleted row comes with ``deleted_at``; one that was deleted for good only stops being shown. It becomes an
event row in ``raw.hilang``, and another one when it is back; the warehouse treats it as deleted meanwhile.

A soft-deleted row may be purged later without a word, since only live ids can be compared. So that it is no
longer live is an event too, once for each version shown as deleted: it changes no count (``sudah_dihapus``), but
what arrives afterwards under its id is a new life, which it must not win against.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql

from batang_assets.contracts import Contract
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw import refusals
from batang_assets.raw.extract import READINGS
from batang_assets.raw.guards import bearable, expect, last_shown, look_after, state_of
from batang_assets.raw.refusals import SWEEP_SHRUNK, Refusal
from batang_assets.raw.source import CareerSource, WindowMoved
from batang_assets.settings import Settings
from batang_assets.vault.values import source_id

VANISHED = """
    insert into raw.hilang (dataset, id, hilang_pada, run_id)
    select %(dataset)s, id, %(pada)s, %(run_id)s from pg_temp.diharapkan order by id
"""
NO_LONGER_LIVE = sql.SQL("""
    insert into raw.hilang (dataset, id, hilang_pada, sudah_dihapus, run_id)
    select %(dataset)s, gone.id, %(pada)s, true, %(run_id)s
    from ({deleted}) as gone
    where not exists (select 1 from pg_temp.hidup h where h.id = gone.id)
    order by gone.id
""")
BACK = """
    insert into raw.hilang (dataset, id, muncul_lagi_pada, run_id)
    select %(dataset)s, h.id, %(pada)s, %(run_id)s
    from raw.sedang_hilang h join pg_temp.hidup using (id) where h.dataset = %(dataset)s order by h.id
"""


@dataclass(frozen=True)
class Swept:
    """One sweep: ids shown, rows known to be live, how many vanished and came back; or why it was refused."""

    shown: int = 0
    known: int = 0
    vanished: int = 0
    back: int = 0
    refused: Refusal | None = None


@dataclass(frozen=True)
class Sweeper:
    """One run's sweep over the source. Time is the settings' clock: vanishing is dated by it."""

    connection: psycopg.Connection
    settings: Settings
    source: CareerSource
    run_id: str

    def due(self, contract: Contract, period: Period) -> bool:
        """Whether ``period`` is the running month and the last sweep is long enough ago."""
        now = self.settings.now()
        if Period.of(now) != period:
            return False
        row = self.connection.execute(
            "select max(pada) from raw.sapuan where dataset = %s", [contract.dataset]
        ).fetchone()
        last = row[0] if row else None
        return last is None or now - last >= timedelta(hours=self.settings.career_sweep_hours)

    def sweep(self, contract: Contract, period: Period) -> Swept:
        """Compare, and write what vanished or came back, after the dataset's extraction of this run.

        A sweep that misses too much is refused as a whole: an empty answer must not delete everybody. Raises
        SourceError if the source cannot tell its ids or never holds still.
        """
        try:
            swept = self._sweep(contract, period)
            self.connection.commit()
            return swept
        except BaseException:
            self.connection.rollback()
            raise

    def _sweep(self, contract: Contract, period: Period) -> Swept:
        # The same lock as the loader's: no version may arrive between the two sides of the comparison.
        self.connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"raw.{contract.table}"])
        shown = self._take_ids(contract)
        known = expect(self.connection, contract, None)
        left = (
            known
            - self.connection.execute(
                "delete from pg_temp.diharapkan d using pg_temp.hidup h where d.id = h.id"
            ).rowcount
        )
        if not self._bearable(known, left):
            # Rows deleted softly while we worked are not lost: the source shows them, trashed.
            enough = known * self.settings.career_shrink_pct // 100
            left = look_after(self.connection, self.source, contract, period.start, enough, trashed_only=True)
        if not self._bearable(known, left):
            state = state_of(self.connection)
            refusal = Refusal(contract.dataset, period, SWEEP_SHRUNK, (), known, left, state)
            if not refusals.is_accepted(self.connection, refusal):
                refusals.record(self.connection, refusal, self.run_id)
                return Swept(shown, known, refused=refusal)
        values = {"dataset": contract.dataset, "pada": self.settings.now(), "run_id": self.run_id}
        # Who is back first: a row that vanishes now must not count as back.
        back = self.connection.execute(BACK, values).rowcount
        vanished = self.connection.execute(VANISHED, values).rowcount
        deleted = last_shown(contract, deleted=True)
        self.connection.execute(NO_LONGER_LIVE.format(deleted=deleted), values)
        self.connection.execute(
            "insert into raw.sapuan (run_id, dataset, periode, pada, dilihat, dikenal, hilang, muncul_lagi)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                self.run_id,
                contract.dataset,
                period.first_day,
                self.settings.now(),
                shown,
                known,
                vanished,
                back,
            ],
        )
        return Swept(shown, known, vanished, back)

    def _bearable(self, known: int, left: int) -> bool:
        """As for a window, but a source that shows none of several known rows is never simply believed."""
        if left == known > 1 and self.settings.career_shrink_pct < 100:
            return False
        return bearable(known, left, self.settings.career_shrink_pct)

    def _take_ids(self, contract: Contract) -> int:
        """All live ids into the temporary table ``hidup``; returns how many there are."""
        for _ in range(READINGS):
            self.connection.execute("drop table if exists pg_temp.hidup")
            self.connection.execute("create temp table hidup (id text not null) on commit drop")
            try:
                return self._copy(self.source.live_ids(contract))
            except WindowMoved as moved:
                reason = moved
        raise SourceError(
            f"{contract.dataset}: the source keeps moving while its ids are read ({reason}): try a quieter hour"
        )

    def _copy(self, ids: Iterator[str]) -> int:
        count = 0
        # Errors of the source must reach us as they are, not as a failed COPY: one row at a time into a list.
        batch: list[tuple[str]] = []
        for one in ids:
            batch.append((source_id(one),))
            if len(batch) == 10_000:
                count += self._write(batch)
                batch = []
        return count + self._write(batch)

    def _write(self, batch: list[tuple[str]]) -> int:
        with self.connection.cursor().copy("copy pg_temp.hidup (id) from stdin") as copy:
            for row in batch:
                copy.write_row(row)
        return len(batch)
