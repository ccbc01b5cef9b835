"""Employed residents (penduduk-bekerja), as companies, villages and people themselves report them."""

from typing import Any

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.kalender import entry_instant
from batang_assets.sandbox.world.orang import AGES_EMPLOYED, Orang, build_person, wage
from batang_assets.sandbox.world.pemberi import Employers
from batang_assets.sandbox.world.pencari import NAME as SEEKERS
from batang_assets.sandbox.world.pencari import Seekers
from batang_assets.sandbox.world.waktu import DAY_S, iso_date

NAME = "penduduk-bekerja"
# Sakernas job status 1–7, shares in percent for a regency of factories, farms and fishing (approximate).
STATUS_PCT = (20, 13, 3.5, 42, 4, 6, 11.5)
SEEKER_SHARE = 0.15


class Residents:
    """Writes the employed residents."""

    def __init__(self, world: World, seekers: Seekers, employers: Employers) -> None:
        self._world, self._seekers, self._employers = world, seekers, employers

    def _someone(self, identity: int, day: int) -> Orang:
        """Sometimes a seeker who has found work since; else somebody whom Batang Career does not know."""
        number = self._world.hash("bekerja", identity)
        if number % 100 < SEEKER_SHARE * 100:
            seeker = self._seekers.someone(self._world.count(SEEKERS, day - 90), number >> 8)
            if seeker is not None:
                life = self._seekers.life(seeker)
                if life.exit == "ditempatkan" and life.exit_day < day:
                    return life.orang
        rng = self._world.rng("orang/" + NAME, identity)
        return build_person(rng, identity * 10 + 3, day, ages=AGES_EMPLOYED, men_pct=60)

    def write(self) -> None:
        """Write every row that the source shows."""
        for identity in range(1, self._world.count(NAME, self._world.until_day) + 1):
            day = self._world.day(NAME, identity)
            person = self._someone(identity, day)
            if self._world.put(NAME, identity, *self._row(identity, day, person)):
                self._world.writer.person(NAME, identity, person.orang_id)

    def _row(self, identity: int, day: int, person: Orang) -> tuple[dict[str, Any], Life]:
        rng, material = self._world.rng(NAME, identity), load()
        created = entry_instant(day, rng.getrandbits(32))
        status = rng.choices(range(1, 8), STATUS_PCT)[0]
        employer = None
        if status == 4 and rng.random() < 0.5:
            employer = self._employers.get(1 + rng.randrange(self._employers.count(day)))
        kbli = employer.kbli if employer else material.usaha.pick(rng)[0]
        started = max(person.lahir + 15 * 366, day - int(rng.expovariate(1 / 1200)) - 1)
        quits = created + rng.randrange(30, 500) * DAY_S if rng.random() < 0.2 else None
        deleted = self._world.soft_delete(rng, created)
        gone = quits is not None and quits <= self._world.horizon(deleted)
        row = {
            "id": identity, "nik": person.nik, "nama_lengkap": person.nama,
            "tanggal_lahir": iso_date(person.lahir), "jenis_kelamin": person.sex,
            "kode_wilayah": person.domisili.kode, "pendidikan_terakhir": person.pendidikan,
            "pemberi_kerja_id": employer.id if employer else None,
            "nama_usaha": employer.nama if employer else f"Usaha {rng.choice(material.lain['nama_usaha'])}",
            "kode_kbli": kbli, "kode_jabatan": person.jabatan.kode, "jabatan": person.jabatan.judul,
            "status_pekerjaan": status, "tanggal_mulai": iso_date(started),
            "tanggal_selesai": iso_date(quits // DAY_S) if gone and quits is not None else None,
            "jam_kerja_seminggu": min(84, max(6, int(rng.gauss(43, 10)))),
            "upah": wage(rng, day, 0.25) if status in (4, 5, 6) else None,
            "sumber": "perusahaan" if employer else rng.choice(("desa", "desa", "mandiri")),
            "tanggal_pendataan": iso_date(day),
        }  # fmt: skip
        return row, Life(created, [quits] if quits else [], deleted)
