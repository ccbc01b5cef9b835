"""Both sides of the consolidation in a database, written by hand: what the bridge must explain."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import load_contract

# Domain on the wire → judged table, its key, mart, dataset of the person (None: no person).
DOMAINS = {
    "pencari-kerja": ("int_pencari_kerja__dinilai", "pencari_kerja_id", "dim_pencari_kerja", "pencari_kerja"),
    "pemberi-kerja": ("int_pemberi_kerja__dinilai", "pemberi_kerja_id", "dim_pemberi_kerja", None),
    "lowongan": ("int_lowongan__dinilai", "lowongan_id", "fct_lowongan", None),
    "penduduk-bekerja": (
        "int_penduduk_bekerja__dinilai", "penduduk_bekerja_id", "fct_penduduk_bekerja", "penduduk_bekerja",
    ),
    "pelatihan": (
        "int_peserta_pelatihan__dinilai", "peserta_pelatihan_id", "fct_peserta_pelatihan", "peserta_pelatihan",
    ),
    "penempatan": ("int_penempatan__dinilai", "penempatan_id", "fct_penempatan", "penempatan"),
}  # fmt: skip
TYPES = {
    "layak": "boolean", "deleted_at": "timestamptz", "updated_at": "timestamptz", "tanggal_daftar": "date",
    "tanggal_lapor_terakhir": "date", "tanggal_kedaluwarsa": "date", "tanggal_mulai": "date",
    "tahun_anggaran": "integer", "pemberi_kerja_id": "bigint",
}  # fmt: skip
COMMON = ("id", "layak", "deleted_at", "updated_at", "kode_kecamatan", "sumber_dana", "kode_sub_kegiatan")
SEEKER = ("tanggal_daftar", "tanggal_lapor_terakhir", "tanggal_kedaluwarsa")


def facts(domain: str) -> dict[str, str]:
    """Field at SIAPkerja → mart column, of what is no identifier; from the contract."""
    return {
        column.name: column.origin
        for column in load_contract("siapkerja", domain).columns
        if column.origin and not column.identity
    }


def create(connection: psycopg.Connection) -> None:
    """Judged tables, marts as views over them, and the table of persons; the raw and delivery tables are real."""
    for domain, (judged, key, mart, _) in DOMAINS.items():
        names = dict.fromkeys([*COMMON, *SEEKER, "tahun_anggaran", "pemberi_kerja_id", "lembaga"])
        names |= dict.fromkeys(facts(domain).values())
        columns = ", ".join(
            f"{name} {TYPES.get(name, 'text')}" for name in names if name not in (key, "id_daerah")
        )
        run(connection, f"create table intermediate.{judged} ({key} bigint, {columns})")
        run(
            connection,
            f"create view marts.{mart} as select *, 'batang:{domain}:' || {key} as id_daerah"
            f" from intermediate.{judged} where layak and deleted_at is null",
        )
    run(
        connection,
        "create table intermediate.int_orang__anggota (dataset text, id text, orang_token text, orang_id text)",
    )
    connection.commit()


def empty(connection: psycopg.Connection) -> None:
    """Nothing on either side."""
    for domain, (judged, *_) in DOMAINS.items():
        run(connection, f"truncate intermediate.{judged}, raw.{centre_table(domain)}")
    run(connection, "truncate delivery.catatan_status, delivery.tertahan cascade")
    run(connection, "truncate intermediate.int_orang__anggota, vault.tautan_orang")
    connection.commit()


def run(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement.encode())


def centre_table(domain: str) -> str:
    return f"siapkerja__{domain.replace('-', '_')}"


class Sides:
    """Collects rows of both sides and writes them at once."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._next = 0

    def number(self) -> int:
        self._next += 1
        return self._next

    def regency(
        self,
        domain: str,
        person: str | None = None,
        *,
        fit: bool = True,
        deleted: bool = False,
        kecamatan: str = "332501",
        **values: Any,
    ) -> str:
        """A record of ours; returns its id_daerah. ``person``: whose (of an employer: the NIB)."""
        judged, key, _, dataset = DOMAINS[domain]
        number = self.number()
        row = {
            key: number,
            "id": str(number),
            "layak": fit,
            "deleted_at": "2026-10-20T00:00:00+07:00" if deleted else None,
            "updated_at": "2026-10-15T00:00:00+07:00",
            "kode_kecamatan": kecamatan,
        }
        if domain == "pencari-kerja":
            row |= {"tanggal_daftar": "2026-08-01", "tanggal_kedaluwarsa": "2028-08-01"}
        if domain == "pemberi-kerja":
            row["nib"] = person
        self._add(f"intermediate.{judged}", row | values)
        if dataset:
            self._add(
                "intermediate.int_orang__anggota",
                {
                    "dataset": dataset,
                    "id": str(number),
                    "orang_token": person,
                    "orang_id": person or f"{dataset}:{number}",
                },
            )
        return f"batang:{domain}:{number}"

    def sent(
        self, domain: str, id_daerah: str, state: str = "diterima", content: bytes = b"isi", **values: Any
    ) -> None:
        """Where our delivery of the record stands."""
        row = {"id_daerah": id_daerah, "domain": domain, "versi": 1, "operasi": "simpan", "keadaan": state}
        self._add("delivery.catatan_status", row | {"sidik_data": content} | values)

    def held(self, domain: str, id_daerah: str, reason: str) -> None:
        """The record waits at our side."""
        row = {"id_daerah": id_daerah, "domain": domain, "rujukan": ["x"], "alasan": reason}
        self._add("delivery.tertahan", row)

    def centre(
        self,
        domain: str,
        id_daerah: str | None = None,
        person: str | None = None,
        *,
        content: bytes | None = b"isi",
        withdrawn: bool = False,
        changed: str = "2026-10-30T08:00:00+07:00",
        village: str | None = "3325011001",
        linked: str | None = None,
        **values: Any,
    ) -> str:
        """A record at the centre; returns its id_siapkerja. ``linked``: whose it is by the vault, without a NIK."""
        ident = f"S{self.number()}"
        row: dict[str, Any] = {
            "_isi_hash": ident.encode(), "_periode": "2026-10-01", "_run_id": "uji", "id": ident,
            "id_daerah": id_daerah, "ditarik": str(withdrawn).lower(), "diubah_pada": changed,
            "sidik_data": content,
        }  # fmt: skip
        if "kode_wilayah" in facts(domain):
            row["kode_wilayah"] = village
        if linked:
            link = {"asal_id": f"{centre_table(domain)}:{ident}", "orang_id": linked, "cara": "model"}
            self._add("vault.tautan_orang", link | {"keyakinan": 0.99, "sejak": changed})
        elif DOMAINS[domain][3]:
            row |= {"orang_token": person, "nik_panjang": 16, "nik_angka": False, "nik_struktur_sah": True}
        elif domain == "pemberi-kerja":
            row["nib"] = person
        self._add(f"raw.{centre_table(domain)}", row | values)
        return ident

    def write(self, connection: psycopg.Connection) -> None:
        """Insert everything; rows of one table may have different columns."""
        for table, rows in self.rows.items():
            names = list(dict.fromkeys(name for row in rows for name in row))
            target = sql.SQL("copy {} ({}) from stdin").format(
                sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, names))
            )
            with connection.cursor() as cursor, cursor.copy(target) as copy:
                for row in rows:
                    copy.write_row([_text(row.get(name)) for name in names])
        connection.commit()

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(row)


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, bytes | list) else str(value)


def pairing(connection: psycopg.Connection) -> Iterable[tuple[Any, ...]]:
    """domain, id_daerah, id_siapkerja, hubungan, sebab of every row of the pairing."""
    return connection.execute(
        "select domain, id_daerah, id_siapkerja, hubungan, sebab from intermediate.int_konsolidasi__padanan"
    ).fetchall()
