"""Files as people make them: whatever the program that wrote them, the values arrive as the API would show them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from batang_assets.contracts import load_contract
from batang_assets.settings import Settings
from batang_assets.vault.values import NumberText
from tests.raw.drops import drop, fresh, read, register, workbook

LAMARAN = "id,pencari_kerja_id,lowongan_id,tanggal_lamar,status,updated_at"
ROW = "7,11,3,2026-10-02,dikirim,2026-10-02T08:00:00+07:00"
SEEKER = [
    "id", "nik", "nama_lengkap", "tanggal_lahir", "no_hp", "upah_diharapkan", "tanggal_daftar", "created_at",
    "updated_at", "deleted_at",
]  # fmt: skip


@pytest.fixture(scope="module")
def base(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def settings(base: Settings, tmp_path: Path) -> Settings:
    return fresh(base, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_is_found_out(settings: Settings, encoding: str, delimiter: str):
    lines = ["id,judul,jurusan,keterampilan,status,updated_at"]
    lines += [
        f"{n},Kafé “Batik” nº {n},Teknik,las; bubut | cat,buka,2026-10-0{n}T00:00:00+07:00" for n in (1, 2)
    ]
    table = [line.split(",") for line in lines]
    text = "\r\n".join(
        delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in table
    )
    drop(settings, "lowongan.csv", (text + "\r\n").encode(encoding))
    rows = read(settings, "lowongan")
    assert [row["judul"] for row in rows] == ["Kafé “Batik” nº 1", "Kafé “Batik” nº 2"]
    assert rows[0]["keterampilan"] == "las; bubut | cat"


def test_a_workbook_shows_what_the_api_would_show(settings: Settings, tmp_path: Path):
    stamp = datetime(2026, 10, 31, 23, 59, 58)
    rows = [
        SEEKER,
        [
            "1",
            "3325010101990001",
            "Siti",
            datetime(1999, 1, 1),
            "0812345678901",
            2534382,
            "2026-10-01",
            stamp,
            stamp,
        ],
        [
            2,
            3325014101990002,
            "Budi",
            36161,
            812345678901,
            2534382.5,
            datetime(2026, 10, 2),
            stamp,
            46326.5,
            None,
        ],
    ]
    drop(
        settings, "pencari-kerja.xlsx", workbook(tmp_path / "b.xlsx", rows, title="REKAP PENCARI KERJA 2026")
    )
    first, second = read(settings, "pencari-kerja")
    assert first == {
        "id": "1", "nik": "3325010101990001", "nama_lengkap": "Siti", "tanggal_lahir": "1999-01-01",
        "no_hp": "0812345678901", "upah_diharapkan": "2534382", "tanggal_daftar": "2026-10-01",
        "created_at": "2026-10-31T23:59:58+07:00", "updated_at": "2026-10-31T23:59:58+07:00", "deleted_at": None,
    }  # fmt: skip
    assert not isinstance(first["nik"], NumberText)
    assert isinstance(second["nik"], NumberText)
    assert second["nik"] == "3325014101990002"
    assert (second["tanggal_lahir"], second["no_hp"]) == ("36161", "812345678901")
    assert (second["upah_diharapkan"], second["tanggal_daftar"]) == ("2534382.5", "2026-10-02")
    assert second["updated_at"] == "2026-10-31T12:00:00+07:00"


def test_a_number_too_long_for_a_workbook_is_not_taken_for_another_one(settings: Settings, tmp_path: Path):
    table = [SEEKER[:3], ["1", 9171010101990001, "Agus"], ["2", 8271010101990001, "Ayu"]]
    drop(settings, "pencari-kerja.xlsx", workbook(tmp_path / "b.xlsx", table))
    first, second = read(settings, "pencari-kerja")
    assert (first["nik"], second["nik"]) == ("9.17101010199e+15", "8271010101990001")
    assert isinstance(first["nik"], NumberText)


def test_sheets_without_the_header_are_passed_over_and_all_others_read(settings: Settings, tmp_path: Path):
    head = LAMARAN.split(",")
    pages = [
        [["Petunjuk"], ["Isi lembar berikutnya"]],
        [head, [1, 11, 3, "2026-10-02", "dikirim", "2026-10-02 08:00:00"]],
        [[None, *head], [], [None, 2, 12, 3, "2026-10-03", "dikirim", datetime(2026, 10, 3)]],
    ]
    drop(settings, "data.xlsx", workbook(tmp_path / "b.xlsx", *pages))
    rows = read(settings, "lamaran")
    assert [(row["id"], row["updated_at"]) for row in rows] == [
        ("1", "2026-10-02T08:00:00+07:00"),
        ("2", "2026-10-03T00:00:00+07:00"),
    ]
    assert not any("kolom_1" in row for row in rows)


def test_a_windows_semicolon_file_with_decimal_commas(settings: Settings):
    text = (
        "sep=;\r\nDaftar pelatihan BLK;;;;;;\r\n\r\n"
        "ID;Nama Program;PAGU;Realisasi;Tahun Anggaran;Jam Pelatihan;Updated At;Keterangan Baru\r\n"
        '4;"Las ""3G"" – dasar";2534382,50;1.250.000,00;2026;7,5;31/10/2026 10.15;\r\n'
        ";;;;;;;\r\n"
        "5;Menjahit;2000000,00;;2026;240;2026-10-30 08:00;baru\r\n"
        "Jumlah;;4534382,50;;;;;\r\n"
    )
    drop(settings, "rekap.csv", text.encode("cp1252"))
    first, second = read(settings, "pelatihan")
    assert first == {
        "id": "4", "nama_program": 'Las "3G" – dasar', "pagu": "2534382.5", "realisasi": "1.250.000,00",
        "tahun_anggaran": "2026", "jam_pelatihan": "7.5", "updated_at": "2026-10-31T10:15:00+07:00",
    }  # fmt: skip
    assert (second["pagu"], second["realisasi"], second["Keterangan Baru"]) == ("2000000", None, "baru")


def test_quoted_newlines_numbers_written_as_text_and_rounded_niks(settings: Settings):
    text = (
        "id,nik,nama_lengkap,alamat,no_hp,keterampilan,updated_at\n"
        '1,"=""3325010101990001""",Siti,"Jl. Raya\nRT 1",\'0812,=cmd|x,2026-10-02T00:00:00+07:00\n'
        "2,3.32501E+15,Budi,,,,2026-10-02T00:00:00+07:00\n"
    )
    drop(settings, "a.csv", text)
    first, second = read(settings, "pencari-kerja")
    assert (first["nik"], first["alamat"]) == ("3325010101990001", "Jl. Raya\nRT 1")
    assert (first["no_hp"], first["keterampilan"]) == ("'0812", "=cmd|x")
    assert isinstance(second["nik"], NumberText)
    assert (second["nik"], second["alamat"]) == ("3.32501E+15", None)


