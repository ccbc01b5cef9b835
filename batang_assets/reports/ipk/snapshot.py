"""What each event counted at the moments of publication, and the source records that it rests on.

A snapshot (``potret``) stores only what has changed since the one before; keys are digests of record ids, never an
identifier of a person. Between two snapshots every change of an event is known, and from it why a figure changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import psycopg

from batang_assets.reports.ipk.cube import ENTERED, FILLED, OUTSIDE, REMOVED, Key
from batang_assets.reports.ipk.rowlists import UNKNOWN

FLOWS = {
    "terdaftar": ENTERED,
    "ditempatkan": FILLED,
    "dihapus": REMOVED,
    "kedaluwarsa": REMOVED,
    "dibuka": ENTERED,
    "terisi": FILLED,
}
SEXES = ("L", "P", "bebas")
# As rpt_ipk_arus places it; where the two would differ, the causes no longer add up and nothing is published.
_PLACE = f"""case
    when kode_kecamatan is null then '{UNKNOWN}'
    when left(kode_kecamatan, 4) = %(wilayah)s and length(kode_kecamatan) = 6 then kode_kecamatan
    else '{OUTSIDE}'
end"""
EVENTS = f"""
select
    md5('pencari_kerja:' || peristiwa_id)::uuid as kunci,
    md5('orang:' || orang_id)::uuid as kelompok,
    array[
        md5('pencari_kerja:' || pendaftaran_id)::uuid,
        md5(coalesce('penempatan:' || penempatan_id, 'pencari_kerja:' || pencari_kerja_id))::uuid
    ] as catatan,
    diketahui_pada, 'pencari_kerja' as bagian, jenis, date_trunc('month', tanggal_peristiwa)::date as bulan,
    array[
        {_PLACE}, jenis_kelamin, kelompok_umur, coalesce(pendidikan, '{UNKNOWN}'),
        coalesce(kode_jabatan, '{UNKNOWN}'), coalesce(versi_kbji, ''), lama_lulus,
        case jenis when 'ditempatkan' then coalesce(jenis_penempatan, '{UNKNOWN}') end,
        case jenis when 'ditempatkan' then coalesce(penerima, '{UNKNOWN}') end
    ] as koordinat,
    array[1] as jumlah
from marts.fct_peristiwa_pencari_kerja
union all
select
    md5('lowongan:' || peristiwa_id)::uuid,
    md5('lowongan:' || lowongan_id)::uuid,
    array_remove(array[
        md5('lowongan:' || lowongan_id)::uuid, md5('penempatan:' || penempatan_id)::uuid,
        md5('pemberi_kerja:' || pemberi_kerja_id)::uuid
    ], null),
    diketahui_pada, 'lowongan', jenis, date_trunc('month', tanggal_peristiwa)::date,
    array[
        {_PLACE}, coalesce(pendidikan_minimal, '{UNKNOWN}'), coalesce(kode_jabatan, '{UNKNOWN}'),
        coalesce(versi_kbji, ''), coalesce(kode_kbli, '{UNKNOWN}'), coalesce(versi_kbli, '')
    ],
    array[jumlah_l, jumlah_p, jumlah_bebas]
from marts.fct_peristiwa_lowongan
left join (
    select lowongan_id, pemberi_kerja_id from intermediate.int_lowongan__dinilai
) as pemilik using (lowongan_id)
"""
RECORDS = """
select
    md5('pencari_kerja:' || pencari_kerja_id)::uuid as catatan, layak as ada,
    md5('orang:' || anggota.orang_id)::uuid as orang, md5(isi_hash)::uuid as isi
from intermediate.int_pencari_kerja__dinilai as dinilai
left join intermediate.int_orang__anggota as anggota
    on anggota.dataset = 'pencari_kerja' and dinilai.pencari_kerja_id::text = anggota.id
