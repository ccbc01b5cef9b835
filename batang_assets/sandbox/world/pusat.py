"""Records that were entered at the centre itself, in SIAPkerja's record format (siapkerja.md § Records).

Some are people of ours with other details, some only the centre has, some moved away, lapsed, were withdrawn, or
count by another definition; some have no NIK. The truth table ``pusat`` says of each which cause it must be found
under.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.dunia import SIZES, World
from batang_assets.sandbox.world.ekor import in_tail
from batang_assets.sandbox.world.kalender import entry_instant
from batang_assets.sandbox.world.orang import Orang, build_person, wage
from batang_assets.sandbox.world.pemberi import Employers
from batang_assets.sandbox.world.pencari import CARD_MONTHS, Seeker, Seekers
from batang_assets.sandbox.world.pencari import NAME as SEEKERS
from batang_assets.sandbox.world.waktu import add_months, iso_date

# One record of the centre for so many of ours, and how many at least.
ONE_IN = {"pencari-kerja": 50, "pemberi-kerja": 100, "lowongan": 100}
LEAST = {"pencari-kerja": 18, "pemberi-kerja": 4, "lowongan": 4}
EDUCATION_CODES = {"Tidak/Belum Tamat SD": "TIDAK_TAMAT_SD"}
# Central rows of seekers stand in the truth table `orang` under this name.
TRUTH_NAME = "pusat/pencari-kerja"
# Next door: Pekalongan, Kendal, Kota Pekalongan.
NEIGHBOURS = ("3326132003", "3324072001", "3375031002")
TRIES = 40
# A search for a seeker of a kind ends here: in a large world one that has run out would be looked for among all.
FARTHEST = 25_000


@dataclass(frozen=True)
class Kind:
    """A kind of central record. ``cause``: under which it must be found, None if it does not count; ``known``: how
    its subject is known to be one of ours, None if it is nobody of ours. ``fault``, ``deleted``: what is wrong with
    the row of ours, and whether it was deleted there."""

    name: str
    cause: str | None
    known: str | None = None
    fault: str | None = None
    deleted: bool = False


ALONE = Kind("hanya_pusat", "entri_pusat")
# In this order, over and over: a world of any size has each.
SEEKER_KINDS = (
    Kind("rincian_lain", "ganda_di_pusat", "pengenal"),
    ALONE,
    Kind("tanpa_nik_milik_daerah", "ganda_di_pusat", "tautan"),
    Kind("tanpa_nik", "entri_pusat"),
    Kind("pindah", "domisili"),
    Kind("ditarik", None),
    Kind("kedaluwarsa", "kedaluwarsa"),
    Kind("definisi_lain", "definisi"),
    Kind("dihapus_daerah", "dihapus_di_daerah", "pengenal", deleted=True),
    Kind("dikarantina_daerah", "dikarantina", "pengenal", fault="usia_di_bawah_15"),
)


class Centre:
    """Writes what the centre holds of its own."""

    def __init__(self, world: World, seekers: Seekers, employers: Employers) -> None:
        self._world, self._seekers, self._employers = world, seekers, employers
        self._taken: set[int] = set()

    def write(self) -> None:
        """Write the three domains in which people register at the centre."""
        for domain, build in (
            ("pencari-kerja", self._seeker), ("pemberi-kerja", self._employer), ("lowongan", self._vacancy),
        ):  # fmt: skip
            ours = self._world.calendar[domain].count(self._world.until_day)
            step = max(1, min(ONE_IN[domain], self._size(domain) // LEAST[domain]))
            for number in range(1, ours // step + 1):
                day = self._world.day(domain, number * step)
                changed = entry_instant(day, self._world.hash("pusat/" + domain, number))
                if changed <= self._world.until:
                    build(number, day, changed)

    def _size(self, domain: str) -> int:
        per_1000, minimum, _ = SIZES[domain]
        return max(minimum, round(self._world.people * per_1000 / 1000))

    def _seeker(self, number: int, day: int, changed: int) -> None:
        rng = self._world.rng(TRUTH_NAME, number)
        kind = SEEKER_KINDS[(number - 1) % len(SEEKER_KINDS)]
        twin = self._one_of_ours(kind, rng, day) if kind.known else None
        if kind.known and twin is None:
            kind = ALONE
        person = (
            twin.orang if twin else build_person(self._world.rng("orang/pusat", number), number * 10 + 4, day)
        )
        identity = f"SK-PK-{number:07d}"
        data = None if kind.cause is None else self._seeker_data(kind, person, rng, day)
        self._world.writer.central("pencari-kerja", identity, changed, data)
        self._world.writer.central_label(
            "pencari-kerja",
            identity,
            (kind.name, kind.cause, kind.known, f"batang:pencari-kerja:{twin.id}" if twin else None),
        )
        self._world.writer.person(TRUTH_NAME, number, person.orang_id)

    def _one_of_ours(self, kind: Kind, rng: Random, day: int) -> Seeker | None:
        """A seeker of the kind who registered by then, each at most once; None where none is near."""
        world = self._world
        count, start = world.count(SEEKERS, day), rng.getrandbits(40)
        for n in range(min(count, FARTHEST)):
            identity = 1 + (start + n) % count
            if world.dirt[SEEKERS].kind(identity) != kind.fault or in_tail(world.seed, SEEKERS, identity):
                continue
            seeker = self._seekers.life(identity)
            deleted = seeker.deleted is not None and seeker.deleted <= world.until
            shown = world.visible(SEEKERS, identity, seeker.created)
            if shown and deleted == kind.deleted and identity not in self._taken:
                self._taken.add(identity)
                return seeker
        return None

    def _seeker_data(self, kind: Kind, person: Orang, rng: Random, day: int) -> dict[str, Any]:
        """The record; a person of ours is written otherwise there: capitals, another address, job and education."""
        ours = kind.known is not None
        home = person.domisili.kode.replace(".", "")
        expiry = add_months(day, CARD_MONTHS)
        if kind.name == "kedaluwarsa":
            expiry = min(expiry, self._world.until_day - rng.randrange(5, 200))
        return {
            "nik": None if kind.name.startswith("tanpa_nik") else person.nik,
            "nama": person.nama.upper() if ours else person.nama, "tempat_lahir": "Batang",
            "tanggal_lahir": iso_date(person.lahir), "jenis_kelamin": person.sex,
            "kode_wilayah": rng.choice(NEIGHBOURS) if kind.name == "pindah" else home,
            "alamat": f"{rng.choice(load().lain['jalan'])} {rng.randrange(1, 90)}", "no_hp": "+62" + person.hp[1:],
            "email": None, "pendidikan": EDUCATION_CODES.get(person.pendidikan, person.pendidikan), "jurusan": None,
            "tahun_lulus": person.tahun_lulus, "disabilitas": "TIDAK", "status_bekerja": "BELUM",
            "kode_jabatan_diminati": (load().jabatan[person.sex].pick(rng) if ours else person.jabatan).kode,
            "versi_kbji": "2014", "luar_negeri": rng.random() < 0.15,
            "tanggal_daftar": iso_date(min(day, expiry)), "tanggal_kedaluwarsa": iso_date(expiry),
            "status": "DIHAPUS" if kind.name == "definisi_lain" else "AKTIF",
        }  # fmt: skip

    def _employer(self, number: int, day: int, changed: int) -> None:
        rng, material = self._world.rng("pusat/pemberi-kerja", number), load()
        words, kbli = material.lain, material.usaha.pick(rng)[0]
        twin = self._sound_employer(rng, day) if number % 2 == 0 else None
        data = {
            "nama": (twin.nama.upper() if twin else f"PT {rng.choice(words['nama_usaha'])} Pusat"),
            "nib": twin.nib if twin else f"{rng.randrange(10**12, 10**13)}",
            "npwp": f"{rng.randrange(10**15, 10**16)}", "kode_wlkp": None, "kode_kbli": kbli, "versi_kbli": "2020",
            "kode_wilayah": material.desa_berbobot.pick(rng).kode.replace(".", ""),
            "alamat": rng.choice(words["jalan"]), "telepon": None, "email": None,
            "tenaga_kerja_l": rng.randrange(5, 200), "tenaga_kerja_p": rng.randrange(5, 200),
        }  # fmt: skip
        identity = f"SK-PB-{number:07d}"
        self._world.writer.central("pemberi-kerja", identity, changed, data)
        label = (ALONE.name, ALONE.cause, None, None)
        if twin:
            label = ("rincian_lain", "ganda_di_pusat", "pengenal", f"batang:pemberi-kerja:{twin.id}")
        self._world.writer.central_label("pemberi-kerja", identity, label)

    def _sound_employer(self, rng: Random, day: int) -> Any:
        """One of our employers whose row nothing is wrong with, or None."""
        plan = self._world.dirt["pemberi-kerja"]
        count, start = self._employers.count(day), rng.getrandbits(40)
        chosen = (1 + (start + n) % count for n in range(TRIES))
        return next(
            (self._employers.get(identity) for identity in chosen if plan.kind(identity) is None), None
        )

    def _vacancy(self, number: int, day: int, changed: int) -> None:
        rng = self._world.rng("pusat/lowongan", number)
        employer = self._employers.get(1 + rng.randrange(self._employers.count(day)))
        job, pay, closing = load().jabatan["L"].pick(rng), wage(rng, day, 0.1), day + rng.randrange(20, 60)
        data = {
            "id_daerah_pemberi_kerja": f"batang:pemberi-kerja:{employer.id}", "judul": job.judul,
            "kode_jabatan": job.kode, "versi_kbji": "2014", "jumlah_l": 0, "jumlah_p": 0,
            "jumlah_bebas": rng.randrange(1, 10), "pendidikan_minimal": "SMA", "usia_min": 18, "usia_max": 35,
            "jenis_kelamin": None, "kondisi_fisik": None, "pengalaman_min_tahun": 0, "upah_min": pay,
            "upah_max": pay + 500_000, "kode_wilayah": employer.desa.kode.replace(".", ""),
            "tanggal_buka": iso_date(day), "tanggal_tutup": iso_date(closing), "terisi": 0,
            "status": "TUTUP" if closing < self._world.until_day else "BUKA",
        }  # fmt: skip
        identity = f"SK-LW-{number:07d}"
        self._world.writer.central("lowongan", identity, changed, data)
        self._world.writer.central_label("lowongan", identity, (ALONE.name, ALONE.cause, None, None))
