"""Applications (lamaran): sent between registration and leaving, answered over the following weeks."""

from random import Random

from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.lowongan import Lowongan, Vacancies
from batang_assets.sandbox.world.pencari import Seeker
from batang_assets.sandbox.world.waktu import DAY_S, iso_date

NAME = "lamaran"
COUNT_WEIGHTS = (37, 27, 18, 10, 5, 3)

Steps = list[tuple[str, int]]


class Applications:
    """Numbers applications in seeker order over whole lives and writes the visible ones."""

    def __init__(self, world: World, vacancies: Vacancies) -> None:
        self._world, self._vacancies = world, vacancies
        self._last_id = 0

    def of(self, seeker: Seeker, hired_by: Lowongan | None) -> None:
        """Write the seeker's applications; the one that led to the placement is accepted."""
        rng = self._world.rng(NAME, seeker.id)
        if hired_by is not None:
            first = max(seeker.day, min(hired_by.buka, seeker.exit_day))
            sent = rng.randrange(first, seeker.exit_day + 1)
            self._write(rng, seeker, hired_by, sent, [("diterima", seeker.exit_day)])
        end = seeker.exit_day or seeker.lapse(seeker.reports[-1][0])
        for _ in range(rng.choices(range(len(COUNT_WEIGHTS)), COUNT_WEIGHTS)[0]):
            # Most apply soon after registering.
            sent = seeker.day + int(rng.random() ** 2 * (end - seeker.day))
            vacancy = self._vacancies.open_on(rng, sent, seeker.orang.sex)
            if vacancy is not None and vacancy is not hired_by:
                self._write(rng, seeker, vacancy, sent, self._answers(rng, sent))

    @staticmethod
    def _answers(rng: Random, sent: int) -> Steps:
        roll, first = rng.random(), sent + rng.randrange(3, 15)
        if roll < 0.3:
            return []
        if roll < 0.65:
            return [("ditolak", first)]
        return [("dipanggil", first), ("ditolak", first + rng.randrange(5, 25))]

    def _write(self, rng: Random, seeker: Seeker, vacancy: Lowongan, sent: int, answers: Steps) -> None:
        self._last_id += 1
        created = sent * DAY_S + 21 * 3600 + rng.randrange(3 * 3600)
        answered = [(status, day, (day + 1) * DAY_S - rng.randrange(1, 1800)) for status, day in answers]
        deleted = self._world.soft_delete(rng, created, 0.004)
        horizon = self._world.horizon(deleted)
        known = [("dikirim", sent), *((s, d) for s, d, t in answered if t <= horizon)]
        status, day = known[-1]
        row = {
            "id": self._last_id, "pencari_kerja_id": seeker.id, "lowongan_id": vacancy.id,
            "tanggal_lamar": iso_date(sent), "status": status, "tanggal_status": iso_date(day),
        }  # fmt: skip
        if created <= self._world.until:
            self._world.put(NAME, self._last_id, row, Life(created, [t for _, _, t in answered], deleted))
