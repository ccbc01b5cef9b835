"""A person: who they truly are, before any dataset writes them down (and before any dirt)."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from batang_assets.sandbox.world.acak import Weighted
from batang_assets.sandbox.world.bahan import Bahan, Desa, Jabatan, load

# (youngest, oldest, weight) in years at the reference day.
AGES_SEEKER = ((16, 20, 22), (20, 30, 50), (30, 45, 21), (45, 55, 5), (55, 64, 2))
AGES_EMPLOYED = ((18, 20, 5), (20, 30, 28), (30, 45, 38), (45, 55, 20), (55, 64, 9))
_BANDS = {
    ages: Weighted([a[:2] for a in ages], [a[2] for a in ages]) for ages in (AGES_SEEKER, AGES_EMPLOYED)
}
OUTSIDE_SHARE = 0.04
MOVED_SHARE = 0.08
# UMK Kabupaten Batang 2025, whole rupiah; later years grow by about 6.5 % (assumption).
UMK_2025_RUPIAH = 2_534_382
UMK_GROWTH = 1.065


@dataclass(slots=True)
class Orang:
    """True facts of a person; days are ordinals. ``orang_id`` is the key of the truth table ``orang``."""

    orang_id: int
    nama: str
    sex: str
    lahir: int
    nik: str
    desa: Desa
    domisili: Desa
    pendidikan: str
    tahun_lulus: int
    jabatan: Jabatan
    hp: str


@lru_cache(maxsize=64)
def _education_at(age: int) -> Weighted[tuple[str, int]]:
    material = load()
    fitting = [p for p in material.pendidikan if p[1] <= age]
    # Who is old enough for upper secondary school and stopped before it is the smaller part of the young.
    return Weighted(fitting, [material.bobot_pendidikan[p[0]] for p in fitting])


def build_nik(prefix: str, born: int, sex: str, serial: int) -> str:
    """PPKKCC DDMMYY SSSS; a woman's day is raised by 40 (DOMAIN.md § 5)."""
    birth = date.fromordinal(born)
    day = birth.day + (40 if sex == "P" else 0)
    return f"{prefix}{day:02d}{birth.month:02d}{birth.year % 100:02d}{serial:04d}"


def _name(material: Bahan, rng: Random, sex: str, education: str) -> str:
    words = material.lain
    given = rng.choice(words["nama_l" if sex == "L" else "nama_p"])
    roll = rng.random()
    if roll > 0.2:
        given += " " + rng.choice(words["nama_belakang"])
    if roll > 0.82:
        given += " " + rng.choice(words["nama_belakang"])
    if roll < 0.03:
        given = words["gelar_depan"][sex == "P"] + " " + given
    titles = words["gelar_belakang"].get(education)
    if titles and rng.random() < 0.4:
        given += ", " + rng.choice(titles)
    return given


def build_person(
    rng: Random, orang_id: int, day: int, ages: tuple = AGES_SEEKER, young: bool = False, men_pct: float = 50
) -> Orang:
    """A person as of ordinal day `day`; `young` makes a child of 11–14 years."""
    material = load()
    sex = "L" if rng.random() * 100 < men_pct else "P"
    low, high = (11, 14.5) if young else _BANDS[ages].pick(rng)
    age = low + rng.random() * (high - low)
    born = day - int(age * 365.25)
    education, graduation = _education_at(max(12, int(age))).pick(rng)
    desa = material.desa_berbobot.pick(rng)
    domicile = material.desa_berbobot.pick(rng) if rng.random() < MOVED_SHARE else desa
    prefix = rng.choice(material.lain["nik_luar"]) if rng.random() < OUTSIDE_SHARE else desa.nik_prefix
    year = date.fromordinal(born).year + graduation + (rng.random() < 0.4)
    return Orang(
        orang_id=orang_id,
        nama=_name(material, rng, sex, education),
        sex=sex,
        lahir=born,
        nik=build_nik(prefix, born, sex, 1 + orang_id % 9999),
        desa=desa,
        domisili=domicile,
        pendidikan=education,
        tahun_lulus=min(year, date.fromordinal(day).year),
        jabatan=material.jabatan[sex].pick(rng),
        hp=rng.choice(material.lain["awalan_hp"]) + str(rng.randrange(1_000_000, 99_999_999)),
    )


def wage(rng: Random, day: int, spread: float = 0.18) -> int:
    """A monthly wage in whole rupiah around the UMK of the year of ordinal day `day`."""
    floor = UMK_2025_RUPIAH * UMK_GROWTH ** (date.fromordinal(day).year - 2025)
    return int(floor * (1 + max(-0.45, rng.gauss(0.03, spread)))) // 1000 * 1000
