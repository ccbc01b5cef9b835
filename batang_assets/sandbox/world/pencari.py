"""Job seekers (pencari-kerja): a life of registration, reports and at most one exit, and what is shown of it.

Lapse is a rule of ours, not a status of the source: six calendar months after the last report or the card's expiry
two years after registration, whichever is earlier (DOMAIN.md § 3).
"""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.kalender import entry_instant
from batang_assets.sandbox.world.orang import Orang, build_person, wage
from batang_assets.sandbox.world.waktu import DAY_S, add_months, iso_date

NAME = "pencari-kerja"
REPORT_MONTHS = 6
CARD_MONTHS = 24
REPORT_AGAIN_SHARE = 0.55
LATE_ENTRY_SHARE = 0.08
PLACED_SHARE = 0.19
REMOVED_SHARE = 0.06
# Kinds whose row is not the person as everybody else knows them.
NOT_THEMSELVES = ("orang_ganda", "usia_di_bawah_15")


@dataclass(slots=True)
class Seeker:
    """A whole life, whatever the end of the world. Days are ordinals; ``reports`` are (day, instant keyed in)."""

    id: int
    day: int
    created: int
    orang: Orang
    kind: str | None
    reports: list[tuple[int, int]]
    exit: str | None = None
    exit_day: int = 0
    exit_entry: int = 0
    deleted: int | None = None
    profile_edits: list[int] = field(default_factory=list)

    @property
    def expiry(self) -> int:
        """The day the card ends."""
        return add_months(self.day, CARD_MONTHS)

    def lapse(self, last_report: int) -> int:
        """The day of lapse after that report."""
        return min(add_months(last_report, REPORT_MONTHS), self.expiry)


