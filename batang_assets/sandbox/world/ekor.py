"""The tail: rows of people whose NIK is missing or broken, and who are written a little otherwise there.

It lies over the faults of ``kesalahan.py``: a row has a fault of its own or belongs to the tail. What is changed
(``dirt.yaml``, ekor) is labelled; whose row it truly is stays in the truth table ``orang``.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from random import Random
from typing import Any
from zlib import crc32

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.acak import Weighted, scramble
from batang_assets.sandbox.world.bahan import load, read_yaml
from batang_assets.sandbox.world.kotor import WRITERS, Row

Label = tuple[str, str]
_HOMES = ("kode_wilayah_domisili", "kode_wilayah")


@cache
def _spec() -> dict[str, Any]:
    try:
        spec = read_yaml("dirt.yaml")["ekor"]
        return {
            "block": dict(spec["blok"]),
            "nik": Weighted.of(spec["nik"]),
            "name": Weighted.of(spec["nama"]),
            "shares": {key: float(spec[key]) for key in ("nama_pct", "tertukar_pct", "pindah_pct")},
        }
    except (KeyError, TypeError) as error:
        raise ConfigurationError(f"dirt.yaml: bagian ekor tidak lengkap ({error})") from error


def in_tail(seed: int, dataset: str, identity: int) -> bool:
    """Whether the row belongs to the tail: exactly one row in each block."""
    block = _spec()["block"].get(dataset)
    if block is None:
        return False
    number, place = divmod(identity - 1, block)
    return scramble(seed, crc32(b"ekor/" + dataset.encode()), number) % block == place


def write_tail(row: Row, rng: Random, dataset: str) -> list[Label]:
    """Break the row's NIK, and by chance its name, birth date and home; returns (column, kind) of each change."""
    spec = _spec()
    kind = spec["nik"].pick(rng)
    WRITERS[kind](row, rng, dataset)
    labels = [("nik", kind)]
    rolls = [rng.random() * 100 for _ in range(3)]
    if rolls[0] < spec["shares"]["nama_pct"]:
        written = NAMES[spec["name"].pick(rng)](row["nama_lengkap"], rng)
        if written != row["nama_lengkap"]:
            row["nama_lengkap"] = written
            labels.append(("nama_lengkap", "nama_varian"))
    born = date.fromisoformat(row["tanggal_lahir"])
    if rolls[1] < spec["shares"]["tertukar_pct"] and born.day <= 12 and born.day != born.month:
        row["tanggal_lahir"] = date(born.year, born.day, born.month).isoformat()
        labels.append(("tanggal_lahir", "tanggal_tertukar"))
    home = next((column for column in _HOMES if row.get(column)), None)
    if rolls[2] < spec["shares"]["pindah_pct"] and home:
        labels += _move(row, rng, home)
    return labels


def _move(row: Row, rng: Random, home: str) -> list[Label]:
    village = load().desa_berbobot.pick(rng)
    if village.kode == row[home]:
        return []
    row[home] = village.kode
    if "desa_domisili" in row:
        row["desa_domisili"], row["kecamatan_domisili"] = village.nama, village.kecamatan
    return [(home, "pindah_desa")]


def _words(name: str) -> tuple[list[str], str]:
    """The words before a comma, and the titles after it."""
    head, comma, titles = name.partition(",")
    return head.split(), comma + titles


def _titled(name: str, rng: Random) -> str:
    words, titles = _words(name)
    if titles or words[0] in load().lain["gelar_depan"]:
        return " ".join(word for word in words if word not in load().lain["gelar_depan"])
    return rng.choice((f"H. {name}", f"{name}, S.Pd.", f"{name} S.Kom", f"{name}, SE"))


def _shortened(name: str, rng: Random) -> str:
    words, titles = _words(name)
    if words[0] == "Muhammad":
        return " ".join([rng.choice(("Muh.", "M.", "Moh.", "Mohamad")), *words[1:]]) + titles
    return _initial(name, rng)


def _old_spelling(name: str, _rng: Random) -> str:
    return name.replace("u", "oe").replace("U", "Oe") if "u" in name.lower() else name.replace("j", "dj")


def _initial(name: str, rng: Random) -> str:
    words, titles = _words(name)
    if len(words) < 2:
        return name
    place = rng.randrange(1, len(words))
    words[place] = words[place][0] + "."
    return " ".join(words) + titles


def _mistyped(name: str, rng: Random) -> str:
    words, titles = _words(name)
    place = max(range(len(words)), key=lambda n: (len(words[n]) >= 4, rng.random()))
    word, at = words[place], rng.randrange(1, max(2, len(words[place]) - 1))
    letter = rng.choice("aeiounrst")
    words[place] = rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(words) + titles


def _reordered(name: str, _rng: Random) -> str:
    words, titles = _words(name)
    return " ".join([*words[1:], words[0]]) + titles if len(words) > 1 else name


NAMES: dict[str, Callable[[str, Random], str]] = {
    "gelar": _titled,
    "disingkat": _shortened,
    "ejaan_lama": _old_spelling,
    "inisial": _initial,
    "salah_ketik": _mistyped,
    "urutan": _reordered,
    "huruf_besar": lambda name, _rng: name.upper(),
}
