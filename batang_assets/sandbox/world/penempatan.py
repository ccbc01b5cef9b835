"""Placements (penempatan): what employers report of seekers who found work, and of people who never registered."""

from random import Random
from typing import Any

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.lowongan import Lowongan, Vacancies
from batang_assets.sandbox.world.orang import Orang, build_person, wage
from batang_assets.sandbox.world.pemberi import Employers
from batang_assets.sandbox.world.pencari import Seeker
from batang_assets.sandbox.world.waktu import DAY_S, iso_date

NAME = "penempatan"
THROUGH_VACANCY_SHARE = 0.7
REGISTERED_EMPLOYER_SHARE = 0.6


def _fund(roll: float) -> str:
    return "APBD" if roll < 0.4 else "APBN" if roll < 0.5 else "swasta" if roll < 0.8 else "mandiri"


class Placements:
    """Numbers placements in seeker order over whole lives (stable under a later end) and writes the known ones."""

    def __init__(self, world: World, employers: Employers, vacancies: Vacancies) -> None:
        self._world, self._employers, self._vacancies = world, employers, vacancies
        self._last_id = 0

    def of(self, seeker: Seeker) -> Lowongan | None:
        """Record the seeker's placement (and strangers' whose turn it is). Returns the vacancy, if any."""
        if seeker.exit != "ditempatkan":
            return None
        self._last_id += 1
        while self._world.dirt[NAME].kind(self._last_id) == "penempatan_tanpa_pendaftaran":
            self._stranger(self._last_id, seeker)
            self._last_id += 1
        identity = self._last_id
        rng = self._world.rng(NAME, identity)
        kind = self._world.dirt[NAME].kind(identity)
        start, vacancy = seeker.exit_day, None
        if kind == "penempatan_sebelum_pendaftaran":
            start = seeker.day - rng.randrange(5, 60)
        elif kind == "penempatan_melebihi_kuota":
            vacancy = self._vacancies.full_one(rng, start, seeker.orang.sex)
        elif rng.random() < THROUGH_VACANCY_SHARE:
            vacancy = self._vacancies.take_seat(rng, start, seeker.orang.sex)
        if vacancy is not None:
            vacancy.placed.append((start, identity, seeker.orang.sex, seeker.exit_entry))
        if seeker.exit_entry <= self._world.until:
            self._write(rng, identity, seeker.orang, seeker.id, start, seeker.exit_entry, vacancy)
            if start < seeker.day and self._world.visible(NAME, identity, seeker.exit_entry):
                self._world.writer.fault(NAME, identity, "tanggal_mulai", "penempatan_sebelum_pendaftaran")
        return vacancy

    def _stranger(self, identity: int, near: Seeker) -> None:
        rng = self._world.rng(NAME, identity)
        person = build_person(self._world.rng("orang/" + NAME, identity), identity * 10 + 2, near.exit_day)
        self._write(rng, identity, person, None, near.exit_day, near.exit_entry, None)
        if self._world.visible(NAME, identity, near.exit_entry):
            self._world.writer.fault(NAME, identity, "pencari_kerja_id", "penempatan_tanpa_pendaftaran")

    def _write(
        self,
        rng: Random,
        identity: int,
        o: Orang,
        seeker: int | None,
        start: int,
        entry: int,
        v: Lowongan | None,
    ) -> None:
        row = {
            "id": identity, "pencari_kerja_id": seeker, "nik": o.nik, "nama_lengkap": o.nama,
            "tanggal_lahir": iso_date(o.lahir), "jenis_kelamin": o.sex, "lowongan_id": v.id if v else None,
        }  # fmt: skip
        row.update(self._receiver(rng, start, v))
        job = v.jabatan if v else o.jabatan
        funded = rng.random()
        row.update({
            "kode_jabatan": job.kode, "jabatan": job.judul, "tanggal_mulai": iso_date(start),
            "tanggal_lapor": iso_date(entry // DAY_S), "upah": wage(rng, start),
            "jenis_hubungan_kerja": rng.choice(("PKWT", "PKWT", "PKWTT", "Harian")),
            "sumber_dana": _fund(funded),
            "kode_sub_kegiatan": rng.choice(load().lain["kode_sub_kegiatan"]) if funded < 0.4 else None,
        })  # fmt: skip
        edits = [entry + rng.randrange(5, 60) * DAY_S] if rng.random() < 0.1 else []
        if self._world.put(NAME, identity, row, Life(entry, edits)):
            self._world.writer.person(NAME, identity, o.orang_id)

    def _receiver(self, rng: Random, start: int, vacancy: Lowongan | None) -> dict[str, Any]:
        words, roll = load().lain, rng.random()
        if vacancy is not None or roll < REGISTERED_EMPLOYER_SHARE:
            number = vacancy.pemberi if vacancy else 1 + rng.randrange(self._employers.count(start))
            employer = self._employers.get(number)
            return {
                "pemberi_kerja_id": number, "nama_pemberi_kerja": employer.nama,
                "jenis_penerima": employer.jenis_penerima, "jenis_antar_kerja": "AKL",
                "kode_wilayah_penempatan": employer.desa.kode, "negara": None,
            }  # fmt: skip
        name = f"{rng.choice(words['nama_usaha'])} {rng.choice(words['nama_belakang'])}"
        abroad = roll > 0.86
        return {
            "pemberi_kerja_id": None, "nama_pemberi_kerja": name,
            "jenis_penerima": rng.choice(("perusahaan swasta", "perusahaan swasta", "perorangan")),
            "jenis_antar_kerja": "AKAN" if abroad else "AKAD",
            "kode_wilayah_penempatan": None if abroad else rng.choice(words["tujuan_akad"]),
            "negara": rng.choice(words["tujuan_akan"]) if abroad else None,
        }  # fmt: skip
