"""A field map says in data how a foreign table or header becomes the contract, and says where it is wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batang_assets.contracts import all_contracts
from batang_assets.errors import ConfigurationError
from batang_assets.raw.converters import CONVERTERS, converter
from batang_assets.raw.field_map import FieldMap, deleted, load_field_maps
from batang_assets.vault.values import NumberText

DATASETS = {contract.dataset for contract in all_contracts("batang_career")}


def _map(folder: Path, text: str, dataset: str = "pencari-kerja") -> FieldMap:
    (folder / "peta.yaml").write_text(f"dataset: {dataset}\n{text}", encoding="utf-8")
    return load_field_maps(folder)[dataset]


def test_packaged_maps_are_the_identity_of_every_contract():
    maps = load_field_maps()
    assert maps.keys() == DATASETS
    for contract in all_contracts("batang_career"):
        row = {column.name: f"isi {column.name}" for column in contract.columns}
        record = maps[contract.dataset].record(row)
        assert record == {column.name: row[column.name] for column in contract.columns if column.extract}
        assert maps[contract.dataset].table == contract.table


def test_packaged_maps_read_the_headings_people_write():
    row = {
        "ID": "1",
        "No. KTP": "2",
        "Nama": "3",
        "Tgl. Lahir": "4",
        "L/P": "5",
        "No. HP": "6",
        "Updated At": "7",
    }
    record = load_field_maps()["pencari-kerja"].record(row)
    assert record == {
        "id": "1", "nik": "2", "nama_lengkap": "3", "tanggal_lahir": "4", "jenis_kelamin": "5", "no_hp": "6",
        "updated_at": "7",
    }  # fmt: skip


def test_a_map_renames_converts_joins_and_translates(tmp_path: Path):
    field_map = _map(
        tmp_path,
        """
tabel: kepeg.pencaker
kolom:
  id: kode
  nik: no_ktp
  jenis_kelamin: {dari: jk, nilai: {1: L, 2: P}}
  tanggal_lahir: {dari: tgl, ubah: tanggal_excel}
  upah_diharapkan: {dari: gaji, ubah: bilangan}
  kode_wilayah: {dari: desa_id, ubah: [nol_di_depan:10, kode_wilayah]}
  updated_at: {gabung: [tgl_ubah, jam_ubah], ubah: waktu_wib}
  lokasi_diminati: {tetap: Dalam Negeri}
