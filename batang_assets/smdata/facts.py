"""What a package says about its own making."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from batang_assets.partitions import Span
from batang_assets.settings import JAKARTA

Kelas = Literal["terbatas", "publik"]
CLASS_WORDS: dict[Kelas, str] = {
    "terbatas": "terbatas: untuk Kementerian Ketenagakerjaan, sel baku tidak disamarkan, tanpa identitas orang",
    "publik": "publik: untuk portal data terbuka, angka kecil ditahan (ambang pengungkapan)",
}


@dataclass(frozen=True)
class Persetujuan:
    """Who prepared and who approved a package, with which remark and when; ``demo``: nobody did."""

    disiapkan_oleh: str
    disetujui_oleh: str
    catatan: str
    pada: datetime
    demo: bool = False

    def sentence(self) -> str:
        """One Indonesian sentence for a report."""
        if self.demo:
            return "Disetujui otomatis (mode demo): data sintetis, tanpa persetujuan dua orang."
        note = f" Catatan: {self.catatan.rstrip('.')}." if self.catatan else ""
        when = f"{self.pada.astimezone(JAKARTA):%d-%m-%Y pukul %H.%M} WIB"
        return (
            f"Disiapkan oleh {self.disiapkan_oleh}; disetujui oleh {self.disetujui_oleh} pada {when}.{note}"
        )


@dataclass(frozen=True)
class GateRecord:
    """One gate as it stood: month, dataset, verdict, the rules that failed, by whom it was opened and why."""

    period: str
    dataset: str
    version: str
    passed: bool
    rows: int
    fit: int
    failed: tuple[str, ...]
    override: str | None


@dataclass(frozen=True)
class PackageFacts:
    """Which package, of which class, made by which run. ``made_at`` belongs to the run, so that bytes repeat.

    ``reason``: why a revision is made, where the operator says so.
    """

    kode_wilayah: str
    span: Span
    run_id: str
    code_version: str
    made_at: datetime
    approval: Persetujuan
    gates: tuple[GateRecord, ...] = ()
    kelas: Kelas = "terbatas"
    reason: str | None = None
    revision: int = 1
    disclosure: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The folder's name, e.g. ``smdata-3325-2026-10-r1``."""
        return f"{series_name(self.kode_wilayah, self.span, self.kelas)}-r{self.revision}"


def series_name(kode_wilayah: str, span: Span, kelas: Kelas = "terbatas") -> str:
    """The part of a package's name that all revisions of a period and class share."""
    prefix = "smdata" if kelas == "terbatas" else f"smdata-{kelas}"
    return f"{prefix}-{kode_wilayah}-{span.key}"
