"""The gate of the consolidation: whether the bridge between regency and centre closes.

The consolidation is built after sending, so its gate is its own: a blocking check on ``rpt_konsolidasi``, and a
stored verdict (``quality.neraca``) that outputs ask again (``require_balanced``).
"""

import hashlib
from collections.abc import Iterator
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
FIELDS = {"kode", "kalimat", "tindakan", "checked", "wrong"}
KEY = dg.AssetKey(["reports", "rpt_konsolidasi"])
CHECK_NAME = "neraca"


@dataclass(frozen=True)
class BalanceRule:
    """One cross-table rule; ``checked`` and ``wrong`` are queries that count domains."""

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
def balance_rules() -> tuple[BalanceRule, ...]:
    """The rules of ``balance_rules.yaml``; raises ConfigurationError if one lacks a field."""
    rules = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    for rule in rules:
        if set(rule) != FIELDS:
            raise ConfigurationError(f"{RULES_FILE.name}: {rule.get('kode', '?')} needs {', '.join(FIELDS)}")
    return tuple(BalanceRule(**rule) for rule in rules)


def judge(conn: psycopg.Connection, period: Period, run_id: str) -> list[Balance]:
    """Judge the present consolidation for a month and store the verdict; the caller commits."""
    found = [Balance(rule, _count(conn, rule.checked), _count(conn, rule.wrong)) for rule in balance_rules()]
    digest = _digest(conn)
    for item in found:
        conn.execute(
            "insert into quality.neraca (periode, kode, diperiksa, salah, lulus, sidik, run_id)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict (periode, kode) do update set"
            " diperiksa = excluded.diperiksa, salah = excluded.salah, lulus = excluded.lulus,"
            " sidik = excluded.sidik, run_id = excluded.run_id, dinilai_pada = clock_timestamp()",
            [period.first_day, item.rule.kode, item.diperiksa, item.salah, item.lulus, digest, run_id],
        )
    return found


def require_balanced(conn: psycopg.Connection, period: Period) -> None:
    """Return if the consolidation as it now stands was judged for the month and closes.

    Raises GateClosed naming, in Indonesian, the rule that it breaks, or that it has not been judged.
    """
    digest = _digest(conn)
    rows = conn.execute(
        "select kode, lulus, sidik from quality.neraca where periode = %s", [period.first_day]
    ).fetchall()
    stored = {kode: (passed, of) for kode, passed, of in rows}
    for rule in balance_rules():
        passed, of = stored.get(rule.kode, (False, None))
        if of != digest:
            raise GateClosed(
                f"Konsolidasi {period.label} belum dinilai untuk isi tabel ini; jalankan pemeriksaan `{CHECK_NAME}`"
            )
        if not passed:
            raise GateClosed(
                f"Konsolidasi {period.label} tidak seimbang: {rule.kode} {rule.kalimat} {rule.tindakan}"
            )


def _count(conn: psycopg.Connection, query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def _digest(conn: psycopg.Connection) -> str:
    digest = hashlib.sha256()
    for line in _lines(conn):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()[:16]


def _lines(conn: psycopg.Connection) -> Iterator[str]:
    for table in ("rpt_konsolidasi", "rpt_konsolidasi_sebab"):
        for (line,) in conn.execute(f"select t::text from reports.{table} t order by 1".encode()):
            yield f"{table}{line}"


@dg.asset_check(
    asset=KEY,
    name=CHECK_NAME,
    blocking=True,
    description=(
        "Neraca konsolidasi: jumlah daerah dan pusat habis terbagi, sama dengan mart, dan setiap selisih ada "
        "sebabnya (Nota Kesepakatan Pasal 4 huruf b, Lampiran 2). Bila tidak, paket SMData tidak dibuat."
    ),
)
def neraca_konsolidasi(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Judge the consolidation for the run's months: counts and codes only."""
    settings = get_settings()
    periods = periods_of_run(dict(context.run.tags), Period.of(settings.now()))
    with connect(settings) as conn:
        found = [item for period in periods for item in judge(conn, period, context.run.run_id)]
    broken = {item.rule.kode: item for item in found if not item.lulus}
    return dg.AssetCheckResult(
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        description=" ".join(f"{kode}: {item.rule.kalimat}" for kode, item in broken.items()) or "Seimbang.",
        metadata={
            "periode": ", ".join(period.key for period in periods),
            "aturan": len(balance_rules()),
            "aturan_gagal": ", ".join(broken) or "-",
            "domain_salah": sum(item.salah for item in broken.values()),
        },
    )


asset_checks: list[dg.AssetChecksDefinition] = [neraca_konsolidasi]
