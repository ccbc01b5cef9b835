"""Employers (pemberi-kerja): who they are, and their rows."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from batang_assets.sandbox.world.bahan import Desa, load
from batang_assets.sandbox.world.dunia import Life, World
from batang_assets.sandbox.world.kalender import (
    FIRST_MONTH,
    SEASON_FLAT,
    SIZE_INITIAL_SHARE,
    Calendar,
    entry_instant,
)
from batang_assets.sandbox.world.waktu import DAY_S, add_months, date_ordinal

NAME = "pemberi-kerja"


@dataclass(frozen=True, slots=True)
class Pemberi:
    """True facts of an employer."""

    id: int
    day: int
    nama: str
    badan: str
    jenis_penerima: str
    kbli: str
    lapangan: str
    desa: Desa
    nib: str
    npwp: str


class Employers:
    """Employers by id. A share was there when the platform started; the others arrive over time."""

    def __init__(self, world: World, count: int) -> None:
        self._world = world
        self._initial = round(count * SIZE_INITIAL_SHARE)
        self._calendar = Calendar(count - self._initial, SEASON_FLAT)
        self._first_day = date_ordinal(*FIRST_MONTH, 1)
        self.get = lru_cache(maxsize=100_000)(self._get)
        self.count = lru_cache(maxsize=20_000)(self._count)

    def _day(self, identity: int) -> int:
        return self._first_day if identity <= self._initial else self._calendar.day(identity - self._initial)

    def _count(self, day: int) -> int:
        """How many there are by ordinal day `day`."""
        return self._initial + self._calendar.count(day)

    def _original(self, identity: int) -> int | None:
        """The other employer that this row repeats (head office and branch), or None."""
        plan = self._world.dirt[NAME]
        if plan.kind(identity) != "pemberi_kerja_ganda":
            return None
        if identity == 1:
            return 2
        other = 1 + self._world.hash("cabang", identity) % (identity - 1)
        # At most one row in a block is dirty, so a neighbour of a duplicate is none.
        return other if plan.kind(other) != "pemberi_kerja_ganda" else 1 + other % (identity - 1)

    def _get(self, identity: int) -> Pemberi:
        material, rng = load(), self._world.rng(NAME, identity)
        badan = material.bentuk_usaha.pick(rng)
        prefix, _, penerima = material.lain["bentuk_usaha"][badan]
        kbli, lapangan = material.usaha.pick(rng)
        name = (
            f"{prefix} {rng.choice(material.lain['nama_usaha'])} {rng.choice(material.lain['nama_belakang'])}"
        )
        desa = material.desa_berbobot.pick(rng)
        nib, npwp = f"{rng.randrange(10**12, 10**13)}", f"{rng.randrange(10**15, 10**16)}"
        original = self._original(identity)
        if original is not None:
            head = self._get(original)
            name, nib, npwp, badan = head.nama + " Cabang Batang", head.nib, head.npwp, head.badan
            penerima, kbli, lapangan = head.jenis_penerima, head.kbli, head.lapangan
        return Pemberi(identity, self._day(identity), name, badan, penerima, kbli, lapangan, desa, nib, npwp)

    def write(self) -> None:
        """Write every employer that the source shows."""
        for identity in range(1, self._count(self._world.until_day) + 1):
            shown = self._world.put(NAME, identity, *self._row(self._get(identity)))
            if shown and self._original(identity) is not None:
                self._world.writer.fault(NAME, identity, "nib", "pemberi_kerja_ganda")

    def _row(self, e: Pemberi) -> tuple[dict[str, Any], Life]:
        rng, words = self._world.rng("baris/" + NAME, e.id), load().lain
        size = int(rng.lognormvariate(3.2, 1.1)) + 1
        men = int(size * rng.uniform(0.2, 0.8))
        created = entry_instant(e.day, rng.getrandbits(32))
        # The yearly labour report (WLKP) renews the head counts.
        reports = [
            add_months(e.day, 12 * n) * DAY_S + rng.randrange(60) * DAY_S + 9 * 3600 for n in range(1, 8)
        ]
        grown = len(self._world.happened(reports))
        row = {
            "id": e.id, "nama": e.nama, "nib": e.nib, "npwp": e.npwp, "kode_wlkp": f"51{rng.randrange(10**8):08d}",
            "kode_kbli": e.kbli, "lapangan_usaha": e.lapangan, "jenis_badan": e.badan,
            "alamat": f"{rng.choice(words['jalan'])} No. {rng.randrange(1, 200)}", "kode_wilayah": e.desa.kode,
            "telepon": f"0285{rng.randrange(100_000, 9_999_999)}", "email": f"hrd{e.id}@usaha.example",
            "nama_kontak": f"{rng.choice(words['nama_p'])} {rng.choice(words['nama_belakang'])}",
            "hp_kontak": rng.choice(words["awalan_hp"]) + str(rng.randrange(1_000_000, 99_999_999)),
            "tenaga_kerja_l": men + grown * (size // 20), "tenaga_kerja_p": size - men + grown * (size // 20),
            "tenaga_kerja_disabilitas": size // 100, "status": "aktif" if rng.random() < 0.95 else "nonaktif",
        }  # fmt: skip
        return row, Life(created, reports)
