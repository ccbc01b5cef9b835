"""The gates over whole tables: whether the bridge between regency and centre closes, and whether IPK III balances.

Neither is a matter of one dataset, so their gate is their own: a blocking check on the table, and a stored verdict
(``quality.neraca``) that outputs ask again (``require_balanced``).
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dagster as dg
import psycopg
import yaml

from batang_assets.database import connect
from batang_assets.errors import ConfigurationError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality.assets import periods_of_run
from batang_assets.settings import get_settings

RULES_FILE = Path(__file__).with_name("balance_rules.yaml")
FIELDS = {"neraca", "kode", "kalimat", "tindakan", "checked", "wrong"}
CHECK_NAME = "neraca"


@dataclass(frozen=True)
class Subject:
    """What is balanced: its name for readers, the asset that is checked, and what its verdict was made on."""

    label: str
    key: dg.AssetKey
    contents: tuple[str, ...]


# Everything of the consolidation that is published: a verdict is for all of it.
CONSOLIDATION = (
    "rpt_konsolidasi",
    "rpt_konsolidasi_sebab",
    "rpt_konsolidasi_jembatan",
    "rpt_konsolidasi_bidang",
    "rpt_konsolidasi_tolak",
    "rpt_konsolidasi_daftar_kerja",
)

# Relations in ``contents`` are read as they are; ``%(periode)s`` is the month's first day.
SUBJECTS = {
    "konsolidasi": Subject(
        "Konsolidasi",
        dg.AssetKey(["reports", "rpt_konsolidasi"]),
        tuple(f"reports.{name} t" for name in CONSOLIDATION),
    ),
    "ipk": Subject(
        "IPK III",
        dg.AssetKey(["reports", "rpt_ipk_arus"]),
        (
            "reports.rpt_ipk_arus t where t.periode = %(periode)s",
            "reports.rpt_ipk_penempatan t where t.periode = %(periode)s",
        ),
    ),
}


@dataclass(frozen=True)
class BalanceRule:
    """One cross-table rule; ``checked`` and ``wrong`` are queries that count what was looked at and what is wrong.

    They may name the month: ``%(periode)s``, its first day, and ``%(lalu)s``, the first day of the month before.
    """

    neraca: str
    kode: str
    kalimat: str
    tindakan: str
    checked: str
    wrong: str


@dataclass(frozen=True)
class Balance:
    """What was found for one rule."""

    rule: BalanceRule
    diperiksa: int
    salah: int

    @property
    def lulus(self) -> bool:
        """Nothing checked is no balance."""
        return self.diperiksa > 0 and self.salah == 0


@cache
def balance_rules(subject: str = "konsolidasi") -> tuple[BalanceRule, ...]:
    """The rules of ``balance_rules.yaml`` for one subject; raises ConfigurationError if one lacks a field."""
    rules = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    for rule in rules:
        if set(rule) != FIELDS or rule["neraca"] not in SUBJECTS:
            raise ConfigurationError(
                f"{RULES_FILE.name}: {rule.get('kode', '?')} needs {', '.join(sorted(FIELDS))}, "
                f"and as neraca one of {', '.join(SUBJECTS)}"
            )
    return tuple(BalanceRule(**rule) for rule in rules if rule["neraca"] == subject)


def judge(
    conn: psycopg.Connection, period: Period, run_id: str, subject: str = "konsolidasi"
) -> list[Balance]:
    """Judge the tables of ``subject`` as they are for a month and store the verdict; the caller commits."""
    found = [
        Balance(rule, _count(conn, rule.checked, period), _count(conn, rule.wrong, period))
        for rule in balance_rules(subject)
    ]
    digest = _digest(conn, subject, period)
    for item in found:
        conn.execute(
            "insert into quality.neraca (periode, kode, diperiksa, salah, lulus, sidik, run_id)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict (periode, kode) do update set"
            " diperiksa = excluded.diperiksa, salah = excluded.salah, lulus = excluded.lulus,"
            " sidik = excluded.sidik, run_id = excluded.run_id, dinilai_pada = clock_timestamp()",
            [period.first_day, item.rule.kode, item.diperiksa, item.salah, item.lulus, digest, run_id],
        )
    return found


def require_balanced(conn: psycopg.Connection, period: Period, subject: str = "konsolidasi") -> None:
    """Return if the tables of ``subject`` as they now stand were judged for the month and balance.

    Raises GateClosed naming, in Indonesian, the rule that is broken, or that they have not been judged.
    """
    label = SUBJECTS[subject].label
    digest = _digest(conn, subject, period)
    rows = conn.execute(
        "select kode, lulus, sidik from quality.neraca where periode = %s", [period.first_day]
    ).fetchall()
    stored = {kode: (passed, of) for kode, passed, of in rows}
    for rule in balance_rules(subject):
        passed, of = stored.get(rule.kode, (False, None))
        if of != digest:
            raise GateClosed(
                f"{label} {period.label} belum dinilai untuk isi tabel ini; jalankan pemeriksaan `{CHECK_NAME}`"
            )
        if not passed:
            raise GateClosed(
                f"{label} {period.label} tidak seimbang: {rule.kode} {rule.kalimat} {rule.tindakan}"
            )


def _count(conn: psycopg.Connection, query: str, period: Period) -> int:
    row = conn.execute(query.encode(), _months(period)).fetchone()
    return int(row[0]) if row else 0


def _months(period: Period) -> dict[str, object]:
    return {"periode": period.first_day, "lalu": period.previous().first_day}


def _digest(conn: psycopg.Connection, subject: str, period: Period) -> str:
    """A digest of the rows, whatever their order."""
    digest = hashlib.sha256()
    for relation in SUBJECTS[subject].contents:
        query = f"select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from {relation}"
        digest.update(f"{relation}: {conn.execute(query.encode(), _months(period)).fetchone()}\n".encode())
    return digest.hexdigest()[:16]


def _checked(subject: str, run_id: str, tags: dict[str, str]) -> dg.AssetCheckResult:
    """Judge a subject for the run's months: counts and codes only."""
    settings = get_settings()
    periods = periods_of_run(tags, Period.of(settings.now()))
    with connect(settings) as conn:
        found = [item for period in periods for item in judge(conn, period, run_id, subject)]
    broken = {item.rule.kode: item for item in found if not item.lulus}
    return dg.AssetCheckResult(
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        description=" ".join(f"{kode}: {item.rule.kalimat}" for kode, item in broken.items()) or "Seimbang.",
        metadata={
            "periode": ", ".join(period.key for period in periods),
            "aturan": len(balance_rules(subject)),
            "aturan_gagal": ", ".join(broken) or "-",
            "salah": sum(item.salah for item in broken.values()),
        },
    )


