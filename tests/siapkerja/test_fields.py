"""The field maps against the contract's own lists, and values in the forms it asks for."""

from datetime import date
from decimal import Decimal

import pytest

from batang_assets.siapkerja.bodies import build_body, build_data, build_record, pack
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.fields import Field, UnfitValueError, convert, field_map, phone_e164

# Written out from contracts/siapkerja.md, "Records"; * = required.
CONTRACT = {
    "pencari-kerja": "nik* nama* tempat_lahir tanggal_lahir* jenis_kelamin* kode_wilayah* alamat no_hp email"
    " pendidikan* jurusan tahun_lulus disabilitas* status_bekerja* kode_jabatan_diminati versi_kbji luar_negeri*"
    " tanggal_daftar* tanggal_kedaluwarsa status*",
    "pemberi-kerja": "nama* nib npwp kode_wlkp kode_kbli* versi_kbli* kode_wilayah* alamat telepon email"
    " tenaga_kerja_l tenaga_kerja_p",
    "lowongan": "id_daerah_pemberi_kerja* judul* kode_jabatan* versi_kbji* jumlah_l* jumlah_p* jumlah_bebas*"
    " pendidikan_minimal usia_min usia_max jenis_kelamin kondisi_fisik pengalaman_min_tahun upah_min upah_max"
    " kode_wilayah* tanggal_buka* tanggal_tutup* terisi* status*",
    "penempatan": "nik* nama* tanggal_lahir* jenis_kelamin* pendidikan* disabilitas* id_daerah_pemberi_kerja"
    " nama_pemberi_kerja* id_daerah_lowongan jenis_penerima* kode_jabatan* versi_kbji* jenis_antar_kerja*"
    " kode_wilayah_penempatan negara tanggal_mulai* upah",
    "pelatihan": "nik* nama* tanggal_lahir* jenis_kelamin* program* kejuruan lembaga* sumber_dana* tanggal_mulai*"
    " tanggal_selesai jam_pelatihan hasil* nomor_sertifikat",
    "penduduk-bekerja": "nik* nama* tanggal_lahir* jenis_kelamin* kode_wilayah* pendidikan id_daerah_pemberi_kerja"
    " kode_kbli* versi_kbli* kode_jabatan* versi_kbji* status_pekerjaan* tanggal_mulai jam_kerja_seminggu",
}


@pytest.mark.parametrize("domain", CONTRACT)
def test_every_field_of_the_contract_is_mapped_and_no_other(domain: str) -> None:
    mapped = [field.name + "*" * field.required for field in field_map(domain)]
    assert sorted(mapped) == sorted(CONTRACT[domain].split())
    assert {item.name for item in DOMAINS} == set(CONTRACT)


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("081234567890", "+6281234567890"),
        ("+6281234567890", "+6281234567890"),
        ("+62 812-3456-7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("62 812 3456 7890", "+6281234567890"),
        ("0812.3456.7890", "+6281234567890"),
        ("081234567890/085712345678", "+6281234567890"),
        ("081234567890, 085712345678", "+6281234567890"),
        ("(0285) 391234", "+62285391234"),
        ("tidak ada", None),
        ("0812", None),
    ],
)
def test_phones_become_e164_the_first_of_several(written: str, e164: str | None) -> None:
    assert phone_e164(written) == e164


@pytest.mark.parametrize(
    ("kind", "value", "wire"),
    [
        ("tanggal", date(1999, 8, 7), "1999-08-07"),
        ("rupiah", Decimal("2534382.00"), 2534382),
        ("bilangan", 4, 4),
        ("boolean", False, False),
        ("nik", "3325115708990001", "3325115708990001"),
        ("kode", "2014", "2014"),
        ("kode", 4, 4),
        ("teks", "  ", None),
        ("teks", None, None),
    ],
)
def test_values_take_the_contracts_form(kind: str, value: object, wire: object) -> None:
    found = convert(Field("x", kind, True, "x", ()), value)
    assert found == wire
    assert type(found) is type(wire)


@pytest.mark.parametrize(
    ("kind", "value"), [("nik", "332511570899000"), ("rupiah", Decimal("0.5")), ("tanggal", "1999-08-07")]
)
def test_a_value_that_does_not_fit_is_named_by_its_field_only(kind: str, value: object) -> None:
    with pytest.raises(UnfitValueError) as raised:
        convert(Field("bidang_uji", kind, True, "x", ()), value)
    assert "bidang_uji" in str(raised.value)
    assert str(value) not in str(raised.value)


def test_the_address_is_the_domicile_or_else_that_of_the_card() -> None:
    facts = dict.fromkeys((field.column for field in field_map("pencari-kerja") if field.column), None)
    both = {"alamat_domisili": "Jalan Dua", "alamat": "Jalan Satu"}
    assert build_data("pencari-kerja", facts, both) == {"alamat": "Jalan Dua"}
    assert build_data("pencari-kerja", facts, {**both, "alamat_domisili": " "}) == {"alamat": "Jalan Satu"}


def test_batches_keep_order_and_both_limits() -> None:
    small = [build_record(f"batang:lowongan:{n}", 1, "tarik", None) for n in range(1201)]
    assert [len(batch) for batch in pack("3325", small)] == [500, 500, 201]
    assert [record for batch in pack("3325", small) for record in batch] == small
    large = [build_record(f"batang:lowongan:{n}", 1, "simpan", {"judul": "é" * 50_000}) for n in range(30)]
    batches = list(pack("3325", large))
    assert [len(batch) for batch in batches] == [10, 10, 10]
    assert max(len(build_body("3325", batch)) for batch in batches) <= 1024 * 1024
