"""The dbt sources, generated from the contracts: ``python -m batang_assets.warehouse.sources`` writes them.

The raw tables have three kinds of column: what every version carries (``_…``), the contract's facts as text,
and the findings about identifiers, which stand in for the identifiers themselves (DESIGN.md, decision 1).
"""

from pathlib import Path
from typing import Any

import yaml

from batang_assets.contracts import Column, Contract, all_contracts
from batang_assets.database.migrate import finding_columns
from batang_assets.settings import PROJECT_ROOT

PATH = PROJECT_ROOT / "dbt_project" / "models" / "staging" / "_sources.yml"
SOURCES = {
    "batang_career": "Batang Career, sistem informasi ketenagakerjaan Kabupaten Batang. Hanya bertambah: "
    "satu baris tiap versi catatan.",
    "siapkerja": "SIAPkerja (Kementerian Ketenagakerjaan), hasil baca ulang untuk wilayah Kabupaten Batang. "
    "Hanya bertambah: satu baris tiap versi catatan.",
}
META = (
    ("_versi", "bigint", "Urutan kedatangan versi; kunci utama."),
    ("_isi_hash", "bytea", "Sidik berkunci atas seluruh catatan; bersama id mengenali satu versi."),
    (
        "_identitas_hash",
        "bytea",
        "Sidik berkunci atas nilai identitas; sama bila dan hanya bila identitas sama.",
    ),
    ("_periode", "date", "Hari pertama bulan partisi penarikan."),
    ("_run_id", "text", "Run Dagster yang menerima versi ini."),
    ("_diterima_pada", "timestamptz", "Waktu versi ini kita ketahui."),
    ("_kolom_asing", "text[]", "Nama kolom yang tidak dikenal kontrak; nilainya disegel."),
    (
        "_catatan",
        "text[]",
        "Catatan pintu masuk, mis. nul:kolom (NUL dibuang) atau panjang:kolom (dipotong).",
    ),
)
NIK_FINDINGS = {
    "orang_token": "Nama samaran berkunci dari angka NIK (32 heksadesimal); kosong bila tanpa NIK.",
    "nik_panjang": "Jumlah angka NIK sebagaimana diterima.",
    "nik_angka": "NIK datang sebagai bilangan JSON; angka terakhirnya mungkin hilang.",
    "nik_struktur_sah": "NIK 16 angka, provinsi dikenal, tanggal nyata, nomor urut bukan 0000, "
    "bukan satu angka berulang.",
    "nik_wilayah": "Wilayah NIK: dikenal (kecamatan di Batang), luar_batang, kecamatan_tidak_dikenal, "
    "atau tidak_dikenal.",
    "nik_tanggal_lahir": "Tanggal lahir yang terkandung dalam NIK.",
    "nik_jenis_kelamin": "Jenis kelamin yang terkandung dalam NIK: L atau P.",
}


def finding_description(name: str) -> str:
    """What a findings column says; the identifier it speaks of is the part before ``_ada`` or ``_sah``."""
    if name in NIK_FINDINGS:
        return NIK_FINDINGS[name]
    identifier, finding = name.rsplit("_", 1)
    if finding == "ada":
        return f"Apakah {identifier} terisi (nilainya disegel)."
    return f"Apakah {identifier} berbentuk sah (nilainya disegel)."


def source_tables(source: str) -> list[dict[str, Any]]:
    """The ``tables`` entry of one dbt source, sorted by table name."""
    return [_table(contract) for contract in sorted(all_contracts(source), key=lambda c: c.table)]


def _table(contract: Contract) -> dict[str, Any]:
    columns = [_column(name, kind, text) for name, kind, text in META]
    columns += [_fact(column) for column in contract.facts]
    columns += [
        _column(name, kind, finding_description(name)) for name, kind in finding_columns(contract).items()
    ]
    return {
        "name": contract.table,
        "description": f"{contract.title}. {contract.definition}".strip(),
        "config": {"meta": {"dagster": {"asset_key": ["raw", contract.table]}}},
        "columns": columns,
    }


def _fact(column: Column) -> dict[str, Any]:
    details = [column.definition]
    if column.unit:
        details.append(f"Satuan: {column.unit}.")
    if column.classification:
        details.append(f"Klasifikasi: {column.classification}.")
    return _column(column.name, "bytea" if column.type == "bita" else "text", " ".join(details))


def _column(name: str, data_type: str, description: str) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, "description": description}


def sources_yaml() -> str:
    """The text of ``_sources.yml``."""
    sources = [
        {"name": source, "description": text, "schema": "raw", "tables": source_tables(source)}
        for source, text in SOURCES.items()
    ]
    body = yaml.safe_dump(
        {"version": 2, "sources": sources}, allow_unicode=True, sort_keys=False, width=110, indent=2
    )
    return (
        "# Dibuat dari batang_assets/contracts oleh `python -m batang_assets.warehouse.sources`; "
        "jangan disunting.\n" + body
    )


def write_sources(path: Path = PATH) -> Path:
    """Write the dbt sources file and return its path."""
    path.write_text(sources_yaml(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write_sources()
