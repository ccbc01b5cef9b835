"""Extracting one dataset for one month: which window to read, reading it, and the log of what was read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from batang_assets.contracts import Contract
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw import refusals
from batang_assets.raw.guards import WindowGuard, ids_of
from batang_assets.raw.loader import LoadResult, chunks, load_records
from batang_assets.raw.refusals import Refusal
from batang_assets.raw.source import CareerSource, WindowMoved
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

READINGS = 5
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """[start, end) of ``updated_at``; ``resumed``: it starts at the watermark of an earlier extraction.

    ``newest`` of a resumed window is the newest row that the source had shown by then: (when, id).
    """

    start: datetime
    end: datetime
    resumed: bool
    newest: tuple[datetime, str] | None = None


@dataclass
class Extraction(LoadResult):
    """A LoadResult with what was noticed: unknown columns, and readings that were not believed."""

    unknown: set[str] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)

    def add(self, other: LoadResult) -> None:
        """Add the counts and findings of another extraction."""
        super().add(other)
        if isinstance(other, Extraction):
            self.unknown |= other.unknown
            self.refused += other.refused


def full_window(settings: Settings, period: Period) -> Window:
    """The whole month until now; the first month also takes in everything older."""
    start = BEGINNING if period.key == settings.first_period else period.start
    return Window(start, min(settings.now(), period.end), resumed=False)


def next_window(
    connection: psycopg.Connection, settings: Settings, contract: Contract, period: Period
) -> Window | None:
    """The window to read now; None where the month has not begun.

    The running month resumes from its watermark, less an overlap; a closed month is read again whole.
    """
    whole = full_window(settings, period)
    if period.start > settings.now():
        return None
    if settings.now() >= period.end:
        return whole
    row = connection.execute(
        "select jendela_sampai, terbaru, terbaru_id from raw.penarikan"
        " where dataset = %s and periode = %s and lengkap order by jendela_sampai desc, penarikan_id desc limit 1",
        [contract.dataset, period.first_day],
    ).fetchone()
    if row is None:
        return whole
    watermark, newest, newest_id = row
    start = max(whole.start, watermark - timedelta(seconds=settings.career_overlap_s))
    return Window(start, whole.end, resumed=True, newest=(newest, newest_id) if newest else None)


@dataclass(frozen=True)
class Extractor:
    """One run's extraction: the source, where it is stored, and in whose name."""

    connection: psycopg.Connection
    settings: Settings
    ring: KeyRing
    source: CareerSource
    run_id: str

    def extract(self, contract: Contract, period: Period) -> Extraction:
        """Read the dataset's window for ``period`` into raw and vault, and log it in ``raw.penarikan``.

        Nothing is stored before the reading can be believed (``WindowGuard``); from then on chunks are
        committed as they come: versions that the source showed are true even if the reading is interrupted,
        and the log row, written last, says that the window was read whole. A reading that is never believed
        is in ``refused`` and in ``raw.penolakan``, and leaves raw as it was. Raises SourceError if the source
        fails or never holds still.
        """
        window = next_window(self.connection, self.settings, contract, period)
        if window is None:
            return Extraction()
        result = Extraction()
        if not self._still(contract, period, window, result):
            # The newest row is gone: the source may have gone back in time, so nothing is taken for granted.
            self._still(contract, period, full_window(self.settings, period), result)
        return result

    def _still(self, contract: Contract, period: Period, window: Window, result: Extraction) -> bool:
        """Read the window until it holds still; False as ``_read``."""
        for _ in range(READINGS):
            try:
                return self._read(contract, period, window, result)
            except WindowMoved as moved:
                # What was loaded stays in the transaction: the source did show it.
                reason = moved
            except BaseException:
                self.connection.rollback()
                raise
        self.connection.rollback()
        raise SourceError(
            f"{contract.dataset}: the source keeps moving while it is read ({reason}): try a quieter hour"
        )

    def _read(self, contract: Contract, period: Period, window: Window, result: Extraction) -> bool:
        """One reading into ``result``; False if a resumed window's newest known row is nowhere to be seen."""
        begun = datetime.now(UTC)
        result.seen = 0
        guard = WindowGuard(
            self.connection, contract, period, self.settings.career_shrink_pct,
            full=not window.resumed, anchor=window.newest[1] if window.newest else None,
        )  # fmt: skip
        for chunk in chunks(self.source.window(contract, window.start, window.end)):
            guard.take(chunk)
            result.add(
                load_records(
                    self.connection, self.ring, contract, period, self.run_id, chunk,
                    home=self.settings.kode_wilayah,
                )
            )  # fmt: skip
            if guard.believed:
                self.connection.commit()
        if not self._anchored(contract, window, guard):
            self._forget(result)
            return False
        guard.explain(self.source, window.end)
        refusal = guard.refusal()
        result.unknown |= set(guard.columns.unknown())
        if refusal and not refusals.is_accepted(self.connection, refusal):
            self._forget(result)
            refusals.record(self.connection, refusal, self.run_id)
            self.connection.commit()
            result.refused.append(refusal)
            return True
        newest = max(filter(None, (window.newest, guard.newest)), default=None)
        self._log(contract, period, window, result, begun, newest)
        return True

    def _forget(self, result: Extraction) -> None:
        """Undo what was loaded and not believed."""
        self.connection.rollback()
        result.seen = result.new_versions = result.sealed = result.kept_out = 0

    def _anchored(self, contract: Contract, window: Window, guard: WindowGuard) -> bool:
        """Whether the newest row known before is still there: in the window, or just before it."""
        if guard.anchor is None or window.newest is None:
            return True
        moment = window.newest[0]
        if moment < window.start:
            for chunk in chunks(self.source.window(contract, moment, window.start)):
                if guard.anchor in ids_of(chunk):
                    guard.anchor = None
                    return True
        return False

    def _log(
        self,
        contract: Contract,
        period: Period,
        window: Window,
        result: LoadResult,
        begun: datetime,
        newest: tuple[datetime, str] | None,
    ) -> None:
        self.connection.execute(
            "insert into raw.penarikan (run_id, dataset, periode, jendela_dari, jendela_sampai, dilihat,"
            " versi_baru, tersegel, mulai, selesai, lengkap, terbaru, terbaru_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), true, %s, %s)",
            [
                self.run_id,
                contract.dataset,
                period.first_day,
                window.start,
                window.end,
                result.seen,
                result.new_versions,
                result.sealed,
                begun,
                *(newest or (None, None)),
            ],
        )
        self.connection.commit()