class Seekers:
    """Seekers by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.person = lru_cache(maxsize=20_000)(self._person)

    def _person(self, identity: int) -> Orang:
        """Who the seeker is; a second registration of someone gives that person with a mistyped NIK."""
        world = self._world
        kind = world.dirt[NAME].kind(identity)
        if kind == "orang_ganda" and identity > 1:
            first = self.someone(identity - 1, world.hash("ganda", identity))
            if first is not None:
                twin = self._person(first)
                serial = (int(twin.nik[12:]) + 1 + world.hash("ketik", identity) % 9) % 9999 or 9999
                return replace(twin, nik=twin.nik[:12] + f"{serial:04d}")
        day = world.day(NAME, identity)
        return build_person(
            world.rng("orang", identity), identity * 10, day, young=kind == "usia_di_bawah_15"
        )

    def someone(self, count: int, number: int) -> int | None:
        """The id of some seeker among the first `count` who is registered as themselves, or None."""
        plan = self._world.dirt[NAME]
        for n in range(5 if count > 0 else 0):
            identity = 1 + (number + n * 7919) % count
            if plan.kind(identity) not in NOT_THEMSELVES:
                return identity
        return None

    def life(self, identity: int) -> Seeker:
        """The seeker's whole life."""
        world, rng = self._world, self._world.rng(NAME, identity)
        day = world.day(NAME, identity)
        created = entry_instant(day, rng.getrandbits(32))
        seeker = Seeker(
            identity, day, created, self.person(identity), world.dirt[NAME].kind(identity), [(day, created)]
        )
        self._report(seeker, rng)
        self._leave(seeker, rng)
        end = seeker.exit_day or seeker.lapse(seeker.reports[-1][0])
        if rng.random() < 0.3 and end > day + 2:
            seeker.profile_edits.append(rng.randrange(day + 1, end) * DAY_S + rng.randrange(DAY_S))
        seeker.deleted = world.soft_delete(rng, created) if seeker.exit is None else None
        return seeker

    @staticmethod
    def _report(seeker: Seeker, rng: Random) -> None:
        last = seeker.day
        while rng.random() < REPORT_AGAIN_SHARE:
            last += rng.randrange(90, 178)
            if last >= seeker.expiry:
                return
            late = rng.randrange(3, 30) if rng.random() < LATE_ENTRY_SHARE else 0
            seeker.reports.append((last, (last + late) * DAY_S + rng.randrange(7 * 3600, 21 * 3600)))

    @staticmethod
    def _leave(seeker: Seeker, rng: Random) -> None:
        roll = rng.random()
        latest = seeker.lapse(seeker.reports[-1][0]) - 1
        if seeker.kind == "status_bertentangan":
            seeker.exit, seeker.exit_day = "dihapus", seeker.day + rng.randrange(15, 50)
        elif seeker.kind in NOT_THEMSELVES:
            return
        elif roll < PLACED_SHARE:
            seeker.exit = "ditempatkan"
            seeker.exit_day = min(seeker.day + 3 + int(rng.expovariate(1 / 80)), latest)
        elif roll < PLACED_SHARE + REMOVED_SHARE:
            seeker.exit, seeker.exit_day = "dihapus", rng.randrange(seeker.day + 10, latest)
        else:
            return
        wait = rng.random()
        delay = (
            rng.randrange(14)
            if wait < 0.7
            else rng.randrange(15, 60)
            if wait < 0.95
            else rng.randrange(60, 120)
        )
        if seeker.exit == "dihapus":
            delay = 0
        seeker.exit_entry = (seeker.exit_day + delay) * DAY_S + rng.randrange(8 * 3600, 17 * 3600)
        # Nobody reports after leaving, and the clerk keys in older reports before closing the card.
        seeker.reports = [(d, min(t, seeker.exit_entry)) for d, t in seeker.reports if d <= seeker.exit_day]

    def write(self, seeker: Seeker) -> None:
        """Write the seeker as the source shows it, and the truth about it."""
        world = self._world
        known_until = world.horizon(seeker.deleted)
        reports = [day for day, entered in seeker.reports if entered <= known_until] or [seeker.day]
        left = seeker.exit if seeker.exit and seeker.exit_entry <= world.until else None
        edits = [entered for _, entered in seeker.reports] + seeker.profile_edits
        if left:
            edits.append(seeker.exit_entry)
        row = self._row(seeker, reports[-1], left)
        if not world.put(NAME, seeker.id, row, Life(seeker.created, edits, seeker.deleted)):
            return
        world.writer.person(NAME, seeker.id, seeker.orang.orang_id)
        self._label(seeker, left)
        gone, gone_day = (left, seeker.exit_day) if left else (None, None)
        if not left and seeker.lapse(reports[-1]) <= world.until_day:
            gone, gone_day = "kedaluwarsa", seeker.lapse(reports[-1])
        world.writer.event(
            seeker.id, iso_date(seeker.day), gone, None if gone_day is None else iso_date(gone_day),
            seeker.orang.sex, iso_date(seeker.orang.lahir), row["deleted_at"],
        )  # fmt: skip

    def _label(self, seeker: Seeker, left: str | None) -> None:
        """Faults that are in the life, not in the spelling."""
        duplicate = seeker.kind == "orang_ganda" and seeker.orang.orang_id != seeker.id * 10
        column = {
            "orang_ganda": "nik" if duplicate else None,
            "usia_di_bawah_15": "tanggal_lahir",
            "status_bertentangan": "status" if left else None,
        }.get(seeker.kind or "")
        if column and seeker.kind:
            self._world.writer.fault(NAME, seeker.id, column, seeker.kind)

    def _row(self, s: Seeker, last_report: int, left: str | None) -> dict[str, Any]:
        rng, words, o = self._world.rng("baris/" + NAME, s.id), load().lain, s.orang
        edited = any(t <= self._world.horizon(s.deleted) for t in s.profile_edits)
        status = "aktif" if s.kind == "status_bertentangan" else left or "aktif"
        removed = left == "dihapus"
        reason = rng.choice(words["alasan_dihapus"])
        row: dict[str, Any] = {
            "id": s.id, "nomor_pendaftaran": f"AK1/3325/{date.fromordinal(s.day).year}/{s.id:07d}", "nik": o.nik,
            "no_kk": f"{o.desa.nik_prefix}{rng.randrange(10**10):010d}", "nama_lengkap": o.nama,
        }  # fmt: skip
        row.update(_person_columns(rng, o, s.day))
        row.update(_wish_columns(rng, o, s.day, edited))
        row.update({
            "tanggal_daftar": iso_date(s.day), "tanggal_lapor_terakhir": iso_date(last_report),
            "tanggal_kedaluwarsa": iso_date(s.expiry), "status": status,
            "tanggal_dihapus": iso_date(s.exit_day) if removed else None,
            "alasan_dihapus": reason if removed else None,
        })  # fmt: skip
        return row


