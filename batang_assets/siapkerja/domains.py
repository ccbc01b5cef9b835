"""The six domains: where each comes from, and which must reach SIAPkerja before which."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """One wire domain.

    ``mart``: its table in schema marts. ``identity_table``: the raw table whose identities are opened (None:
    nothing of it lies in the vault). ``datasets``: Batang Career's datasets whose gate must be open. ``rank``:
    1 refers to nothing, 2 to an employer, 3 to a vacancy as well.
    """

    name: str
    mart: str
    identity_table: str | None
    datasets: tuple[str, ...]
    rank: int

    def stage(self, operation: str) -> int:
        """Batches of a lower stage are acknowledged first; withdrawals come last, in reverse order."""
        return self.rank if operation == "simpan" else 2 * LAST_RANK + 1 - self.rank


LAST_RANK = 3
DOMAINS = (
    Domain("pemberi-kerja", "dim_pemberi_kerja", None, ("pemberi-kerja",), 1),
    Domain("lowongan", "fct_lowongan", None, ("lowongan",), 2),
    Domain("pencari-kerja", "dim_pencari_kerja", "pencari_kerja", ("pencari-kerja",), 1),
    Domain("penduduk-bekerja", "fct_penduduk_bekerja", "penduduk_bekerja", ("penduduk-bekerja",), 2),
    Domain("pelatihan", "fct_peserta_pelatihan", "peserta_pelatihan", ("pelatihan", "peserta-pelatihan"), 1),
    Domain("penempatan", "fct_penempatan", "penempatan", ("penempatan",), 3),
)
GATED_DATASETS = tuple(dataset for domain in DOMAINS for dataset in domain.datasets)


def domain_by_name(name: str) -> Domain:
    """The domain called ``name`` on the wire; raises KeyError for any other."""
    return {domain.name: domain for domain in DOMAINS}[name]
