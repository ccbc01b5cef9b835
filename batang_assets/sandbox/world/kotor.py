"""Writes a fault into a row: each writer changes the row in place and returns the column it spoiled, or None."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from batang_assets.sandbox.world.bahan import load
from batang_assets.sandbox.world.waktu import MONTHS_ID

Row = dict[str, Any]
Writer = Callable[[Row, Random, str], str | None]

DATE_COLUMNS = {
    "pencari-kerja": ("tanggal_lahir", "tanggal_daftar"),
    "lowongan": ("tanggal_tutup",),
    "lamaran": ("tanggal_lamar",),
    "pelatihan": ("tanggal_mulai",),
    "peserta-pelatihan": ("tanggal_lahir",),
    "penempatan": ("tanggal_mulai", "tanggal_lahir"),
    "penduduk-bekerja": ("tanggal_lahir", "tanggal_pendataan"),
}
WAGE_COLUMNS = ("upah_diharapkan", "upah_min", "upah")
TEXT_COLUMNS = ("keterampilan", "nama", "judul", "nama_program", "nama_lengkap")
REGION_COLUMNS = ("kode_wilayah_domisili", "kode_wilayah")
EXCEL_EPOCH = date(1899, 12, 30)
SEX_WORDS = {
    "L": ("Laki-laki", "laki - laki", "Pria", "LAKI-LAKI", "Lk", "l"),
    "P": ("Perempuan", "perempuan", "Wanita", "PEREMPUAN", "Pr", "p"),
}


def _first(row: Row, columns: tuple[str, ...]) -> str | None:
    return next((c for c in columns if row.get(c) is not None), None)


def _nik(change: Callable[[str, Random], Any]) -> Writer:
    def write(row: Row, rng: Random, _dataset: str) -> str:
        row["nik"] = change(row["nik"], rng)
        return "nik"

    return write


def _other_birth_day(nik: str, _rng: Random) -> str:
    day = int(nik[6:8])
    shift = 40 if day > 40 else 0
    # Days 1–28 exist in every month, so the NIK stays a real date.
    return f"{nik[:6]}{(day - shift) % 28 + 1 + shift:02d}{nik[8:]}"


def _other_sex(nik: str, _rng: Random) -> str:
    day = int(nik[6:8])
    return f"{nik[:6]}{day - 40 if day > 40 else day + 40:02d}{nik[8:]}"


def _old_district(nik: str, rng: Random) -> str:
    return rng.choice(load().lain["nik_kecamatan_lama"]) + nik[6:]


def _longer(nik: str, rng: Random) -> str:
    place = rng.randrange(6, 16)
    return nik[:place] + nik[place - 1] + nik[place:]


def _date(change: Callable[[date, Random], Any], only: str | None = None) -> Writer:
    def write(row: Row, rng: Random, dataset: str) -> str | None:
        column = only or rng.choice(DATE_COLUMNS[dataset])
        if row.get(column) is None:
            return None
        row[column] = change(date.fromisoformat(row[column]), rng)
        return column

    return write


def _impossible(day: date, rng: Random) -> str:
    return rng.choice((f"31-02-{day.year}", f"{day.year}-02-30", f"{day.year}-13-{day.day:02d}"))


def _excel(day: date, rng: Random) -> int | str:
    serial = (day - EXCEL_EPOCH).days
    return serial if rng.random() < 0.5 else str(serial)


def _future(day: date, rng: Random) -> str:
    return (date(2028, 1, 1) + timedelta(days=rng.randrange(5000))).isoformat()


def _sex(row: Row, rng: Random, _dataset: str) -> str:
    row["jenis_kelamin"] = rng.choice(SEX_WORDS[row["jenis_kelamin"]])
    return "jenis_kelamin"


def _phone(row: Row, rng: Random, _dataset: str) -> str | None:
    column = _first(row, ("no_hp", "telepon"))
    if column:
        old = row[column]
        variants = (
            "+62" + old[1:],
            "62" + old[1:],
            f"{old[:4]}-{old[4:8]}-{old[8:]}",
            f"(+62) {old[1:4]} {old[4:]}",
        )
        row[column] = rng.choice(variants)
    return column


def _two_phones(row: Row, rng: Random, _dataset: str) -> str | None:
    column = _first(row, ("no_hp", "telepon"))
    if column:
        row[column] = f"{row[column]}{rng.choice((' / ', ', ', ' atau '))}0857{rng.randrange(10**7, 10**8)}"
    return column


def _wage_text(row: Row, rng: Random, _dataset: str) -> str | None:
    column = _first(row, WAGE_COLUMNS)
    if column:
        row[column] = rng.choice(("UMK", "Nego", "Sesuai UMK", "nego"))
    return column


def _wage(row: Row, rng: Random, _dataset: str) -> str | None:
    column = _first(row, WAGE_COLUMNS)
    if column:
        dotted = f"{row[column]:,}".replace(",", ".")
        millions = f"{row[column] / 1e6:.1f}".replace(".", ",")
        row[column] = rng.choice(
            (f"Rp {dotted}", f"{millions}jt", f"Rp{dotted},-", f"{dotted}", f"{millions} juta")
        )
    return column


def _name_only(row: Row, _rng: Random, _dataset: str) -> str:
    row["kode_wilayah_domisili"] = None
    return "kode_wilayah_domisili"


def _ambiguous_name(row: Row, rng: Random, _dataset: str) -> str:
    row["desa_domisili"] = rng.choice(load().desa_rancu).nama
    row["kecamatan_domisili"] = row["kode_wilayah_domisili"] = None
    return "kode_wilayah_domisili"


def _bps_code(row: Row, rng: Random, _dataset: str) -> str | None:
    column = _first(row, REGION_COLUMNS)
    if column:
        village = next(d for d in load().desa if d.kode == row[column])
        if not village.kode_bps:
            # Some villages have no matched BPS code: then the person lives in the next village that has one.
            near = [d for d in load().desa if d.kode_bps and d.kecamatan == village.kecamatan]
            village = rng.choice(near)
            if "desa_domisili" in row:
                row["desa_domisili"] = village.nama
        row[column] = village.kode_bps
    return column


def _education(row: Row, rng: Random, _dataset: str) -> str | None:
    column = _first(row, ("pendidikan_terakhir", "pendidikan_minimal"))
    if column:
        row[column] = rng.choice(load().lain["pendidikan_teks"][row[column]])
    return column


def _occupation(row: Row, rng: Random, _dataset: str) -> str:
    code = next(c for c in ("kode_jabatan_diminati", "kode_jabatan") if c in row)
    title = next(c for c in ("jabatan_diminati", "jabatan", "judul") if c in row)
    row[code], row[title] = None, rng.choice(load().lain["jabatan_teks"])
    return code


def _kbli_2025(row: Row, rng: Random, _dataset: str) -> str:
    row["kode_kbli"] = rng.choice(load().lain["kbli_2025"])
    return "kode_kbli"


def _text(change: Callable[[str, Random], str]) -> Writer:
    def write(row: Row, rng: Random, _dataset: str) -> str | None:
        columns = [c for c in TEXT_COLUMNS if row.get(c) is not None]
        if not columns:
            return None
        column = rng.choice(columns)
        row[column] = change(row[column], rng)
        return column

    return write


def _formula(text: str, rng: Random) -> str:
    return rng.choice(("=cmd|' /C calc'!A0", "+62" + text, "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("x")'))


def _huge(row: Row, _rng: Random, _dataset: str) -> str:
    row["keterampilan"] = "panjang " * 8192
    return "keterampilan"


def _new_column(row: Row, rng: Random, _dataset: str) -> str:
    column = rng.choice(("nomor_wa", "versi_formulir", "kode_qr"))
    row[column] = f"{rng.randrange(10**6)}"
    return column


def _lost_column(row: Row, rng: Random, _dataset: str) -> str:
    column = rng.choice(
        [c for c in ("kode_pos", "jurusan", "foto_url", "keterampilan", "usia_max") if c in row]
    )
    del row[column]
    return column


WRITERS: dict[str, Writer] = {
    "nik_kosong": _nik(lambda _nik, _rng: None),
    "nik_15_digit": _nik(lambda nik, rng: nik[: (cut := rng.randrange(8, 16))] + nik[cut + 1 :]),
    "nik_17_digit": _nik(_longer),
    "nik_angka": _nik(lambda nik, _: int(nik[:15] + "0")),
    "nik_digit_berulang": _nik(lambda _, rng: rng.choice("123456789") * 16),
    "nik_jenis_kelamin_bertentangan": _nik(_other_sex),
    "nik_tanggal_lahir_bertentangan": _nik(_other_birth_day),
    "nik_kecamatan_lama": _nik(_old_district),
    "tanggal_dd_mm_yyyy": _date(lambda day, rng: day.strftime(rng.choice(("%d-%m-%Y", "%d/%m/%Y")))),
    "tanggal_teks": _date(lambda day, _: f"{day.day} {MONTHS_ID[day.month - 1]} {day.year}"),
    "tanggal_serial_excel": _date(_excel),
    "tanggal_mustahil": _date(_impossible, "tanggal_lahir"),
    "tanggal_masa_depan": _date(_future, "tanggal_lahir"),
    "jenis_kelamin_varian": _sex,
    "telepon_varian": _phone,
    "telepon_ganda": _two_phones,
    "upah_varian": _wage,
    "upah_teks": _wage_text,
    "wilayah_nama_saja": _name_only,
    "wilayah_nama_rancu": _ambiguous_name,
    "wilayah_kode_bps": _bps_code,
    "pendidikan_teks": _education,
    "jabatan_teks": _occupation,
    "kbli_2025": _kbli_2025,
    "teks_emoji": _text(lambda text, rng: f"{text} {rng.choice('🙏😀🧵')}"),
    "teks_nul": _text(lambda text, _: text[:3] + "\x00" + text[3:]),
    "teks_html": _text(lambda text, rng: rng.choice((f"<b>{text}</b>", f"{text}<script>alert(1)</script>"))),
    "teks_rumus": _text(_formula),
    "teks_64kib": _huge,
    "kolom_baru": _new_column,
    "kolom_hilang": _lost_column,
}
