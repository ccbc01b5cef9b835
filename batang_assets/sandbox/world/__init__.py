"""A synthetic Batang: people, employers, vacancies and what Batang Career would show of them at a moment.

Every entity's life depends on the seed, the size and its id alone; `until` only cuts what has happened and been
keyed in by then. So a world is advanced by building it again with a later `until`: the same people, later edits.
"""

from datetime import date, datetime
from pathlib import Path

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.dunia import SIZES, World
from batang_assets.sandbox.world.lamaran import Applications
from batang_assets.sandbox.world.lowongan import Vacancies
from batang_assets.sandbox.world.pelatihan import Trainings
from batang_assets.sandbox.world.pemberi import Employers
from batang_assets.sandbox.world.pencari import NAME as SEEKERS
from batang_assets.sandbox.world.pencari import Seekers
from batang_assets.sandbox.world.penduduk import Residents
from batang_assets.sandbox.world.penempatan import Placements
from batang_assets.sandbox.world.pusat import Centre
from batang_assets.sandbox.world.tulis import WorldWriter, truth_path
from batang_assets.sandbox.world.waktu import instant_of

__all__ = ["build_world", "truth_path"]

LEAST_PEOPLE = 50
HISTORY_START = date(2026, 7, 1)


def build_world(
    path: Path,
    *,
    people: int = 25_000,
    seed: int = 3325,
    until: datetime,
    history_start: date = HISTORY_START,
) -> None:
    """Write what the source shows at `until` to `path` (SQLite), and beside it the truth (``truth_path``).

    `people` seekers are registered by the end of October 2026 (a later `until` holds more, an earlier one fewer);
    the other datasets scale with it. Rows older than `history_start` were migrated: their ``updated_at`` lies in
    the month that starts there. Tables: ``catatan, meta, pusat``; truth: ``kesalahan, jumlah, peristiwa, orang``.
    Raises ConfigurationError for a naive `until`, one before `history_start`, or too few people.
    """
    if people < LEAST_PEOPLE:
        raise ConfigurationError(
            f"--people {people}: paling sedikit {LEAST_PEOPLE} orang agar dunia bermakna"
        )
    try:
        end = instant_of(until)
    except ValueError as error:
        raise ConfigurationError(f"--until: {error}") from error
    writer = WorldWriter(path)
    try:
        world = World(writer, people, seed, end, history_start)
        if world.until_day < world.history_day:
            raise ConfigurationError(f"--until {until.isoformat()} mendahului awal sejarah {history_start}")
        _fill(world)
        writer.finish({
            "seed": str(seed), "people": str(people), "until": until.isoformat(),
            "history_start": history_start.isoformat(),
        })  # fmt: skip
    except BaseException:
        writer.abandon()
        raise


def _fill(world: World) -> None:
    per_1000, minimum, _ = SIZES["pemberi-kerja"]
    employers = Employers(world, max(minimum, round(world.people * per_1000 / 1000)))
    vacancies, seekers = Vacancies(world, employers), Seekers(world)
    placements, applications = Placements(world, employers, vacancies), Applications(world, vacancies)
    employers.write()
    for identity in range(1, world.count(SEEKERS, world.until_day) + 1):
        seeker = seekers.life(identity)
        seekers.write(seeker)
        applications.of(seeker, placements.of(seeker))
    vacancies.write()
    Trainings(world, seekers).write()
    Residents(world, seekers, employers).write()
    Centre(world, seekers, employers).write()