def test_hostile_values_are_bounded_and_flow(settings: Settings):
    big = "x" * (10 << 20)
    content = f"{LAMARAN},catatan\n".encode()
    content += b"1,2,3,2026-10-02,dik\0irim,2026-10-02T08:00:00+07:00," + big.encode() + b"\n"
    content += "2,é,3,2026-10-02,dikirim,2026-10-02T08:00:00+07:00,\n".encode()
    content += b"3,\xff,3,2026-10-02,dikirim,2026-10-02T08:00:00+07:00,\xc3\xa9\n"
    drop(settings, "lamaran.csv", content)
    first, second, third = read(settings, "lamaran")
    assert (first["status"], len(first["catatan"])) == ("dik\0irim", len(big))
    assert second["pencari_kerja_id"] == "é"
    assert (third["pencari_kerja_id"], third["catatan"]) == ("\udcff", "é")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"{LAMARAN}\n{ROW}\n{ROW},lebih\n", "baris 3: sel lebih banyak"),
        (f'{LAMARAN}\n{ROW}\n8,11,"tak ditutup\n{ROW}\n', "baris 3: tanda kutip dibuka tetapi tidak ditutup"),
        (f'{LAMARAN}\n8,11,"ab"c,,,\n', "baris 2: tanda kutip di tengah nilai"),
        (f"{LAMARAN}\n{ROW}\n,11,3,2026-10-02,dikirim,2026-10-02\n", "baris 3: kolom id kosong"),
        (f"{LAMARAN}\n{ROW}\n8,11,3", "baris 3: berkas terpotong"),
        (f"{LAMARAN},Status\n{ROW},x\n", "baris 1: kolom ke-5 dan ke-7 berjudul sama"),
        (
            LAMARAN.removeprefix("id,") + "\n1,2\n",
            "baris 1: judul tidak memuat kolom id untuk lamaran; petakan",
        ),
        ("a,b,c\n1,2,3\n", "judul kolom tidak dikenali"),
        ("", "judul kolom tidak dikenali"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, "judul kolom tidak dikenali"),
        (b"PK\x03\x04 bukan zip", "bukan buku kerja XLSX yang utuh"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "buku kerja .xls lama atau dilindungi sandi"),
        (f"{LAMARAN}\n".encode() + b"1,2," + b"x" * (17 << 20), "baris 2: lebih panjang dari 16 MiB"),
        (f'{LAMARAN}\n1,"' + "x\n" * (9 << 20), "baris 2: tanda kutip dibuka tetapi tidak ditutup"),
    ],
)
def test_an_unreadable_file_is_set_aside_with_its_place_and_stops_no_other(
    settings: Settings, content: bytes | str, reason: str
):
    drop(settings, "rusak.csv", content)
    drop(settings, "utuh.csv", f"{LAMARAN}\n{ROW}\n")
    assert [row["id"] for row in read(settings, "lamaran")] == ["7"]
    accepted, why, _, rows = register(settings)["rusak.csv"]
    assert (accepted, rows) == (False, 0)
    assert why is not None
    assert why.startswith(reason)
    assert register(settings)["utuh.csv"] == (True, None, "lamaran", 1)


