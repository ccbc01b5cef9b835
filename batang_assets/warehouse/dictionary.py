"""The data dictionary, generated from the contracts: ``python -m batang_assets.warehouse.dictionary`` writes it."""

from pathlib import Path

from batang_assets.contracts import Column, Contract, all_contracts
from batang_assets.settings import PROJECT_ROOT

PATH = PROJECT_ROOT / "docs" / "kamus-data.md"
TITLES = {
    "batang_career": "Batang Career: yang ditarik",
    "siapkerja": "SIAPkerja: yang dikirim dan dibaca ulang",
}
INTRO = """# Kamus data

Dibuat dari `batang_assets/contracts` oleh `python -m batang_assets.warehouse.dictionary`; jangan disunting.

Perlakuan: **identitas** disegel di brankas dan tidak pernah masuk gudang data; **tidak diambil** berarti
ditawarkan sumber tetapi tidak ditarik (minimalisasi data, UU 27/2022 pasal 16); selebihnya masuk gudang data.
"""
ENVELOPE = "amplop"


def dictionary_text() -> str:
    """The whole dictionary as Markdown, in Indonesian."""
    parts = [INTRO]
    for source, title in TITLES.items():
        parts.append(f"## {title}\n")
        parts += [_section(contract) for contract in all_contracts(source)]
    return "\n".join(parts)


def _section(contract: Contract) -> str:
    origin = contract.source == "siapkerja"
    head = [
        "kolom",
        "tipe",
        "perlakuan",
        "asal" if origin else "penerima",
        "definisi",
        "klasifikasi",
        "satuan",
    ]
    lines = [
        f"### {contract.title} (`{contract.dataset}`, `raw.{contract.table}`)\n",
        f"{contract.definition.strip()}\n",
        f"Tujuan: {contract.purpose.strip()} Dasar: {contract.basis}.\n",
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(_row(column, origin) for column in contract.columns),
    ]
    return "\n".join(lines) + "\n"


def _row(column: Column, origin: bool) -> str:
    cells = [
        f"`{column.name}`{' (wajib)' if column.required else ''}",
        column.type,
        _treatment(column),
        (column.origin or ENVELOPE) if origin else ", ".join(column.recipients),
        column.definition,
        column.classification or "",
        column.unit or "",
    ]
    # A bar would end the cell.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _treatment(column: Column) -> str:
    if not column.extract:
        return "tidak diambil"
    return "**identitas**" if column.identity else "gudang data"


def write_dictionary(path: Path = PATH) -> Path:
    """Write the dictionary and return its path."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(dictionary_text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write_dictionary()
