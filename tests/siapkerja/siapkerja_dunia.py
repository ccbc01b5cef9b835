"""A small world by hand: marts as dbt makes them, identities in the vault through the door, gates open."""

from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import load_contract
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.vault import KeyRing
from tests.approved import let_out

JULI, OKTOBER = Period(2026, 7), Period(2026, 10)
COUNTS = {
    "pemberi-kerja": 3,
    "lowongan": 6,
    "pencari-kerja": 25,
    "penduduk-bekerja": 8,
    "pelatihan": 7,
    "penempatan": 9,
}
PERSON_FACTS = {"tanggal_lahir": date(1999, 8, 17), "jenis_kelamin": "P"}
MARTS: dict[str, dict[str, str]] = {
    "dim_pemberi_kerja": {
        "nama": "text", "nib": "text", "npwp": "text", "kode_wlkp": "text", "kode_kbli": "text",
        "versi_kbli": "text", "kode_wilayah": "text", "alamat": "text", "telepon": "text", "email": "text",
        "tenaga_kerja_l": "integer", "tenaga_kerja_p": "integer",
    },
    "fct_lowongan": {
        "id_daerah_pemberi_kerja": "text", "judul": "text", "kode_jabatan": "text", "versi_kbji": "text",
        "jumlah_l": "integer", "jumlah_p": "integer", "jumlah_bebas": "integer", "pendidikan_minimal": "text",
        "usia_min": "integer", "usia_max": "integer", "jenis_kelamin": "text", "kondisi_fisik": "text",
        "pengalaman_min_tahun": "integer", "upah_min": "bigint", "upah_max": "bigint", "kode_wilayah": "text",
        "tanggal_buka": "date", "tanggal_tutup": "date", "terisi": "integer", "status": "text",
    },
    "dim_pencari_kerja": {
        "tanggal_lahir": "date", "jenis_kelamin": "text", "kode_wilayah": "text", "pendidikan": "text",
        "jurusan": "text", "tahun_lulus": "integer", "disabilitas": "text", "status_bekerja": "text",
        "kode_jabatan_diminati": "text", "versi_kbji": "text", "luar_negeri": "boolean",
        "tanggal_daftar": "date", "tanggal_kedaluwarsa": "date", "status": "text",
    },
    "fct_penduduk_bekerja": {
        "tanggal_lahir": "date", "jenis_kelamin": "text", "kode_wilayah": "text", "pendidikan": "text",
        "id_daerah_pemberi_kerja": "text", "kode_kbli": "text", "versi_kbli": "text", "kode_jabatan": "text",
        "versi_kbji": "text", "status_pekerjaan": "integer", "tanggal_mulai": "date",
        "jam_kerja_seminggu": "integer",
    },
    "fct_peserta_pelatihan": {
        "tanggal_lahir": "date", "jenis_kelamin": "text", "program": "text", "kejuruan": "text",
        "lembaga": "text", "sumber_dana": "text", "tanggal_mulai": "date", "tanggal_selesai": "date",
        "jam_pelatihan": "integer", "hasil": "text", "nomor_sertifikat": "text",
    },
    "fct_penempatan": {
        "tanggal_lahir": "date", "jenis_kelamin": "text", "pendidikan": "text", "disabilitas": "text",
        "id_daerah_pemberi_kerja": "text", "nama_pemberi_kerja": "text", "id_daerah_lowongan": "text",
        "jenis_penerima": "text", "kode_jabatan": "text", "versi_kbji": "text", "jenis_antar_kerja": "text",
        "kode_wilayah_penempatan": "text", "negara": "text", "tanggal_mulai": "date", "upah": "bigint",
    },
}  # fmt: skip


