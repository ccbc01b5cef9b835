"""The eight datasets that have a gate: their names on the wire, in the warehouse and on paper."""

from dataclasses import dataclass

from batang_assets.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """One gated dataset. ``kode`` is the prefix of its rule codes (``PK_A01``).

    ``berwilayah``: its judged table has a ``kode_kecamatan``.
    """

    wire: str
    kode: str
    judul: str
    mart: str
    pemilik: str
    berwilayah: bool = True

    @property
    def entity(self) -> str:
        """The name in the warehouse: ``peserta-pelatihan`` → ``peserta_pelatihan``."""
        return self.wire.replace("-", "_")

    @property
    def judged_table(self) -> str:
        """The table of schema ``intermediate`` that holds one verdict column a rule."""
        return f"int_{self.entity}__dinilai"


PENGANTAR_KERJA = "Disnaker: pengantar kerja"
PELATIHAN = "Disnaker: pengelola pelatihan"
DATA = "Disnaker: pengelola data ketenagakerjaan"

DATASETS: tuple[Dataset, ...] = (
    Dataset("pencari-kerja", "PK", "Pencari kerja", "dim_pencari_kerja", PENGANTAR_KERJA),
    Dataset("pemberi-kerja", "PB", "Pemberi kerja", "dim_pemberi_kerja", PENGANTAR_KERJA),
    Dataset("lowongan", "LW", "Lowongan", "fct_lowongan", PENGANTAR_KERJA),
    Dataset("lamaran", "LM", "Lamaran", "fct_lamaran", PENGANTAR_KERJA, berwilayah=False),
    Dataset("pelatihan", "PL", "Pelatihan", "fct_pelatihan", PELATIHAN),
    Dataset("peserta-pelatihan", "PP", "Peserta pelatihan", "fct_peserta_pelatihan", PELATIHAN),
    Dataset("penempatan", "PN", "Penempatan", "fct_penempatan", PENGANTAR_KERJA),
    Dataset("penduduk-bekerja", "KJ", "Penduduk bekerja", "fct_penduduk_bekerja", DATA),
)
_BY_WIRE = {dataset.wire: dataset for dataset in DATASETS}


def dataset_of(wire: str) -> Dataset:
    """The dataset with this wire name; raises DataError if there is none."""
    try:
        return _BY_WIRE[wire]
    except KeyError:
        raise DataError(f"no gated dataset {wire!r}: known are {', '.join(_BY_WIRE)}") from None
