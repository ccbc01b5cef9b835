"""The six domains: where each comes from. Each stands behind those that it refers to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """One wire domain.

    ``mart``: its table in schema marts. ``identity_table``: the raw table whose identities are opened (None:
    nothing of it lies in the vault). ``datasets``: Batang Career's datasets whose gate must be open.
    ``referred``: whether records of other domains refer to it.
    """

    name: str
    mart: str
    identity_table: str | None
    datasets: tuple[str, ...]
    referred: bool = False


DOMAINS = (
    Domain("pemberi-kerja", "dim_pemberi_kerja", None, ("pemberi-kerja",), referred=True),
    Domain("lowongan", "fct_lowongan", None, ("lowongan",), referred=True),
    Domain("pencari-kerja", "dim_pencari_kerja", "pencari_kerja", ("pencari-kerja",)),
    Domain("penduduk-bekerja", "fct_penduduk_bekerja", "penduduk_bekerja", ("penduduk-bekerja",)),
    Domain("pelatihan", "fct_peserta_pelatihan", "peserta_pelatihan", ("pelatihan", "peserta-pelatihan")),
    Domain("penempatan", "fct_penempatan", "penempatan", ("penempatan",)),
)
GATED_DATASETS = tuple(dataset for domain in DOMAINS for dataset in domain.datasets)


def domain_by_name(name: str) -> Domain:
    """The domain called ``name`` on the wire; raises KeyError for any other."""
    return {domain.name: domain for domain in DOMAINS}[name]
