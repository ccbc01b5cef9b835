"""Training runs (pelatihan) and their trainees (peserta-pelatihan), most of whom are registered seekers."""

from dataclasses import dataclass
from datetime import date
from random import Random

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.orang import Orang, build_person
from batang_assets.sandbox.world.pencari import NAME as SEEKERS
from batang_assets.sandbox.world.pencari import Seekers
from batang_assets.sandbox.world.waktu import DAY_S, iso_date

RUN, TRAINEE = "pelatihan", "peserta-pelatihan"
SEEKER_SHARE = 0.6
SMALL_WORLD = 5_000


@dataclass(frozen=True, slots=True)
class Run:
    """A training run: announced, then held between two days."""

    id: int
    announced: int
    start: int
    end: int
    seats: int


class Trainings:
    """Writes runs and, numbered in run order, their trainees."""

    def __init__(self, world: World, seekers: Seekers) -> None:
        self._world, self._seekers = world, seekers
        self._seats = (16, 20) if world.people < SMALL_WORLD else (16, 20, 32, 48, 64, 80)
        self._last_id = 0

    def write(self) -> None:
        """Write every run that the source shows, with its trainees."""
        for identity in range(1, self._world.count(RUN, self._world.until_day) + 1):
            rng = self._world.rng(RUN, identity)
            announced = self._world.day(RUN, identity)
            start = announced + rng.randrange(25, 50)
            days = rng.choice((10, 15, 20, 30, 45))
            run = Run(identity, announced, start, start + days, rng.choice(self._seats))
            self._write_run(rng, run)
            for _ in range(run.seats - rng.randrange(3)):
                self._write_trainee(run)

    def _write_run(self, rng: Random, run: Run) -> None:
        words = load().lain
        program, field_name = rng.choice(words["program_pelatihan"])
        kind = rng.choices(("BLK", "LPK", "perusahaan"), (35, 55, 10))[0]
        fund = rng.choice(
            {"BLK": ("APBD", "APBN"), "LPK": ("APBD", "mandiri", "swasta")}.get(kind, ("swasta",))
        )
        budget = run.seats * rng.randrange(2_000, 5_000) * 1000
        spent = int(budget * rng.uniform(0.85, 1.0))
        finished = (run.end + 3) * DAY_S + 36_000
        created = run.announced * DAY_S + 30_000 + rng.randrange(20_000)
        row = {
            "id": run.id, "nama_program": program, "kejuruan": field_name,
            "lembaga": rng.choice(words["lembaga"][kind]),
            "jenis_lembaga": kind, "sumber_dana": fund,
            "kode_sub_kegiatan": rng.choice(words["kode_sub_kegiatan"]) if fund == "APBD" else None,
            "tahun_anggaran": date.fromordinal(run.start).year, "pagu": budget,
            "realisasi": spent if finished <= self._world.until else None, "tanggal_mulai": iso_date(run.start),
            "tanggal_selesai": iso_date(run.end), "jam_pelatihan": (run.end - run.start) * 8, "kuota": run.seats,
            "kode_wilayah": load().desa_berbobot.pick(rng).kode,
        }  # fmt: skip
        self._world.put(RUN, run.id, row, Life(created, [finished]))

    def _someone(self, rng: Random, identity: int, day: int) -> Orang:
        if rng.random() < SEEKER_SHARE:
            seeker = self._seekers.someone(self._world.count(SEEKERS, day), rng.getrandbits(40))
            if seeker is not None:
                return self._seekers.person(seeker)
        return build_person(self._world.rng("orang/" + TRAINEE, identity), identity * 10 + 1, day)

    def _write_trainee(self, run: Run) -> None:
        self._last_id += 1
        identity = self._last_id
        rng = self._world.rng(TRAINEE, identity)
        joined = run.start - rng.randrange(4, 24)
        created = joined * DAY_S + rng.randrange(7 * 3600, 21 * 3600)
        person = self._someone(rng, identity, joined)
        if created > self._world.until:
            return
        roll = rng.random()
        result = "lulus" if roll < 0.9 else "tidak_lulus" if roll < 0.95 else "mundur"
        last = run.start + (run.end - run.start) // 2 if result == "mundur" else run.end + 2
        steps = [
            ("mengikuti", run.start * DAY_S + 32_000),
            (result, last * DAY_S + 50_000 + rng.randrange(9000)),
        ]
        deleted = self._world.soft_delete(rng, created, 0.004)
        horizon = self._world.horizon(deleted)
        status = [("terdaftar", created), *((s, t) for s, t in steps if t <= horizon)][-1][0]
        passed = status == "lulus"
        row = {
            "id": identity, "pelatihan_id": run.id, "nik": person.nik, "nama_lengkap": person.nama,
            "tanggal_lahir": iso_date(person.lahir), "jenis_kelamin": person.sex,
            "kode_wilayah": person.domisili.kode,
            "pendidikan_terakhir": person.pendidikan, "status": status,
            "nomor_sertifikat": f"SRT/{run.id:05d}/{identity:07d}" if passed else None,
            "tanggal_sertifikat": iso_date(last) if passed else None,
        }  # fmt: skip
        if self._world.put(TRAINEE, identity, row, Life(created, [t for _, t in steps], deleted)):
            self._world.writer.person(TRAINEE, identity, person.orang_id)
