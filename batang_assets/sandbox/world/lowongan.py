"""Vacancies (lowongan): opened over time, filled by placements, closed, full or withdrawn."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from batang_assets.sandbox.world.bahan import Jabatan, load
from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.kalender import entry_instant
from batang_assets.sandbox.world.orang import wage
from batang_assets.sandbox.world.pemberi import Employers
from batang_assets.sandbox.world.waktu import DAY_S, iso_date

NAME = "lowongan"
LOOKBACK_DAYS = 60
FULL_LOOKBACK_DAYS = 365
GRACE_DAYS = 14
TRIES = 8
# A vacancy is keyed in up to so long before it opens.
EARLY_ENTRY_DAYS = 2
WITHDRAWN_SHARE = 0.03
SOFT_DELETED_SHARE = 0.006


@dataclass(slots=True)
class Lowongan:
    """True facts of a vacancy; ``placed`` holds (start day, placement id, sex, instant reported),
    ``terhapus`` means soft-deleted one day. Withdrawn and soft-deleted vacancies place nobody."""

    id: int
    pemberi: int
    buka: int
    tutup: int
    dihapus: int | None
    terhapus: bool
    jabatan: Jabatan
    kursi: tuple[int, int, int]
    sisa: list[int]
    placed: list[tuple[int, int, str, int]] = field(default_factory=list)


def _seats(rng: Random) -> tuple[int, int, int]:
    roll, kind = rng.random(), rng.random()
    size = (
        rng.randrange(1, 4)
        if roll < 0.55
        else rng.randrange(4, 21)
        if roll < 0.93
        else rng.randrange(20, 101)
    )
    if kind < 0.12:
        return size, 0, 0
    if kind < 0.24:
        return 0, size, 0
    if kind < 0.3 and size > 1:
        return size // 2, size - size // 2, 0
    return 0, 0, size


class Vacancies:
    """All vacancies by id, and who fills them.

    Seats are given out in seeker order over whole lives, so a later end of the world changes nobody's placement.
    """

    def __init__(self, world: World, employers: Employers) -> None:
        self._world, self._employers = world, employers
        self._known: dict[int, Lowongan] = {}

    def get(self, identity: int) -> Lowongan:
        """The vacancy, built at first sight."""
        vacancy = self._known.get(identity)
        if vacancy is None:
            vacancy = self._known[identity] = self._build(identity)
        return vacancy

    def _build(self, identity: int) -> Lowongan:
        rng = self._world.rng(NAME, identity)
        opened = self._world.day(NAME, identity)
        closed = opened + rng.randrange(14, 61)
        withdrawn = rng.randrange(opened + 1, closed) if rng.random() < WITHDRAWN_SHARE else None
        employer = 1 + rng.randrange(self._employers.count(opened))
        seats = _seats(rng)
        sex = "L" if seats[0] and not seats[1] else "P" if seats[1] and not seats[0] else rng.choice("LP")
        return Lowongan(
            id=identity,
            pemberi=employer,
            buka=opened,
            tutup=closed,
            dihapus=withdrawn,
            terhapus=rng.random() < SOFT_DELETED_SHARE,
            jabatan=load().jabatan[sex].pick(rng),
            kursi=seats,
            sisa=list(seats),
        )

    def open_on(self, rng: Random, day: int, sex: str) -> Lowongan | None:
        """Some vacancy that takes applications of that sex on that day, or None after a few tries."""
        for vacancy in self._candidates(rng, day):
            if day <= vacancy.tutup and (vacancy.kursi[sex == "P"] or vacancy.kursi[2]):
                return vacancy
        return None

    def _candidates(self, rng: Random, day: int) -> Any:
        low, high = self._world.count(NAME, day - LOOKBACK_DAYS), self._world.count(NAME, day)
        for _ in range(TRIES if high > low else 0):
            vacancy = self.get(low + 1 + rng.randrange(high - low))
            if vacancy.dihapus is None and not vacancy.terhapus and day <= vacancy.tutup + GRACE_DAYS:
                yield vacancy

    def take_seat(self, rng: Random, day: int, sex: str) -> Lowongan | None:
        """A vacancy with a seat left, the seat now taken; None where no try finds one."""
        own = int(sex == "P")
        for vacancy in self._candidates(rng, day):
            seat = own if vacancy.sisa[own] else 2
            if vacancy.sisa[seat]:
                vacancy.sisa[seat] -= 1
                return vacancy
        return None

    def full_one(self, rng: Random, day: int, sex: str) -> Lowongan | None:
        """A vacancy whose seats are all given out already: one more placement exceeds its quota."""
        low, high = self._world.count(NAME, day - FULL_LOOKBACK_DAYS), self._world.count(NAME, day)
        full = (self.get(n) for n in range(high, low, -1))
        return next(
            (v for v in full if v.placed and not any(v.sisa) and (v.kursi[sex == "P"] or v.kursi[2])), None
        )

    def write(self) -> None:
        """Write every vacancy that the source shows, and label the placements above its quota."""
        for identity in range(1, self._world.count(NAME, self._world.until_day + EARLY_ENTRY_DAYS) + 1):
            vacancy = self.get(identity)
            known = sorted(p for p in vacancy.placed if p[3] <= self._world.until)
            shown = sorted(p for p in known if self._world.visible("penempatan", p[1], p[3]))
            for surplus in shown[sum(vacancy.kursi) :]:
                self._world.writer.fault("penempatan", surplus[1], "lowongan_id", "penempatan_melebihi_kuota")
            row, life = self._row(vacancy, known[: sum(vacancy.kursi)])
            contradiction = self._contradict(row) if self._world.dirt[NAME].kind(identity) else False
            if self._world.put(NAME, identity, row, life) and contradiction:
                self._world.writer.fault(NAME, identity, "status", "status_bertentangan")

    def _contradict(self, row: dict[str, Any]) -> bool:
        if self._world.dirt[NAME].kind(row["id"]) != "status_bertentangan":
            return False
        wrong = {"terpenuhi": "buka", "tutup": "terpenuhi"}.get(row["status"])
        if wrong is None:
            return False
        row["status"] = wrong
        return True

    def _state(
        self, v: Lowongan, filled: list[tuple[int, int, str, int]], horizon: int
    ) -> tuple[str, int | None, list[int]]:
        """Status, the day it became full, and the edits that made it so."""
        edits = [reported for _, _, _, reported in filled]
        full = max(start for start, *_ in filled) if len(filled) == sum(v.kursi) else None
        closing = (v.tutup + 1) * DAY_S + 1800
        if v.dihapus is not None and (withdrawn := v.dihapus * DAY_S + 40_000) <= horizon:
            return "dihapus", full, [*edits, withdrawn]
        if full is not None:
            return "terpenuhi", full, edits
        if closing <= horizon:
            return "tutup", None, [*edits, closing]
        return "buka", None, edits

    def _row(self, v: Lowongan, filled: list[tuple[int, int, str, int]]) -> tuple[dict[str, Any], Life]:
        rng, material = self._world.rng("baris/" + NAME, v.id), load()
        created = entry_instant(v.buka - rng.randrange(EARLY_ENTRY_DAYS + 1), rng.getrandbits(32))
        deleted = self._world.soft_delete(rng, created, 1.0) if v.terhapus else None
        status, full, edits = self._state(v, filled, self._world.horizon(deleted))
        education = rng.choice(("SD", "SMP", "SMA", "SMA", "SMK", "SMK", "D3", "S1"))
        pay = wage(rng, v.buka, 0.1) if rng.random() < 0.8 else None
        row = {
            "id": v.id, "pemberi_kerja_id": v.pemberi, "judul": v.jabatan.judul, "kode_jabatan": v.jabatan.kode,
            "jumlah_l": v.kursi[0], "jumlah_p": v.kursi[1], "jumlah_bebas": v.kursi[2],
            "pendidikan_minimal": education, "jurusan": rng.choice(material.lain["jurusan"].get(education, [None])),
            "usia_min": 18, "usia_max": rng.choice((25, 30, 35, 40, 45)),
            "jenis_kelamin": None if v.kursi[2] or all(v.kursi[:2]) else "L" if v.kursi[0] else "P",
            "kondisi_fisik": rng.choices(("Normal", "Disabilitas", None), (70, 3, 27))[0],
            "pengalaman_min_tahun": rng.choices((0, 1, 2, 3), (60, 22, 12, 6))[0],
            "keterampilan": rng.choice(material.lain["keterampilan"]), "upah_min": pay,
            "upah_max": None if pay is None else pay + rng.randrange(0, 900) * 1000,
            "jenis_hubungan_kerja": rng.choice(("PKWT", "PKWT", "PKWTT", "Harian")),
            "kode_wilayah": self._employers.get(v.pemberi).desa.kode,
            "tanggal_buka": iso_date(v.buka), "tanggal_tutup": iso_date(v.tutup),
            "terisi_l": sum(p[2] == "L" for p in filled), "terisi_p": sum(p[2] == "P" for p in filled),
            "tanggal_terpenuhi": None if full is None else iso_date(full), "status": status,
            "tanggal_dihapus": iso_date(v.dihapus) if status == "dihapus" and v.dihapus is not None else None,
        }  # fmt: skip
        return row, Life(created, edits, deleted)