class Dunia:
    """The world in the marts, with what the tests must know about it."""

    def __init__(self, connection: psycopg.Connection, ring: KeyRing) -> None:
        self.connection, self.ring = connection, ring
        self.niks: list[str] = []
        self.names: list[str] = []

    def reset(self) -> None:
        """Empty the delivery tables (the ledger's triggers are lifted for that) and make the marts afresh."""
        run = self.connection.execute
        tables = "kotak_keluar, kiriman, catatan_status, tertahan, baca_ulang, pandangan_pusat, buku_besar,"
        tables += " stempel_waktu"
        for table in ("buku_besar", "stempel_waktu"):
            run(sql.SQL("alter table delivery.{} disable trigger user").format(sql.Identifier(table)))
        run(sql.SQL("truncate {} restart identity").format(
            sql.SQL(", ").join(sql.Identifier("delivery", name) for name in tables.split(", "))
        ))  # fmt: skip
        for table in ("buku_besar", "stempel_waktu"):
            for trigger in ("hanya_bertambah", "hanya_bertambah_truncate"):
                enable = "alter table delivery.{} enable always trigger {}"
                run(sql.SQL(enable).format(sql.Identifier(table), sql.Identifier(trigger)))
        for source in ("batang_career", "siapkerja"):
            for domain in DOMAINS:
                table = load_contract(source, domain.name).table
                run(sql.SQL("truncate raw.{}").format(sql.Identifier(table)))
        run(
            "truncate vault.identitas, vault.pengungkapan, raw.peserta_pelatihan, raw.lamaran,"
            " quality.gerbang, vault.permintaan_subjek cascade"
        )
        for mart, columns in MARTS.items():
            run(sql.SQL("drop table if exists marts.{}").format(sql.Identifier(mart)))
            typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            statement = (
                f"create table marts.{mart} (id bigint primary key, id_daerah text unique not null,"
                f" isi_hash bytea, identitas_hash bytea, periode date, {typed})"
            )
            run(statement.encode())
        self.connection.commit()

    def fill(self) -> None:
        """Insert COUNTS records of each domain and open every gate up to October 2026."""
        for number in range(1, COUNTS["pemberi-kerja"] + 1):
            self.employer(number)
        for number in range(1, COUNTS["lowongan"] + 1):
            self.vacancy(number, employer=1 + number % 3)
        for number in range(1, COUNTS["pencari-kerja"] + 1):
            self.seeker(number)
        for number in range(1, COUNTS["penduduk-bekerja"] + 1):
            self.employed(number)
        for number in range(1, COUNTS["pelatihan"] + 1):
            self.trainee(number)
        for number in range(1, COUNTS["penempatan"] + 1):
            self.placement(number)
        self.open_gates()

    def open_gates(self) -> None:
        """Let two people approve the present data of every month, all of whose gates passed."""
        for period in JULI.up_to(OKTOBER):
            let_out(self.connection, period)
        self.connection.commit()

    def employer(self, number: int, **changes: Any) -> None:
        values: dict[str, Any] = {
            "nama": f"PT Uji {number}",
            "kode_kbli": "10",
            "versi_kbli": "2020",
            "tenaga_kerja_l": 4,
        }
        values |= {"kode_wilayah": "3325111013", "telepon": "(0285) 391234", "nib": "1234567890123"}
        self.put("pemberi-kerja", number, values | changes)

    def vacancy(self, number: int, employer: int, **changes: Any) -> None:
        values: dict[str, Any] = {
            "id_daerah_pemberi_kerja": f"batang:pemberi-kerja:{employer}",
            "judul": "Operator jahit",
        }
        values |= {"kode_jabatan": "8153", "versi_kbji": "2014", "jumlah_l": 1, "jumlah_p": 2}
        values |= {"jumlah_bebas": 0, "kode_wilayah": "3325111013", "tanggal_buka": date(2026, 10, 1)}
        values |= {"tanggal_tutup": date(2026, 10, 31), "terisi": 0, "status": "BUKA", "upah_min": 2534382}
        self.put("lowongan", number, values | changes)

    def seeker(self, number: int, **changes: Any) -> None:
        values: dict[str, Any] = PERSON_FACTS | {
            "kode_wilayah": "3325111013",
            "pendidikan": "SMK",
            "disabilitas": "TIDAK",
        }
        values |= {"status_bekerja": "BELUM", "luar_negeri": False, "tanggal_daftar": date(2026, 10, 1)}
        self.put("pencari-kerja", number, values | {"status": "AKTIF"} | changes)

    def employed(self, number: int, **changes: Any) -> None:
        values: dict[str, Any] = PERSON_FACTS | {
            "kode_wilayah": "3325111013",
            "kode_kbli": "10",
            "versi_kbli": "2020",
        }
        values |= {"kode_jabatan": "8153", "versi_kbji": "2014", "status_pekerjaan": 4}
        values |= {"id_daerah_pemberi_kerja": "batang:pemberi-kerja:1"}
        self.put("penduduk-bekerja", number, values | changes)

    def trainee(self, number: int, **changes: Any) -> None:
        values: dict[str, Any] = PERSON_FACTS | {
            "program": "Menjahit",
            "lembaga": "LPK Uji",
            "sumber_dana": "APBD",
        }
        values |= {"tanggal_mulai": date(2026, 10, 5), "hasil": "BERLANGSUNG"}
        self.put("pelatihan", number, values | changes)

    def placement(self, number: int, **changes: Any) -> None:
        values: dict[str, Any] = PERSON_FACTS | {
            "pendidikan": "SMK",
            "disabilitas": "TIDAK",
            "nama_pemberi_kerja": "PT Uji 1",
        }
        values |= {"id_daerah_pemberi_kerja": "batang:pemberi-kerja:1", "jenis_penerima": "SWASTA"}
        values |= {"id_daerah_lowongan": "batang:lowongan:3", "kode_jabatan": "8153", "versi_kbji": "2014"}
        values |= {"jenis_antar_kerja": "AKL", "tanggal_mulai": date(2026, 10, 5)}
        self.put("penempatan", number, values | changes)

    def change(self, domain: str, number: int, **changes: Any) -> None:
        """Change facts of one mart row."""
        for name, value in changes.items():
            statement = sql.SQL("update marts.{} set {} = %s where id = %s")
            self.connection.execute(
                statement.format(sql.Identifier(self.mart(domain)), sql.Identifier(name)), [value, number]
            )
        self.connection.commit()

    def remove(self, domain: str, number: int) -> None:
        """Take one row out of its mart."""
        statement = sql.SQL("delete from marts.{} where id = %s").format(sql.Identifier(self.mart(domain)))
        self.connection.execute(statement, [number])
        self.connection.commit()

    def put(self, domain: str, number: int, facts: dict[str, Any]) -> None:
        """Insert one mart row; a person's identity passes the door first."""
        isi_hash, identitas_hash = self.identity(domain, number)
        row: dict[str, Any] = {
            "id": number,
            "id_daerah": f"batang:{domain}:{number}",
            "periode": OKTOBER.first_day,
        }
        row |= {"isi_hash": isi_hash, "identitas_hash": identitas_hash, **facts}
        self.connection.execute(
            sql.SQL("insert into marts.{} ({}) values ({})").format(
                sql.Identifier(self.mart(domain)),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join([sql.Placeholder()] * len(row)),
            ),
            list(row.values()),
        )

    def identity(self, domain: str, number: int, **changes: Any) -> tuple[bytes | None, bytes | None]:
        """Seal a person for this record; every value is a canary that must not be found in clear."""
        dataset = "peserta-pelatihan" if domain == "pelatihan" else domain
        contract = load_contract("batang_career", dataset)
        if not any(column.type == "nik" for column in contract.identities):
            return None, None
        serial = 100 * [*COUNTS].index(domain) + number
        nik, name = f"332511570899{serial:04d}", f"Kenari {domain} {number}"
        self.niks.append(nik)
        self.names.append(name)
        person = {"nik": nik, "nama_lengkap": name}
        if domain == "pencari-kerja":
            person |= {"no_hp": "081234567890 / 085712345678", "email": f"kenari{number}@contoh.id"}
            person |= {"alamat": "Jalan Kenari 1", "tempat_lahir": "Batang"}
        record = {"id": number, "updated_at": "2026-10-05T08:00:00+07:00", **person, **changes}
        load_records(self.connection, self.ring, contract, OKTOBER, "uji", [record])
        statement = sql.SQL(
            "select _isi_hash, _identitas_hash from raw.{} where id = %s order by _versi desc limit 1"
        ).format(sql.Identifier(contract.table))
        row = self.connection.execute(statement, [str(number)]).fetchone()
        assert row is not None
        return row[0], row[1]

    def correct(self, domain: str, number: int, **changes: Any) -> None:
        """A new version of the source record, as the mart then shows it."""
        isi_hash, identitas_hash = self.identity(domain, number, **changes)
        self.change(domain, number, isi_hash=isi_hash, identitas_hash=identitas_hash)
        self.open_gates()

    @staticmethod
    def mart(domain: str) -> str:
        return next(item.mart for item in DOMAINS if item.name == domain)
