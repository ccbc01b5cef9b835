"""Loads the building material (word lists, code lists, the regions of Batang) and checks it."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.acak import Weighted

DATA = Path(__file__).parent / "data"
REGIONS = Path(__file__).parents[3] / "dbt_project" / "seeds" / "ref_wilayah.csv"


@dataclass(frozen=True, slots=True)
class Desa:
    """A village: Kemendagri code with dots, BPS code or '' where unmatched."""

    kode: str
    nama: str
    kecamatan: str
    nik_prefix: str
    kode_bps: str


@dataclass(frozen=True, slots=True)
class Jabatan:
    """A KBJI 2014 four-digit group and the share of men (percent) in it."""

    kode: str
    judul: str
    l_pct: float


@dataclass(frozen=True, slots=True)
class Bahan:
    """Everything the world is made from. ``lain`` is the raw word list file."""

    desa: tuple[Desa, ...]
    desa_rancu: tuple[Desa, ...]
    desa_berbobot: Weighted[Desa]
    jabatan: dict[str, Weighted[Jabatan]]
    usaha: Weighted[tuple[str, str]]
    pendidikan: tuple[tuple[str, int], ...]
    bobot_pendidikan: dict[str, float]
    bentuk_usaha: Weighted[str]
    tempat_lahir: Weighted[str]
    disabilitas: Weighted[str]
    lain: dict[str, Any]


def read_yaml(name: str) -> dict[str, Any]:
    """A data file of this package. Raises ConfigurationError where it is missing or not a mapping."""
    try:
        content = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"berkas data dunia sintetis {name} tidak terbaca: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"berkas data dunia sintetis {name} harus berisi pemetaan")
    return content


def read_regions(path: Path = REGIONS) -> tuple[Desa, ...]:
    """The villages of Batang from the project's own seed. Raises ConfigurationError where it is broken."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return tuple(
            Desa(
                r["kode_kemendagri"],
                r["nama"],
                r["kecamatan"],
                r["kode_kecamatan"].replace(".", ""),
                r["kode_bps"],
            )
            for r in rows
        )
    except (OSError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"daftar wilayah seeds/{path.name} tidak terbaca ({error}); jalankan dari checkout yang utuh"
        ) from error


def _occupations(rows: list[dict[str, Any]]) -> dict[str, Weighted[Jabatan]]:
    items = [Jabatan(r["kode"], r["judul"], r["l"]) for r in rows]
    men = [r["bobot"] * r["l"] for r in rows]
    women = [r["bobot"] * (100 - r["l"]) for r in rows]
    return {"L": Weighted(items, men), "P": Weighted(items, women)}


@lru_cache(maxsize=1)
def load() -> Bahan:
    """The material, read and checked once. Raises ConfigurationError."""
    raw, desa = read_yaml("bahan.yaml"), read_regions()
    names = [d.nama for d in desa]
    weights: dict[str, float] = raw["bobot_kecamatan"]
    villages = {k: sum(d.kecamatan == k for d in desa) for k in weights}
    unknown = {d.kecamatan for d in desa} ^ set(weights)
    if unknown:
        raise ConfigurationError(
            f"bahan.yaml: bobot_kecamatan tidak sama dengan daftar wilayah: {sorted(unknown)}"
        )
    return Bahan(
        desa=desa,
        desa_rancu=tuple(d for d in desa if names.count(d.nama) > 1),
        desa_berbobot=Weighted(desa, [weights[d.kecamatan] / villages[d.kecamatan] for d in desa]),
        jabatan=_occupations(raw["jabatan"]),
        usaha=Weighted([(u["kode"], u["judul"]) for u in raw["usaha"]], [u["bobot"] for u in raw["usaha"]]),
        pendidikan=tuple((p["kode"], p["usia_lulus"]) for p in raw["pendidikan"]),
        bobot_pendidikan={p["kode"]: p["bobot"] for p in raw["pendidikan"]},
        bentuk_usaha=Weighted.of({k: v[1] for k, v in raw["bentuk_usaha"].items()}),
        tempat_lahir=Weighted.of(raw["tempat_lahir"]),
        disabilitas=Weighted.of(raw["disabilitas"]),
        lain=raw,
    )