""",
    )
    assert field_map.table == "kepeg.pencaker"
    row = {
        "kode": NumberText("7"), "no_ktp": "3325", "jk": NumberText("2"), "tgl": NumberText("36526"),
        "gaji": "2.534.382", "desa_id": NumberText("3325012001"), "tgl_ubah": "2026-10-01", "jam_ubah": "08:30:00",
        "nomor_wa": "x",
    }  # fmt: skip
    assert field_map.record(row) == {
        "id": "7", "nik": "3325", "jenis_kelamin": "P", "tanggal_lahir": "2000-01-01",
        "upah_diharapkan": "2534382", "kode_wilayah": "33.25.01.2001",
        "updated_at": "2026-10-01T08:30:00+07:00", "nomor_wa": "x",
        "lokasi_diminati": "Dalam Negeri",
    }  # fmt: skip


def test_columns_that_may_not_be_taken_are_dropped_also_under_another_name(tmp_path: Path):
    field_map = _map(tmp_path, "kolom: {agama: keyakinan}\nabaikan: [kata_sandi]\n")
    record = field_map.record({"id": "1", "keyakinan": "x", "Kata Sandi": "y", "foto_url": "z", "baru": "b"})
    assert record == {"id": "1", "baru": "b"}


def test_a_source_column_is_not_taken_for_a_contract_column_it_only_shares_the_name_with(tmp_path: Path):
    field_map = _map(tmp_path, "kolom: {nik: no_ktp, status_bekerja: status, jurusan: ~}\n")
    record = field_map.record({"no_ktp": "1", "nik": "lain", "status": "s", "jurusan": "j"})
    assert record == {"nik": "1", "nik_sumber": "lain", "status_bekerja": "s", "jurusan_sumber": "j"}


def test_synonyms_take_the_first_that_is_there_and_a_missing_one_is_told(tmp_path: Path):
    field_map = _map(tmp_path, "kolom:\n  no_hp: [hp, telp]\n  nik: no_ktp\n")
    plan = field_map.plan(["id", "Telp"])
    assert plan.record(["1", "0812"]) == {"no_hp": "0812", "id": "1"}
    assert [(item.target, item.line) for item in plan.missing] == [("nik", 4)]


def test_a_flag_means_deleted_when_the_row_last_changed(tmp_path: Path):
    field_map = _map(tmp_path, 'hapus: {dari: sts, bila: ["0", N]}\n')
    shown = [{"id": "1", "updated_at": "t", "sts": value} for value in (NumberText("0"), "N", "1", "", None)]
    records = [field_map.record(row) for row in shown]
    assert [record["deleted_at"] for record in records] == ["t", "t", None, None, None]
    assert [deleted(record) for record in records] == [True, True, False, False, False]


def test_a_zero_date_means_not_deleted():
    record = load_field_maps()["lamaran"].record({"id": "1", "deleted_at": "0000-00-00 00:00:00"})
    assert record == {"id": "1", "deleted_at": None}
    assert not deleted(record)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tabell: x\n", r"peta.yaml:2: unknown key 'tabell'"),
        ("kolom:\n  nik: a\n  nikk: b\n", r"peta.yaml:4: pencari-kerja has no column 'nikk'"),
        (
            "kolom:\n  nik: {dari: a, ubah: tanggal_exel}\n",
            r"peta.yaml:3: no converter 'tanggal_exel'; known: teks",
        ),
        ("kolom:\n  nik: {dari: a, ubah: nol_di_depan}\n", r"peta.yaml:3: converter nol_di_depan needs"),
        ("kolom:\n  nik: {ubah: teks}\n", r"peta.yaml:3: nik needs either dari"),
        ("kolom:\n  nik: a\n  nik: b\n", r"peta.yaml:4: nik is given twice"),
        ("kolom:\n  nik: {dari: a, bila: x}\n", r"peta.yaml:3: bila belongs to deleted_at"),
        ("kolom:\n  id: {tetap: 1}\n", r"peta.yaml:3: tetap stands alone, and not for id"),
        ("kolom: [a]\n", r"peta.yaml:2: kolom must be a mapping"),
        ("waktu_ubah: a\nkolom: {updated_at: b}\n", r"peta.yaml:2: waktu_ubah and kolom: updated_at"),
        ("zona: Mars\n", r"peta.yaml:2: zona 'Mars'"),
        ("kolom: {nik: [}\n", r"peta.yaml: not valid YAML"),
    ],
)
def test_a_wrong_map_is_one_line_that_names_file_and_line(tmp_path: Path, text: str, message: str):
    with pytest.raises(ConfigurationError, match=message) as error:
        _map(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_none_or_empty_is_told(tmp_path: Path):
    for folder in (tmp_path / "tidak-ada", tmp_path):
        with pytest.raises(ConfigurationError, match="BATANG_CAREER_MAP"):
            load_field_maps(folder)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("tanggal_excel", NumberText("45123"), "2023-07-16"),
        ("tanggal_excel", "45123.75", "2023-07-16"),
        ("tanggal_excel:1904", NumberText("43661"), "2023-07-16"),
        ("tanggal_excel", "16-07-2023", "16-07-2023"),
        ("waktu_excel", NumberText("45123.5"), "2023-07-16T12:00:00+07:00"),
        ("tanggal:%d/%m/%Y", "31/12/1999", "1999-12-31"),
        ("tanggal:%d/%m/%Y", "31/02/1999", "31/02/1999"),
        ("waktu:%d/%m/%Y %H:%M", "31/12/1999 23:59", "1999-12-31T23:59:00+07:00"),
        ("waktu_wib", "2026-10-01 08:30", "2026-10-01T08:30:00+07:00"),
        ("waktu_utc", "2026-10-01 20:30:00", "2026-10-02T03:30:00+07:00"),
        ("waktu_wib", "2026-10-01T08:30:00+00:00", "2026-10-01T15:30:00+07:00"),
        ("waktu_epoch", NumberText("1790000000"), "2026-09-21T21:13:20+07:00"),
        ("waktu_epoch:ms", NumberText("1790000000000"), "2026-09-21T21:13:20+07:00"),
        ("nol_di_depan:10", NumberText("812"), "0000000812"),
        ("nol_di_depan:3", "0812", "0812"),
        ("bilangan", "2.534.382,50", "2534382.50"),
        ("bilangan", "Nego", "Nego"),
        ("bilangan_teks", NumberText("3325010101010001.0"), "3325010101010001"),
        ("ya_tidak", "Ya", True),
        ("ya_tidak", NumberText("0"), False),
        ("ya_tidak", "mungkin", "mungkin"),
        ("kode_wilayah", NumberText("3325012001"), "33.25.01.2001"),
        ("teks", "  a ", "a"),
    ],
)
def test_a_converter_reads_what_it_is_for_and_leaves_the_rest(name: str, value: object, expected: object):
    assert converter(name)(value) == expected


EXAMPLES = {"nol_di_depan": "nol_di_depan:16", "tanggal": "tanggal:%d/%m/%Y", "waktu": "waktu:%Y %H"}


@given(value=st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats(), st.booleans()))
def test_no_value_makes_a_converter_fail(value: object):
    for name in CONVERTERS:
        convert = converter(EXAMPLES.get(name, name))
        convert(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            convert(NumberText(value))
        for blank in (None, "", "  "):
            assert convert(blank) == blank


@given(
    moment=st.datetimes(datetime(1900, 3, 1), datetime(2200, 1, 1)).map(lambda m: m.replace(microsecond=0))
)
def test_excel_serials_come_back_as_the_time_they_were_made_of(moment: datetime):
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert converter("waktu_excel")(NumberText(repr(serial))) == f"{moment.isoformat()}+07:00"


@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)).map(lambda m: m.replace(microsecond=0))
)
def test_epoch_seconds_come_back_as_the_time_they_were_made_of(moment: datetime):
    aware = moment.replace(tzinfo=UTC)
    shown = converter("waktu_epoch")(NumberText(int(aware.timestamp())))
    assert datetime.fromisoformat(shown) == aware
    assert shown.endswith("+07:00")
