"""The asset checks of a raw dataset: what the source changed, and whether its last reading was believed."""

from collections.abc import Iterable

import dagster as dg

from batang_assets.raw.files.aside import Refused
from batang_assets.raw.refusals import Refusal

UNKNOWN_COLUMNS, BELIEVED, DROPS_READ = "kolom_asing", "sumber_utuh", "berkas_terbaca"
DROPS_LISTED = 20


def check_specs(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The three checks of the raw asset ``key``; neither holds other datasets back: the gate does the rest."""
    return [
        dg.AssetCheckSpec(
            UNKNOWN_COLUMNS,
            asset=key,
            description="Sumber hanya menunjukkan kolom yang dikenal kontrak; nilai kolom asing disegel.",
        ),
        dg.AssetCheckSpec(
            BELIEVED,
            asset=key,
            description=(
                "Kolom wajib ada dan sumber tidak kehilangan terlalu banyak catatan. Bila tidak, baris barunya "
                "tidak disimpan dan gerbang mutu dataset ini tertutup."
            ),
        ),
        dg.AssetCheckSpec(
            DROPS_READ,
            asset=key,
            description=(
                "Tidak ada berkas dataset ini, atau berkas yang datasetnya tidak dikenali, yang disisihkan karena "
                "tidak dapat dibaca. Berkas tetap disebut sampai diperbaiki, diganti, atau dikeluarkan dari folder."
            ),
        ),
    ]


def check_results(
    key: dg.AssetKey, unknown: Iterable[str], refused: Iterable[Refusal], drops: Iterable[Refused]
) -> list[dg.AssetCheckResult]:
    """Column names and counts only, never a value."""
    names = sorted(unknown)
    lines = [refusal.line() for refusal in refused]
    aside = [f"Berkas {drop.name} disisihkan: {drop.reason}." for drop in drops]
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=UNKNOWN_COLUMNS,
            passed=not names,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"Kolom yang tidak dikenal kontrak: {', '.join(names)}." if names else None,
            metadata={"kolom": ", ".join(names) or "-", "jumlah": len(names)},
        ),
        dg.AssetCheckResult(
            asset_key=key,
            check_name=BELIEVED,
            passed=not lines,
            severity=dg.AssetCheckSeverity.ERROR,
            description=" ".join(lines) or None,
            metadata={"penolakan": len(lines)},
        ),
        dg.AssetCheckResult(
            asset_key=key,
            check_name=DROPS_READ,
            passed=not aside,
            severity=dg.AssetCheckSeverity.WARN,
            description=" ".join(aside[:DROPS_LISTED]) or None,
            metadata={"berkas": len(aside)},
        ),
    ]
