"""Which rows are dirty and how (batang-career.md § Dirt); how each fault is written is in ``kotor.py``."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from zlib import crc32

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.acak import Weighted, scramble, stream
from batang_assets.sandbox.world.bahan import read_yaml

MENDED_SHARE = 0.12
# A few kinds say something about the row's life, not its spelling: they stay.
LASTING = frozenset(
    [
        "orang_ganda",
        "usia_di_bawah_15",
        "pemberi_kerja_ganda",
        "status_bertentangan",
        "penempatan_tanpa_pendaftaran",
        "penempatan_sebelum_pendaftaran",
        "penempatan_melebihi_kuota",
    ]
)
# This needs a row old enough to have ended: dealt first, so that a small world shows it.
FIRST = ("status_bertentangan",)


@dataclass(frozen=True, slots=True)
class Fault:
    """A planned fault; mended `mend_days` after the row can first be edited, or never (None)."""

    kind: str
    mend_days: int | None


class DirtPlan:
    """The faults of one dataset as a function of the row id: exactly one row in each block of `blok` is dirty."""

    def __init__(self, seed: int, dataset: str) -> None:
        try:
            spec = read_yaml("dirt.yaml")[dataset]
            self.block, self._weights = spec["blok"], Weighted.of(spec["bobot"])
            forced = spec["wajib"]
        except (KeyError, TypeError) as error:
            raise ConfigurationError(f"dirt.yaml: bagian {dataset} tidak lengkap ({error})") from error
        self._seed, self._dataset, self._salt = seed, dataset, crc32(dataset.encode())
        if isinstance(forced, int):
            forced = [k for k in spec["bobot"] for _ in range(forced)]
            Random(seed ^ self._salt).shuffle(forced)
            forced.sort(key=lambda kind: kind not in FIRST)
        self._forced: list[str] = forced
        self.of = lru_cache(maxsize=50_000)(self._of)

    def _of(self, identity: int) -> Fault | None:
        block, place = divmod(identity - 1, self.block)
        if scramble(self._seed, self._salt, block) % self.block != place:
            return None
        if block < len(self._forced):
            return Fault(self._forced[block], None)
        rng = stream(self._seed, "kesalahan/" + self._dataset, block)
        kind = self._weights.pick(rng)
        mended = rng.random() < MENDED_SHARE and kind not in LASTING
        return Fault(kind, rng.randrange(10, 90) if mended else None)

    def kind(self, identity: int) -> str | None:
        """The kind of the row's fault, or None."""
        fault = self.of(identity)
        return fault.kind if fault else None
