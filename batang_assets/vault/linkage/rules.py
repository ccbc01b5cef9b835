"""The rules of linkage (``aturan.yaml``), read and checked."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from batang_assets.errors import DataError

RULES = Path(__file__).parent / "aturan.yaml"
CODE = sorted(Path(__file__).parent.glob("*.py")) + sorted(Path(__file__).parent.glob("*.yaml"))
# What each feature can say of a pair, most alike first; ``kosong`` is said where either record has no value.
LEVELS = {
    "nama": ("sama", "ejaan", "singkat", "mirip", "beda"),
    "lahir": ("sama", "tertukar", "satu_angka", "beda"),
    "jenis_kelamin": ("sama", "beda"),
    "wilayah": ("desa", "kecamatan", "beda"),
    "nomor_urut": ("sama", "dekat", "beda"),
    "telepon": ("sama", "beda"),
    "rujukan": ("sama", "beda"),
}
EMPTY = "kosong"


@dataclass(frozen=True)
class Level:
    """m and u of one level of one feature; ``fixed``: not learnt."""

    name: str
    m: float
    u: float
    fixed: bool


@dataclass(frozen=True)
class Rules:
    """Everything ``aturan.yaml`` says; probabilities in [0, 1], ``margin`` in bits of match weight."""

    seed: int
    sample: int
    least_records: int
    prior_share: float
    training: int
    automatic: float
    proposal: float
    margin: float
    required: dict[str, frozenset[str]]
    referred_names: frozenset[str]
    doubted: float
    doubted_serial: frozenset[str]
    features: dict[str, tuple[Level, ...]]


@cache
def load_rules(path: Path = RULES) -> Rules:
    """The rules; raises DataError that names the file and what is wrong in it."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = Rules(
            seed=int(data["benih"]),
            sample=int(data["contoh"]),
            least_records=int(data["paling_sedikit"]),
            prior_share=float(data["bagian_awal"]),
            training=int(data["latihan"]),
            automatic=float(data["ambang"]["otomatis"]["keyakinan"]),
            proposal=float(data["ambang"]["usulan"]["keyakinan"]),
            margin=float(data["ambang"]["selisih_bobot"]["nilai"]),
            required={
                name: frozenset(entry["tingkat"])
                for name, entry in data["syarat"].items()
                if "tingkat" in entry
            },
            referred_names=frozenset(data["syarat"]["nama"]["dengan_rujukan"]),
            doubted=float(data["nik_diragukan"]["keyakinan"]),
            doubted_serial=frozenset(data["nik_diragukan"]["nomor_urut"]),
            features={name: _levels(path, name, entry) for name, entry in data["ciri"].items()},
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from None
    if set(rules.features) != set(LEVELS):
        raise DataError(f"{path.name}: ciri must be exactly {', '.join(LEVELS)}")
    for name, allowed in rules.required.items():
        if not allowed <= {*LEVELS.get(name, ()), EMPTY}:
            raise DataError(f"{path.name}: syarat {name} names a level that the feature does not have")
    if not 0 < rules.proposal <= rules.automatic < 1:
        raise DataError(f"{path.name}: ambang must keep 0 < usulan ≤ otomatis < 1")
    return rules


def _levels(path: Path, name: str, entry: dict[str, Any]) -> tuple[Level, ...]:
    if tuple(entry) != LEVELS.get(name):
        raise DataError(f"{path.name}: ciri {name} must have the levels {', '.join(LEVELS.get(name, ()))}")
    levels = tuple(
        Level(key, float(value["m"]), float(value["u"]), bool(value.get("tetap", False)))
        for key, value in entry.items()
    )
    for side in ("m", "u"):
        total = sum(getattr(level, side) for level in levels)
        if abs(total - 1) > 1e-6 or any(getattr(level, side) <= 0 for level in levels):
            raise DataError(
                f"{path.name}: {side} of ciri {name} must be positive and add up to 1, not {total:g}"
            )
    return levels


@cache
def rules_digest() -> str:
    """Hex digest of rules, word lists, this code and Splink: with these, the same data give the same links."""
    digest = hashlib.sha256(version("splink").encode() + version("duckdb").encode())
    for path in CODE:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