def _person_columns(rng: Random, o: Orang, day: int) -> dict[str, Any]:
    words = load().lain
    level = (
        "lain"
        if o.pendidikan[0] in "DS" and o.pendidikan not in ("SD", "SMP", "SMA", "SMK")
        else o.pendidikan
    )
    school = rng.choice(words["sekolah"].get(level, [None]))
    local = level in ("SD", "SMP", "SMA", "SMK")
    married = day - o.lahir > 24 * 365 and rng.random() < 0.6
    return {
        "tempat_lahir": load().tempat_lahir.pick(rng), "tanggal_lahir": iso_date(o.lahir), "jenis_kelamin": o.sex,
        "status_perkawinan": "Kawin" if married else "Belum Kawin",
        "agama": "Islam" if rng.random() < 0.97 else "Kristen",
        "golongan_darah": rng.choice(("A", "B", "AB", "O", None)),
        "tinggi_badan": int(rng.gauss(166 if o.sex == "L" else 154, 6)),
        "foto_url": f"/foto/{rng.getrandbits(48):012x}.jpg",
        "alamat": f"{rng.choice(words['jalan'])} No. {rng.randrange(1, 120)}", "rt": f"{rng.randrange(1, 9):03d}",
        "rw": f"{rng.randrange(1, 6):03d}", "desa": o.desa.nama, "kecamatan": o.desa.kecamatan,
        "kode_wilayah": o.desa.kode, "alamat_domisili": f"{rng.choice(words['jalan'])} No. {rng.randrange(1, 120)}",
        "desa_domisili": o.domisili.nama, "kecamatan_domisili": o.domisili.kecamatan,
        "kode_wilayah_domisili": o.domisili.kode, "kode_pos": f"512{rng.randrange(11, 84)}", "no_hp": o.hp,
        "email": f"pencari{o.orang_id}@surel.example" if rng.random() < 0.7 else None,
        "pendidikan_terakhir": o.pendidikan, "jurusan": rng.choice(words["jurusan"].get(o.pendidikan, [None])),
        "institusi_pendidikan": f"{school} {o.desa.kecamatan}" if local else school, "tahun_lulus": o.tahun_lulus,
        "disabilitas": load().disabilitas.pick(rng),
    }  # fmt: skip


def _wish_columns(rng: Random, o: Orang, day: int, edited: bool) -> dict[str, Any]:
    skills = rng.sample(load().lain["keterampilan"], 3)
    years = max(0, date.fromordinal(day).year - o.tahun_lulus)
    experience = rng.randrange(0, min(years, 12) + 1)
    return {
        "keterampilan": ", ".join(skills[: 1 + rng.randrange(2) + edited]), "pengalaman_tahun": experience,
        "jabatan_diminati": o.jabatan.judul, "kode_jabatan_diminati": o.jabatan.kode,
        "lokasi_diminati": "Luar Negeri" if rng.random() < 0.07 else "Dalam Negeri",
        "upah_diharapkan": wage(rng, day), "status_bekerja": "Pernah" if experience else "Belum",
    }  # fmt: skip
