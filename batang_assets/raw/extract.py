"""Extracting one dataset for one month: which window to read, reading it, and the log of what was read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from batang_assets.contracts import Contract
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw.loader import LoadResult, chunks, load_records
from batang_assets.raw.source import CareerSource, WindowMoved
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

READINGS = 5
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """[start, end) of ``updated_at``; ``resumed``: it starts at the watermark of an earlier extraction."""

    start: datetime
    end: datetime
    resumed: bool


def next_window(
    connection: psycopg.Connection, settings: Settings, contract: Contract, period: Period
) -> Window | None:
    """The window to read now; None where the month has not begun.

    The first month also takes in everything older. The running month resumes from its watermark, less an
    overlap; a closed month is read again whole.
    """
    now = settings.now()
    start = BEGINNING if period.key == settings.first_period else period.start
    if period.start > now:
        return None
    if now >= period.end:
        return Window(start, period.end, resumed=False)
    row = connection.execute(
        "select max(jendela_sampai) from raw.penarikan where dataset = %s and periode = %s and lengkap",
        [contract.dataset, period.first_day],
    ).fetchone()
    watermark = row[0] if row else None
    if watermark is None:
        return Window(start, now, resumed=False)
    return Window(max(start, watermark - timedelta(seconds=settings.career_overlap_s)), now, resumed=True)


@dataclass(frozen=True)
class Extractor:
    """One run's extraction: the source, where it is stored, and in whose name."""

    connection: psycopg.Connection
    settings: Settings
    ring: KeyRing
    source: CareerSource
    run_id: str

    def extract(self, contract: Contract, period: Period) -> LoadResult:
        """Read the dataset's window for ``period`` into raw and vault, and log it in ``raw.penarikan``.

        Chunks are committed as they come: versions that the source showed are true even if the reading is
        interrupted, and the log row, written last, says that the window was read whole. Raises SourceError if
        the source fails or never holds still.
        """
        window = next_window(self.connection, self.settings, contract, period)
        result = LoadResult()
        if window is None:
            return result
        begun = datetime.now(UTC)
        for _ in range(READINGS):
            try:
                result.seen = 0
                self._read(contract, period, window, result)
                break
            except WindowMoved as moved:
                self.connection.rollback()
                reason = moved
        else:
            raise SourceError(f"the source keeps moving while it is read ({reason}): try a quieter hour")
        self._log(contract, period, window, result, begun)
        return result

    def _read(self, contract: Contract, period: Period, window: Window, result: LoadResult) -> None:
        home = self.settings.kode_wilayah
        for chunk in chunks(self.source.window(contract, window.start, window.end)):
            result.add(
                load_records(self.connection, self.ring, contract, period, self.run_id, chunk, home=home)
            )
            self.connection.commit()

    def _log(
        self, contract: Contract, period: Period, window: Window, result: LoadResult, begun: datetime
    ) -> None:
        self.connection.execute(
            "insert into raw.penarikan (run_id, dataset, periode, jendela_dari, jendela_sampai, dilihat,"
            " versi_baru, tersegel, mulai, selesai, lengkap)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), true)",
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
            ],
        )
        self.connection.commit()
