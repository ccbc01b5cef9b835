"""Twelve months by hand: November 2025 to October 2026, as the parts of the pipeline would have left them."""

import hashlib
import json
from datetime import datetime, timedelta

import psycopg

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.working_days import due_date
from batang_assets.settings import JAKARTA, Settings
from batang_assets.siapkerja import ledger
from batang_assets.vault import KeyRing
from tests.reports.page import store_verdict

UNTIL = Period(2026, 10)
NOW = datetime(2026, 11, 20, 9, tzinfo=JAKARTA)
DOMAINS = ("pencari-kerja", "pemberi-kerja", "lowongan", "penduduk-bekerja", "pelatihan", "penempatan")
MONTHS = Period(2025, 11).up_to(UNTIL)
OFFICIALS = ("Sri Wahyuningsih", "Bambang Prasetyo")


def make(conn: psycopg.Connection, settings: Settings) -> None:
    """Twelve months in which everything went as the agreement asks; the caller commits or rolls back."""
    ring = KeyRing.load(settings.keys)
    conn.execute(
        "insert into vault.identitas (tabel, id, isi_hash, kunci_id, sandi)"
        " select 'pencari_kerja', n::text, 'x', 'k', 'y' from generate_series(1, 40) n"
    )
    for number, period in enumerate(MONTHS):
        judge(conn, period, rows=100 + 10 * number)
        read(conn, period)
        approve(conn, period)
        for domain in DOMAINS:
            deliver(conn, ring, period, domain, taken=9, refused=1)
        consolidate(conn, period)
        pack(settings, ring, period)


def closing(period: Period, day: int = 1) -> datetime:
    """Eight in the morning on a day of the next month, which is in time on the first of any month."""
    return period.end + timedelta(days=day - 1, hours=8)


def judge(conn: psycopg.Connection, period: Period, rows: int, failed: tuple[str, ...] = ()) -> None:
    """Verdicts of all datasets; of the job seekers' relevance 1 check of 100 is wrong."""
    for dataset in DATASETS:
        results = (
            {"PK_R01": (1, 100), "PK_A02": (0, 100), "PK_T01": (0, 100)}
            if dataset.wire == "pencari-kerja"
            else {}
        )
        store_verdict(
            conn, dataset.wire, period, f"v-{period.key}", closing(period), results, rows=(rows, rows - 5),
            failed=failed if dataset.wire == "pencari-kerja" else (),
        )  # fmt: skip


def read(conn: psycopg.Connection, period: Period, *, day: int = 1, skip: str = "") -> None:
    """Every dataset wholly read on a day of the next month."""
    for dataset in DATASETS:
        if dataset.wire != skip:
            conn.execute(
                "insert into raw.penarikan (run_id, dataset, periode, jendela_dari, jendela_sampai, dilihat,"
                " versi_baru, tersegel, mulai, selesai, lengkap)"
                " values ('tarik-1', %s, %s, %s, %s, 1, 1, 0, %s, %s, true)",
                [dataset.wire, period.first_day, period.start, period.end, *[closing(period, day)] * 2],
            )


def approve(conn: psycopg.Connection, period: Period, how: str = "orang") -> None:
    """Prepared by one official and approved by another."""
    for step, by in zip(("disiapkan", "disetujui"), OFFICIALS, strict=True):
        conn.execute(
            "insert into quality.persetujuan (periode, langkah, sidik, oleh, catatan, cara, pada)"
            " values (%s, %s, 'abcdef0123456789', %s, 'catatan bebas pejabat', %s, %s)",
            [period.first_day, step, by, how, closing(period)],
        )


def deliver(
    conn: psycopg.Connection, ring: KeyRing, period: Period, domain: str, *, taken: int, refused: int
) -> None:
    """One acknowledged batch with its receipt in the ledger."""
    key = f"{domain}-{period.key}"
    row = conn.execute(
        "insert into delivery.kiriman (kunci, domain, operasi, periode, run_id, jumlah, ukuran, sidik_isi, keadaan,"
        " dikirim_pada, selesai_pada) values (%s, %s, 'simpan', %s, 'kirim-1', %s, 1, 'x', 'diakui', %s, %s)"
        " returning kiriman_id",
        [key, domain, period.first_day, taken + refused, *[closing(period)] * 2],
    ).fetchone()
    assert row
    for number in range(taken + refused):
        name, state = f"batang:{domain}:{period.key}-{number}", "diterima" if number < taken else "ditolak"
        conn.execute(
            "insert into delivery.catatan_status (id_daerah, domain, versi, operasi, keadaan)"
            " values (%s, %s, 1, 'simpan', %s)",
            [name, domain, state],
        )
        conn.execute(
            "insert into delivery.kotak_keluar (id_daerah, versi, kiriman_id, posisi, keadaan)"
            " values (%s, 1, %s, %s, %s)",
            [name, row[0], number, state],
        )
    ledger.append(conn, ring, "tanda_terima", {"kunci": key, "domain": domain})


def consolidate(conn: psycopg.Connection, period: Period) -> None:
    """80 on both sides (20 of them APBD), 7 only here not sent, 3 only there: a difference of 4."""
    for cause, apbd, daerah, pusat in (
        ("sama", False, 60, 60),
        ("sama", True, 20, 20),
        ("belum_dikirim", False, 7, 0),
        ("entri_pusat", False, 0, 3),
    ):
        conn.execute(
            "insert into reports.konsolidasi_riwayat values"
            " (%s, 'penempatan', '332501', %s, %s, null, %s, %s, %s, %s, 'konsol-1')",
            [period.first_day, apbd, "x" if apbd else "", cause, daerah, pusat, daerah - pusat],
        )
    conn.execute(
        "insert into quality.neraca (periode, kode, diperiksa, salah, lulus, sidik, run_id)"
        " values (%s, 'NR_01', 6, 0, true, 's', 'konsol-1')",
        [period.first_day],
    )


def pack(settings: Settings, ring: KeyRing, period: Period) -> str:
    """A signed package of the month; returns the digest of its manifest."""
    name = f"smdata-3325-{period.key}-r1"
    folder = settings.outputs / "smdata" / name
    folder.mkdir(parents=True, exist_ok=True)
    made = closing(period).isoformat()
    content = json.dumps({"paket": name, "periode": period.key, "dibuat_pada": made}).encode()
    (folder / "MANIFEST.json").write_bytes(content)
    (folder / "MANIFEST.sig").write_bytes(ring.sign(content))
    (folder / "kunci-publik.pem").write_bytes(ring.public_key_pem())
    return hashlib.sha256(content).hexdigest()


def due_day(period: Period) -> int:
    """The day of the next month by whose end the month is due."""
    return due_date(period).day
