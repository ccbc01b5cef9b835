"""The bridge of a million people here and a million at the centre, with its causes, built by dbt.

``make bench-consolidation`` (``--people 1000000``). The rows that the models of ``models/konsolidasi`` read are
made by the server itself: most agree, and of every hundred people ten stand for one of the causes. In one run:

* ``dbt run`` of the consolidation, model by model, and from the first statement to the last;
* the causes found beside those that were made, and what the bridge leaves unexplained;
* the server's CPU time, and the most memory its processes held together (proportional set size, sampled).
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt

CLOCK = "2026-10-31T23:59:59+07:00"
MOST_S = 10.0
SAMPLE_S = 0.2
REGENCY, CENTRE = "intermediate.int_pencari_kerja__dinilai", "raw.siapkerja__pencari_kerja"
# By the last two digits of a person's number; those not named agree on both sides.
KINDS = {
    90: "isi_berbeda", 91: "isi_berbeda", 92: "isi_berbeda", 93: "versi_baru_menunggu", 94: "belum_dikirim",
    95: "ditolak", 96: "dikarantina", 97: "orang_lain", 98: "entri_pusat", 99: "hilang_di_pusat",
}  # fmt: skip
ONLY_CENTRE, ONLY_REGENCY = (97,), (94, 95, 99)
FILL = (
    f"""
    insert into {REGENCY} (pencari_kerja_id, id, layak, updated_at, kode_kecamatan, tanggal_daftar,
        tanggal_kedaluwarsa, tanggal_lahir, jenis_kelamin, kode_wilayah, pendidikan, versi_kbji, status)
    select n, n::text, n % 100 <> 96, timestamptz '2026-10-15', '3325' || lpad((1 + n % 15)::text, 2, '0'),
        '2026-08-01', '2028-08-01', date '1966-01-01' + (n * 7919 % 15000)::int, (array['L', 'P'])[1 + n % 2],
        '3325' || lpad((1 + n % 15)::text, 2, '0') || '2001', (array['SMP', 'SMA', 'SMK', 'S1'])[1 + n % 4],
        '2014', 'AKTIF'
    from generate_series(1, %(most)s::bigint) as n where n % 100 <> 97
    """,
    """
    insert into intermediate.int_orang__anggota
    select 'pencari_kerja', n::text, lpad(to_hex(n), 64, '0'), 'pencari_kerja:' || n
    from generate_series(1, %(most)s::bigint) as n where n % 100 <> 97
    """,
    """
    insert into delivery.catatan_status (id_daerah, domain, versi, operasi, keadaan, sidik_data)
    select 'batang:pencari-kerja:' || n, 'pencari-kerja', 1, 'simpan',
        case n % 100 when 93 then 'menunggu' when 95 then 'ditolak' else 'diterima' end,
        sha256(convert_to('isi' || n, 'UTF8'))
    from generate_series(1, %(most)s::bigint) as n where n % 100 not in (94, 97, 98)
    """,
    # One record in fifty came in two versions.
    f"""
    insert into {CENTRE} (_isi_hash, _periode, _run_id, id, id_daerah, orang_token, nik_panjang, nik_struktur_sah,
        ditarik, diubah_pada, sidik_data, kode_wilayah, tanggal_lahir, jenis_kelamin, pendidikan, versi_kbji,
        status, tanggal_daftar, tanggal_kedaluwarsa)
    select sha256(convert_to(n::text || versi, 'UTF8')), date '2026-10-01', 'bench', 'SK-' || n,
        case when n % 100 not in (97, 98) then 'batang:pencari-kerja:' || n end,
        lpad(to_hex(n), 64, '0'), 16, true, 'false',
        case versi when 1 then '2026-10-20T08:00:00+07:00' else '2026-10-30T08:00:00+07:00' end,
        sha256(convert_to(case when n % 100 between 90 and 93 then 'lain' else 'isi' end || n, 'UTF8')),
        '3325' || lpad((1 + n % 15)::text, 2, '0') || '2001',
        (date '1966-01-01' + (n * 7919 % 15000)::int)::text, (array['L', 'P'])[1 + n % 2],
        case when n % 100 in (90, 91) then 'D3' else (array['SMP', 'SMA', 'SMK', 'S1'])[1 + n % 4] end,
        '2014', 'AKTIF', '2026-08-01', '2028-08-01'
    from generate_series(1, %(most)s::bigint) as n cross join (values (1), (2)) as v (versi)
    where n % 100 not in (94, 95, 99) and (versi = 2 or n % 50 = 7)
    """,
)
# The mart is a table, as dbt builds it.
MART = (
    "create table marts.mart as table marts.dim_pencari_kerja",
    "drop view marts.dim_pencari_kerja",
    "alter table marts.mart rename to dim_pencari_kerja",
)


def fill(conn: psycopg.Connection, most: int) -> None:
    """Both sides of ``most`` people, with statistics."""
    for statement in (*FILL, *MART):
        conn.execute(statement.replace("%(most)s", str(most)).encode())
    conn.commit()
    conn.autocommit = True
    conn.execute("vacuum analyze")
    conn.autocommit = False


def expected(most: int) -> dict[str, int]:
    """How many of ``most`` people stand for each cause."""
    found: dict[str, int] = {}
    for digits, kind in KINDS.items():
        cause = "entri_pusat" if kind == "orang_lain" else kind
        found[cause] = found.get(cause, 0) + (most - digits) // 100 + (digits > 0)
    return found


class Memory:
    """Samples the memory of a server's processes while it is entered; ``most``: the highest sum, in bytes."""

    def __init__(self, server: int) -> None:
        self.server, self.most, self._over = server, 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_S):
            self.most = max(self.most, sum(map(_pss, [self.server, *_children(self.server)])))


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in text.split()]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        # A worker that ended in between.
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _cpu_s(server: int) -> float:
    """CPU seconds of the server's processes that have ended: dbt's connections and their workers."""
    fields = Path(f"/proc/{server}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


def seconds(results: list[Any]) -> tuple[dict[str, float], float]:
    """Seconds of each model, and from the first model's start to the last one's end."""
    moments: list[datetime] = []
    for result in results:
        moments += [
            moment for part in result.timing for moment in (part.started_at, part.completed_at) if moment
        ]
    each = {result.node.name: result.execution_time for result in results}
    return each, (max(moments) - min(moments)).total_seconds()


def main() -> int:
    """Print each measure with its goal; 1 if one is missed."""
    from tests.consolidation.sides import create

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000, help="how many each side holds at least")
    parser.add_argument("--keep", type=Path, help="a folder for the database, left behind to look at")
    given = parser.parse_args()
    most = -(-given.people * 100 // (100 - max(len(ONLY_CENTRE), len(ONLY_REGENCY))))
    with tempfile.TemporaryDirectory(prefix="bc-", dir="/tmp") as folder:
        home = given.keep or Path(folder)
        settings = Settings.model_validate({"home": home, "clock": CLOCK})
        with EmbeddedServer(home).running():
            prepare_database(settings)
            with connect(settings) as conn:
                create(conn)
                fill(conn, most)
                error = failure(run_dbt(settings, ["seed"]))
                if error:
                    raise error
                return report(settings, conn, most)


def report(settings: Settings, conn: psycopg.Connection, most: int) -> int:
    """Measure and print."""
    pid = int((settings.home / "postgres" / "postmaster.pid").read_text(encoding="ascii").split()[0])
    begun, used = time.monotonic(), _cpu_s(pid)
    with Memory(pid) as memory:
        results = run_dbt(settings, ["run", "--select", "tag:konsolidasi"])
    whole, used = time.monotonic() - begun, _cpu_s(pid) - used
    error = failure(results)
    if error:
        raise error
    each, span = seconds(results)
    daerah, pusat, rest = conn.execute(
        "select daerah, pusat, sisa from reports.rpt_konsolidasi where domain = 'pencari-kerja'"
    ).fetchone() or (0, 0, None)
    causes = dict(
        conn.execute(
            "select sebab, sum(jumlah)::bigint from reports.rpt_konsolidasi_sebab group by sebab"
        ).fetchall()
    )
    right = causes == expected(most) and rest == 0
    held = (span <= MOST_S, right)
    lines = (
        f"{daerah:,} people here, {pusat:,} at the centre: {span:.1f} s from the first model to the last (goal <="
        f" {MOST_S:.0f} s); dbt's whole run {whole:.1f} s; server's CPU {used:.1f} s, memory"
        f" {memory.most / 2**20:,.0f} MiB",
        f"{sum(causes.values()):,} differences under {len(causes)} causes as they were made, unexplained: {rest}",
    )
    for line, good in zip(lines, held, strict=True):
        print(f"{'ok  ' if good else 'MISS'} {line}")
    for name, took in sorted(each.items(), key=lambda item: -item[1]):
        print(f"  {took:6.2f} s  {name}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