def test_a_workbook_cut_off_anywhere_is_set_aside(settings: Settings, tmp_path: Path):
    content = workbook(tmp_path / "b.xlsx", [LAMARAN.split(","), ROW.split(",")])
    for length in range(200, len(content) - 1, 997):
        drop(settings, f"{length}.xlsx", content[:length])
    assert read(settings, "lamaran") == []
    states = register(settings)
    assert len(states) > 3
    assert {state[1] for state in states.values()} == {"bukan buku kerja XLSX yang utuh"}


def test_a_workbook_of_two_datasets_is_set_aside(settings: Settings, tmp_path: Path):
    other = ["id", "judul", "jumlah_l", "jumlah_p", "kondisi_fisik", "updated_at"]
    drop(settings, "campur.xlsx", workbook(tmp_path / "b.xlsx", [LAMARAN.split(",")], [other, [1, "x"]]))
    assert register(settings)["campur.xlsx"][1] == (
        "lembar 2 berisi dataset lain (lowongan): satu berkas satu dataset"
    )


def test_headers_and_names_go_by_the_field_map(base: Settings, tmp_path: Path):
    maps = tmp_path / "peta"
    maps.mkdir()
    (maps / "pencari.yaml").write_text(
        "dataset: pencari-kerja\nberkas: ['AK1*']\nkolom:\n"
        "  id: [no_urut, Nomor]\n  nik: {dari: [No. KTP, NIK], ubah: 'nol_di_depan:16'}\n"
        "  rt: {dari: RT, ubah: 'nol_di_depan:3'}\n  updated_at: {gabung: [Tgl. Ubah, Jam], ubah: waktu_wib}\n",
        encoding="utf-8",
    )
    settings = fresh(base, tmp_path, career_map=maps)
    rows = [
        ["NOMOR", "no ktp", "rt", "TGL UBAH", "jam"],
        [1, 125010101990001, 1, datetime(2026, 10, 5), "08:30"],
    ]
    drop(settings, "ak1 Oktober.xlsx", workbook(tmp_path / "b.xlsx", rows))
    (row,) = read(settings, "pencari-kerja")
    assert row == {
        "id": "1",
        "nik": "0125010101990001",
        "rt": "001",
        "updated_at": "2026-10-05T08:30:00+07:00",
    }


def test_every_contract_is_recognised_by_its_own_columns(settings: Settings):
    contracts = [load_contract("batang_career", name) for name in (
        "lamaran", "lowongan", "pelatihan", "pemberi-kerja", "pencari-kerja", "penduduk-bekerja", "penempatan",
        "peserta-pelatihan",
    )]  # fmt: skip
    for contract in contracts:
        drop(settings, f"{contract.table[::-1]}.csv", ",".join(c.name for c in contract.columns) + "\n")
    found = {name: state[2] for name, state in register(settings).items()}
    assert found == {f"{contract.table[::-1]}.csv": contract.dataset for contract in contracts}
