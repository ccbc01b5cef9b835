"""Records that were entered at the centre itself, in SIAPkerja's record format (siapkerja.md § Records).

About one for a hundred of ours. A third of the seekers among them share the NIK of one of ours.
"""

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.dunia import SIZES, World
from batang_assets.sandbox.world.kalender import entry_instant
from batang_assets.sandbox.world.orang import Orang, build_person, wage
from batang_assets.sandbox.world.pemberi import Employers
from batang_assets.sandbox.world.pencari import CARD_MONTHS, Seekers
from batang_assets.sandbox.world.waktu import add_months, iso_date

ONE_IN = 100
LEAST = 3
EDUCATION_CODES = {"Tidak/Belum Tamat SD": "TIDAK_TAMAT_SD"}
# Central rows of seekers stand in the truth table `orang` under this name.
TRUTH_NAME = "pusat/pencari-kerja"


class Centre:
    """Writes what the centre holds of its own."""

    def __init__(self, world: World, seekers: Seekers, employers: Employers) -> None:
        self._world, self._seekers, self._employers = world, seekers, employers

    def write(self) -> None:
        """Write the three domains in which people register at the centre."""
        for domain, build in (
            ("pencari-kerja", self._seeker), ("pemberi-kerja", self._employer), ("lowongan", self._vacancy),
        ):  # fmt: skip
            ours = self._world.calendar[domain].count(self._world.until_day)
            step = max(1, min(ONE_IN, self._size(domain) // LEAST))
            for number in range(1, ours // step + 1):
                day = self._world.day(domain, number * step)
                changed = entry_instant(day, self._world.hash("pusat/" + domain, number))
                if changed <= self._world.until:
                    build(number, day, changed, number * step)

    def _size(self, domain: str) -> int:
        per_1000, minimum, _ = SIZES[domain]
        return max(minimum, round(self._world.people * per_1000 / 1000))

    def _seeker(self, number: int, day: int, changed: int, ours: int) -> None:
        rng = self._world.rng("pusat/pencari-kerja", number)
        person: Orang | None = None
        if number % 3 == 0:
            shared = self._seekers.someone(ours - 1, rng.getrandbits(40))
            person = self._seekers.person(shared) if shared else None
        twin = person is not None
        person = person or build_person(self._world.rng("orang/pusat", number), number * 10 + 4, day)
        job = load().jabatan[person.sex].pick(rng) if twin else person.jabatan
        data = {
            "nik": person.nik, "nama": person.nama.upper() if twin else person.nama, "tempat_lahir": "Batang",
            "tanggal_lahir": iso_date(person.lahir), "jenis_kelamin": person.sex,
            "kode_wilayah": (person.desa if twin else person.domisili).kode.replace(".", ""),
            "alamat": f"{rng.choice(load().lain['jalan'])} {rng.randrange(1, 90)}", "no_hp": "+62" + person.hp[1:],
            "email": None, "pendidikan": EDUCATION_CODES.get(person.pendidikan, person.pendidikan), "jurusan": None,
            "tahun_lulus": person.tahun_lulus, "disabilitas": "TIDAK", "status_bekerja": "BELUM",
            "kode_jabatan_diminati": job.kode, "versi_kbji": "2014", "luar_negeri": rng.random() < 0.15,
            "tanggal_daftar": iso_date(day), "tanggal_kedaluwarsa": iso_date(add_months(day, CARD_MONTHS)),
            "status": "AKTIF",
        }  # fmt: skip
        self._world.writer.central("pencari-kerja", f"SK-PK-{number:07d}", changed, data)
        self._world.writer.person(TRUTH_NAME, number, person.orang_id)

    def _employer(self, number: int, day: int, changed: int, _ours: int) -> None:
        rng, material = self._world.rng("pusat/pemberi-kerja", number), load()
        words, kbli = material.lain, material.usaha.pick(rng)[0]
        data = {
            "nama": f"PT {rng.choice(words['nama_usaha'])} Pusat", "nib": f"{rng.randrange(10**12, 10**13)}",
            "npwp": f"{rng.randrange(10**15, 10**16)}", "kode_wlkp": None, "kode_kbli": kbli, "versi_kbli": "2020",
            "kode_wilayah": material.desa_berbobot.pick(rng).kode.replace(".", ""),
            "alamat": rng.choice(words["jalan"]), "telepon": None, "email": None,
            "tenaga_kerja_l": rng.randrange(5, 200), "tenaga_kerja_p": rng.randrange(5, 200),
        }  # fmt: skip
        self._world.writer.central("pemberi-kerja", f"SK-PB-{number:07d}", changed, data)

    def _vacancy(self, number: int, day: int, changed: int, _ours: int) -> None:
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
        self._world.writer.central("lowongan", f"SK-LW-{number:07d}", changed, data)
