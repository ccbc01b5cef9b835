"""The work list as a file: one row a difference, grouped by who can mend it. Keys and codes only, no person."""

import csv
from pathlib import Path

import psycopg

from batang_assets.reports.konsolidasi.query import DOMAINS, WHO

HEADER = (
    "penanggung jawab", "pihak", "domain", "hubungan", "sebab", "yang harus dilakukan", "kode kecamatan",
    "kunci daerah", "kunci SIAPkerja", "dikenali lewat",
)  # fmt: skip
RECOGNISED = {"id_daerah": "kunci daerah", "pengenal": "NIK atau NIB", "tautan": "penautan (batang people)"}
QUERY = """
    select k.penanggung_jawab, coalesce(k.pihak, ''), k.domain, k.hubungan, coalesce(r.label, k.sebab),
        coalesce(r.tindakan, ''), coalesce(k.kode_kecamatan, ''), coalesce(k.id_daerah, ''),
        coalesce(k.id_siapkerja, ''), coalesce(k.padanan, '')
    from reports.rpt_konsolidasi_daftar_kerja k
    left join staging.ref_konsolidasi_sebab r on r.sebab = k.sebab and r.hubungan = k.hubungan
    order by 1, 2, 3, 5, 8, 9
"""


def write_work_list(conn: psycopg.Connection, path: Path) -> int:
    """Write the list as RFC 4180 csv (UTF-8 with a mark, as Excel wants it) in one step; returns its rows.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    count = 0
    with (
        draft.open("w", encoding="utf-8-sig", newline="") as file,
        conn.cursor(name="daftar_kerja") as cursor,
    ):
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        cursor.execute(QUERY.encode())
        for who, party, domain, *rest, way in cursor:
            named = [WHO.get(who, who), party, DOMAINS.get(domain, domain), *rest, RECOGNISED.get(way, way)]
            writer.writerow(map(_plain, named))
            count += 1
    draft.replace(path)
    return count


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