union all
select md5('penempatan:' || penempatan_id)::uuid, layak and deleted_at is null, null, md5(isi_hash)::uuid
from intermediate.int_penempatan__dinilai
union all
select md5('lowongan:' || lowongan_id)::uuid, layak, null, md5(isi_hash)::uuid
from intermediate.int_lowongan__dinilai
union all
select md5('pemberi_kerja:' || pemberi_kerja_id)::uuid, true, null, md5(isi_hash)::uuid
from intermediate.int_pemberi_kerja__dinilai
"""
# The last arrival of anything, in quarantine or not: what was learnt later was not known to this snapshot.
OPEN = """
insert into reports.ipk_potret (diambil_pada, diketahui_sampai, run_id)
select %(kini)s, coalesce(max(waktu), %(kini)s), %(run)s
from (
    select max(diketahui_pada) as waktu from marts.fct_peristiwa_pencari_kerja
    union all
    select max(diketahui_pada) from marts.fct_peristiwa_lowongan
    union all
    select max(diterima_pada) from intermediate.int_pencari_kerja__dinilai
    union all
    select max(diterima_pada) from intermediate.int_penempatan__dinilai
    union all
    select max(diterima_pada) from intermediate.int_lowongan__dinilai
    union all
    select max(diketahui_sampai) from reports.ipk_potret
) as semua
returning potret_id, diketahui_sampai
"""
STORE_EVENTS = f"""
insert into reports.ipk_kontribusi (
    kunci, potret_id, ada, kelompok, catatan, diketahui_pada, bagian, jenis, bulan, koordinat, jumlah
)
select
    coalesce(kini.kunci, lalu.kunci), %(potret)s, kini.kunci is not null, kini.kelompok, kini.catatan,
    kini.diketahui_pada, kini.bagian, kini.jenis, kini.bulan, kini.koordinat, kini.jumlah
from ({EVENTS}) as kini
full join (
    select * from (
        select distinct on (kunci) * from reports.ipk_kontribusi order by kunci, potret_id desc
    ) as terakhir where ada
) as lalu on kini.kunci = lalu.kunci
where (kini.kelompok, kini.catatan, kini.jenis, kini.bulan, kini.koordinat, kini.jumlah)
    is distinct from (lalu.kelompok, lalu.catatan, lalu.jenis, lalu.bulan, lalu.koordinat, lalu.jumlah)
"""
STORE_RECORDS = f"""
insert into reports.ipk_catatan (catatan, potret_id, ada, orang, isi)
select coalesce(kini.catatan, lalu.catatan), %(potret)s, coalesce(kini.ada, false), kini.orang, kini.isi
from ({RECORDS}) as kini
full join (
    select distinct on (catatan) * from reports.ipk_catatan order by catatan, potret_id desc
) as lalu on kini.catatan = lalu.catatan
where (coalesce(kini.ada, false), kini.orang, kini.isi) is distinct from (lalu.ada, lalu.orang, lalu.isi)
"""
CHANGED_EVENTS = """
select
    lama.kelompok, lama.catatan, lama.diketahui_pada, lama.bagian,
    lama.jenis, lama.bulan, lama.koordinat, lama.jumlah,
    baru.kelompok, baru.catatan, baru.diketahui_pada, baru.bagian,
    baru.jenis, baru.bulan, baru.koordinat, baru.jumlah
