"""The dbt sources stay in step with the contracts, and no identifier is among their columns."""

import re
from pathlib import Path

import yaml

from batang_assets.contracts import all_contracts, load_contract
from batang_assets.warehouse.sources import PATH, sources_yaml

META = ["_versi", "_isi_hash", "_identitas_hash", "_periode", "_run_id", "_diterima_pada"]
META += ["_kolom_asing", "_catatan"]
FINDINGS = ["orang_token", "nik_panjang", "nik_angka", "nik_struktur_sah", "nik_wilayah"]
FINDINGS += ["nik_tanggal_lahir", "nik_jenis_kelamin", "nama_lengkap_ada", "tempat_lahir_ada", "alamat_ada"]
FINDINGS += ["rt_ada", "rw_ada", "alamat_domisili_ada", "no_hp_ada", "no_hp_sah", "email_ada", "email_sah"]
FOLDER = Path(__file__).parents[2] / "batang_assets" / "contracts"


def _tables(source: str) -> dict[str, dict]:
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    entry = next(item for item in document["sources"] if item["name"] == source)
    assert entry["schema"] == "raw"
    return {table["name"]: table for table in entry["tables"]}


def test_the_committed_file_is_what_the_contracts_say():
    assert PATH.read_text(encoding="utf-8") == sources_yaml(), (
        "run: python -m batang_assets.warehouse.sources"
    )


def test_every_dataset_is_a_source_table_with_its_asset_key():
    career = (
        "lamaran lowongan pelatihan pemberi_kerja pencari_kerja penduduk_bekerja penempatan peserta_pelatihan"
    )
    centre = "lowongan pelatihan pemberi_kerja pencari_kerja penduduk_bekerja penempatan"
    assert list(_tables("batang_career")) == career.split()
    assert list(_tables("siapkerja")) == [f"siapkerja__{name}" for name in centre.split()]
    for name, table in (_tables("batang_career") | _tables("siapkerja")).items():
        assert table["config"]["meta"]["dagster"]["asset_key"] == ["raw", name]
        assert all(column["description"] for column in table["columns"])


def test_no_identifier_and_no_column_that_may_not_be_taken_is_a_source_column():
    # Read from the declaration text itself, not through the code under test.
    for source in ("batang_career", "siapkerja"):
        for path in (FOLDER / source).glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            table = re.search(r"^tabel: (\S+)$", text, re.MULTILINE)
            hidden = re.findall(
                r"- \{nama: (\w+),(?=[^\n]*?(?:identitas: true|ekstrak: false))[^\n]*\}", text
            )
            assert table
            names = {column["name"] for column in _tables(source)[table[1]]["columns"]}
            assert not names & set(hidden)


def test_findings_stand_in_for_the_identifiers_of_a_job_seeker():
    names = [column["name"] for column in _tables("batang_career")["pencari_kerja"]["columns"]]
    assert names[:8] == (
        [
            "_versi",
            "_isi_hash",
            "_identitas_hash",
            "_periode",
            "_run_id",
            "_diterima_pada",
            "_kolom_asing",
            "_catatan",
        ]
    )
    assert names[8:10] == ["id", "nomor_pendaftaran"]
    start = names.index("orang_token")
    assert names[start - 1] == "deleted_at"
    assert names[start:] == (
        [
            "orang_token",
            "nik_panjang",
            "nik_angka",
            "nik_struktur_sah",
            "nik_wilayah",
            "nik_tanggal_lahir",
            "nik_jenis_kelamin",
            "nama_lengkap_ada",
            "tempat_lahir_ada",
            "alamat_ada",
            "rt_ada",
            "rw_ada",
            "alamat_domisili_ada",
            "no_hp_ada",
            "no_hp_sah",
            "email_ada",
            "email_sah",
        ]
    )


def test_the_office_address_of_an_employer_is_no_identifier_but_its_contact_person_is():
    contract = load_contract("batang_career", "pemberi-kerja")
    assert [column.name for column in contract.identities] == ["nama_kontak", "hp_kontak"]
    names = {column["name"] for column in _tables("batang_career")["pemberi_kerja"]["columns"]}
    assert {"email", "telepon", "alamat", "nama_kontak_ada", "hp_kontak_ada", "hp_kontak_sah"} <= names


def test_every_delivered_field_says_where_it_comes_from():
    vault_columns = {
        column.name for contract in all_contracts("batang_career") for column in contract.identities
    }
    envelope = ["id", "id_daerah", "versi", "sumber", "ditarik", "diubah_pada", "sidik_data"]
    for contract in all_contracts("siapkerja"):
        assert [column.name for column in contract.columns[:7]] == envelope
        assert not any(column.origin for column in contract.columns[:7])
        for column in contract.columns[7:]:
            assert column.origin
            assert column.identity == column.origin.startswith("identitas:")
            if column.identity:
                assert set(column.origin.removeprefix("identitas:").split("|")) <= vault_columns
