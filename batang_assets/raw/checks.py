"""The asset checks of a raw dataset: what the source changed, and whether its last reading was believed."""

from collections.abc import Iterable

import dagster as dg

from batang_assets.raw.refusals import Refusal

UNKNOWN_COLUMNS, BELIEVED = "kolom_asing", "sumber_utuh"


def check_specs(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The two checks of the raw asset ``key``; neither holds other datasets back: the gate does the rest."""
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
    ]


def check_results(
    key: dg.AssetKey, unknown: Iterable[str], refused: Iterable[Refusal]
) -> list[dg.AssetCheckResult]:
    """Column names and counts only, never a value."""
    names = sorted(unknown)
    lines = [refusal.line() for refusal in refused]
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
    ]