from (select distinct kunci from reports.ipk_kontribusi where potret_id > %(dari)s) as berubah
left join lateral (
    select * from reports.ipk_kontribusi as k
    where k.kunci = berubah.kunci and potret_id <= %(dari)s order by potret_id desc limit 1
) as lama on true
left join lateral (
    select * from reports.ipk_kontribusi as k where k.kunci = berubah.kunci order by potret_id desc limit 1
) as baru on true
"""
CHANGED_RECORDS = """
select berubah.catatan, coalesce(lama.ada, false), lama.orang, lama.isi, baru.ada, baru.orang, baru.isi
from (select distinct catatan from reports.ipk_catatan where potret_id > %(dari)s) as berubah
left join lateral (
    select * from reports.ipk_catatan as k
    where k.catatan = berubah.catatan and potret_id <= %(dari)s order by potret_id desc limit 1
) as lama on true
inner join lateral (
    select * from reports.ipk_catatan as k where k.catatan = berubah.catatan order by potret_id desc limit 1
) as baru on true
"""


@dataclass(frozen=True)
class Event:
    """An event as one snapshot knew it. ``group``: its person or vacancy; ``records``: what it rests on."""

    group: str
    records: frozenset[str]
    known: datetime
    part: str
    kind: str
    month: date
    where: tuple[str, ...]
    amounts: tuple[int, ...]

    def counts(self) -> Iterator[tuple[Key, int, int]]:
        """(cell, measure, persons or places) of everything that the event counts in; a report counts nowhere."""
        if self.kind not in FLOWS:
            return
        flow = FLOWS[self.kind]
        if self.part == "lowongan":
            place, education, job, edition, industry, industry_edition = self.where
            for sex, amount in zip(SEXES, self.amounts, strict=True):
                for table, code, version in (
                    ("III/1", "semua", ""),
                    ("III/4", education, ""),
                    ("III/5", job, edition),
                    ("III/6", industry, industry_edition),
                ):
                    yield Key(table, self.part, place, code, version, "semua", sex), flow, amount
            return
        place, sex, age, education, job, edition, since, kind, receiver = self.where
        for table, code, version, graduated in (
            ("III/1", age, "", "semua"),
            ("III/2", education, "", "semua"),
            ("III/3", job, edition, "semua"),
            ("III/7", education, "", since),
        ):
            yield Key(table, self.part, place, code, version, graduated, sex), flow, self.amounts[0]
        if flow == FILLED:
            yield (
                Key("III/8", self.part, place, "", "", "", sex, kind, education, receiver),
                flow,
                self.amounts[0],
            )


class Change(NamedTuple):
    """An event before and after; None where it was not, or is no more, in the ledger."""

    old: Event | None
    new: Event | None


@dataclass(frozen=True)
class RecordChange:
    """A source record between two snapshots.

    ``gone``: deleted, vanished or in quarantine; ``edited``: its content is another, or it came back;
    ``moved``: the persons between whom it went though its content is the same.
    """

    gone: bool
    edited: bool
    moved: frozenset[str]


def take_snapshot(conn: psycopg.Connection, region: str, now: datetime, run_id: str) -> tuple[int, datetime]:
    """Store what the ledger says now; returns the snapshot's number and up to when its events were known."""
    row = conn.execute(OPEN, {"kini": now, "run": run_id}).fetchone()
    assert row is not None
    number, known = row
    conn.execute(STORE_EVENTS, {"potret": number, "wilayah": region})
    conn.execute(STORE_RECORDS, {"potret": number})
    return number, known


def event_changes(conn: psycopg.Connection, since: int) -> list[Change]:
    """The events that differ between snapshot ``since`` and the newest."""
    found = []
    for row in conn.execute(CHANGED_EVENTS, {"dari": since}):
        change = Change(_event(row[:8]), _event(row[8:]))
        if change.old != change.new:
            found.append(change)
    return found


def record_changes(conn: psycopg.Connection, since: int) -> dict[str, RecordChange]:
    """The source records that differ between snapshot ``since`` and the newest, by their key."""
    found = {}
    for record, before, person, content, now, new_person, new_content in conn.execute(
        CHANGED_RECORDS, {"dari": since}
    ):
        same = before and now and content == new_content
        found[str(record)] = RecordChange(
            gone=before and not now,
            edited=content is not None and (content != new_content or (now and not before)),
            moved=frozenset({str(person), str(new_person)}) if same and person != new_person else frozenset(),
        )
    return found


def _event(row: Iterable) -> Event | None:
    group, records, known, part, kind, month, where, amounts = row
    if group is None:
        return None
    return Event(
        str(group), frozenset(map(str, records)), known, part, kind, month, tuple(where), tuple(amounts)
    )