@dg.asset_check(
    asset=SUBJECTS["konsolidasi"].key,
    additional_deps=[dg.AssetKey(["reports", name]) for name in CONSOLIDATION[1:]],
    name=CHECK_NAME,
    blocking=True,
    description=(
        "Neraca konsolidasi: jumlah daerah dan pusat habis terbagi, sama dengan mart, dan setiap selisih ada "
        "sebabnya (Nota Kesepakatan Pasal 4 huruf b, Lampiran 2). Bila tidak, paket SMData tidak dibuat."
    ),
)
def neraca_konsolidasi(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Judge the consolidation for the run's months."""
    return _checked("konsolidasi", context.run.run_id, dict(context.run.tags))


@dg.asset_check(
    asset=SUBJECTS["ipk"].key,
    additional_deps=[dg.AssetKey(["reports", "rpt_ipk_penempatan"])],
    name=CHECK_NAME,
    blocking=True,
    description=(
        "Neraca IPK III: setiap sel seimbang, sisa awal sama dengan sisa akhir bulan lalu, dan jumlah "
        "tabel-tabelnya sama (Kepdirjen 268/PPTK/XII/2012). Bila tidak, tabel IPK tidak diterbitkan."
    ),
)
def neraca_ipk(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Judge the statutory tables for the run's months."""
    return _checked("ipk", context.run.run_id, dict(context.run.tags))


asset_checks: list[dg.AssetChecksDefinition] = [neraca_konsolidasi, neraca_ipk]
