"""Delivery as Dagster assets: outbox → sending → reading back, and the check that both sides hold the same.

Sending works on the state of now, whatever the partition: in a range only the last month enqueues, and a month
that a later one has overtaken sends nothing. A backfill sends nothing unless it is tagged ``batang/kirim: ya``.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
import psycopg

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.errors import BatangError
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.approval import standing, waiting_sentence
from batang_assets.settings import Settings, get_settings
from batang_assets.siapkerja.approving import KEY as APPROVAL
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.equality import KINDS, Difference, compare
from batang_assets.siapkerja.extracts import Extracted, take_extracts, without_gateway
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import SiapkerjaUnavailable
from batang_assets.siapkerja.readback import ReadBack
from batang_assets.siapkerja.reconcile import reconcile
from batang_assets.siapkerja.rejections import rejected_counts
from batang_assets.siapkerja.senders import send_and_stamp
from batang_assets.siapkerja.sending import Sent
from batang_assets.siapkerja.status import delivery_status, undelivered
from batang_assets.vault import KeyRing

BACKFILL_TAG = "dagster/backfill"
SILENT_TAG = "batang/tanpa_kirim"
SEND_TAG = "batang/kirim"
GROUP = "siapkerja"
POOL = "siapkerja"
OUTBOX = dg.AssetKey(["delivery", "kotak_keluar"])
SENDING = dg.AssetKey(["delivery", "pengiriman"])
READ_BACK = dg.AssetKey(["delivery", "baca_ulang"])
OWNERS = ["team:disnaker-batang"]
RETRIES = 2
RETRY_WAIT_S = 60.0
LONGEST_RETRY_WAIT_S = 900.0
EXTRACTS_READ = "ekstrak_terbaca"
DROPS_LISTED = 20


def asked_to_send(tags: Mapping[str, str]) -> bool:
    """Whether a run with these tags may send: a backfill only if it says so."""
    return tags.get(SEND_TAG) == "ya" or not (BACKFILL_TAG in tags or SILENT_TAG in tags)


def approving_period(
    connection: psycopg.Connection, last: Period, tags: Mapping[str, str]
) -> tuple[Period | None, str]:
    """The period whose gates and two people approve what is sent now, or None and the reason (Indonesian).

    It is the latest judged one, since the marts hold the state of now.
    """
    if not asked_to_send(tags):
        return None, "tidak dikirim: isi ulang"
    row = connection.execute("select max(periode) from quality.gerbang").fetchone()
    connection.rollback()
    latest = Period.of(row[0]) if row and row[0] else last
    if latest > last and tags.get(SEND_TAG) != "ya":
        return None, f"tidak dikirim: bulan {latest.label} sudah dinilai dan mengirim keadaan terkini"
    period = max(latest, last)
    now = standing(connection, period)
    connection.rollback()
    if now.approval is None:
        return None, f"tidak dikirim: {waiting_sentence(now)}"
    return period, ""


@dataclass(frozen=True)
class _Approved:
    """What a step works with. ``last``: the last month of the run; ``period``: the one whose gates approve, None if
    the run sends nothing, for a ``reason`` (Indonesian)."""

    connection: psycopg.Connection
    settings: Settings
    last: Period
    period: Period | None
    reason: str

    @property
    def ring(self) -> KeyRing:
        """The key ring."""
        return KeyRing.load(self.settings.keys)


@contextmanager
def _approved(context: dg.AssetExecutionContext) -> Generator[_Approved]:
    """The connection and the approval of one step, its expected faults turned into Dagster's."""
    settings = get_settings()
    with _as_failure(), connect(settings) as connection:
        last = Period.parse(max(context.partition_keys))
        yield _Approved(connection, settings, last, *approving_period(connection, last, context.run.tags))


@contextmanager
def _as_failure() -> Generator[None]:
    """Only what time can mend is tried again: SIAPkerja or the database out of reach. Every other expected
    fault needs a person, and repeating the step would only repeat the alarm."""
    try:
        yield
    except SiapkerjaUnavailable as error:
        wait_s = min(max(error.wait_s, RETRY_WAIT_S), LONGEST_RETRY_WAIT_S)
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=wait_s) from error
    except psycopg.OperationalError as error:
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_WAIT_S) from error
    except BatangError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _table(rows: list[dict[str, str | int]]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(records=[dg.TableRecord(row) for row in rows])


@dg.asset(
    key=OUTBOX,
    deps=[APPROVAL, *(dg.AssetKey(["marts", domain.mart]) for domain in DOMAINS)],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name=GROUP,
    kinds={"python", "postgres"},
    owners=OWNERS,
    pool=POOL,
    description=(
        "Kotak keluar: selisih antara mart enam domain yang lolos gerbang mutu dan yang terakhir diakui SIAPkerja "
        "(baru, berubah, ditarik). Badan kiriman disegel; ditulis dalam satu transaksi."
    ),
)
def kotak_keluar(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Enqueue the difference once, for the last month of the run."""
    begun = time.monotonic()
    with _approved(context) as step:
        if step.period is None:
            return dg.MaterializeResult(metadata={"keterangan": step.reason})
        counts = enqueue(step.connection, step.ring, step.settings, step.period, context.run_id)
    return dg.MaterializeResult(
        metadata={
            "catatan": _table([{"domain": name} | vars(count) for name, count in counts.items()]),
            "dagster/row_count": sum(count.simpan + count.tarik for count in counts.values()),
            "tertahan": sum(count.tertahan for count in counts.values()),
            "kiriman": sum(count.kiriman for count in counts.values()),
            "disetujui_gerbang": step.period.key,
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


@dg.asset(
    key=SENDING,
    deps=[OUTBOX],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name=GROUP,
    kinds={"python", "http"},
    owners=OWNERS,
    pool=POOL,
    description=(
        "Pengiriman kotak keluar ke SIAPkerja: permintaan bertanda tangan, kunci idempoten dan badan yang sama "
        "pada setiap percobaan. Setiap percobaan dan tanda terima dicatat di buku besar."
    ),
)
def pengiriman(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Send whatever the outbox holds."""
    begun = time.monotonic()
    with _approved(context) as step:
        if step.reason:
            return dg.MaterializeResult(metadata={"keterangan": step.reason})
        if no_gateway := without_gateway(step.settings):
            return dg.MaterializeResult(metadata=_undelivered_metadata(context, step, no_gateway))
        sent, stamped = send_and_stamp(step.connection, step.settings, step.ring)
        state = delivery_status(step.connection)
        refused = [vars(item) for item in rejected_counts(step.connection)]
    metadata = _sent_metadata(sent, state, time.monotonic() - begun)
    if stamped:
        metadata |= {"stempel_waktu": stamped.stamped, "tanpa_stempel_waktu": stamped.missing}
        metadata |= {"keterangan_stempel": stamped.reason} if stamped.reason else {}
    return dg.MaterializeResult(metadata=metadata | ({"karantina": _table(refused)} if refused else {}))


def _undelivered_metadata(
    context: dg.AssetExecutionContext, step: _Approved, no_gateway: str
) -> dict[str, Any]:
    waiting = undelivered(step.connection, step.settings)
    if waiting is None:
        return {"keterangan": no_gateway}
    context.log.warning(waiting["reason"])
    return {"keterangan": waiting["reason"], "menunggu": waiting["records"]}


def _sent_metadata(sent: Sent, state: dict[str, dict[str, int]], duration_s: float) -> dict[str, Any]:
    results = [
        {"domain": name} | {status: counts[status] for status in ("diterima", "tidak_berubah", "ditolak")}
        for name, counts in sorted(sent.records.items())
    ]
    return {
        "hasil": _table(results) if results else "tidak ada yang perlu dikirim",
        "keadaan": _table([{"domain": name} | counts for name, counts in state.items()]),
        "dagster/row_count": sum(sum(counts.values()) for counts in sent.records.values()),
        "ditolak": sum(counts["ditolak"] for counts in sent.records.values()),
        "kiriman": sent.batches,
        "percobaan": sent.attempts,
        "durasi_s": round(duration_s, 2),
    }


def _raw_key(domain: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", load_contract("siapkerja", domain).table])


def _read_back_specs() -> list[dg.AssetSpec]:
    common: dict[str, Any] = {
        "group_name": GROUP,
        "kinds": {"python", "http", "postgres"},
        "owners": OWNERS,
        "deps": [SENDING],
    }
    specs = []
    for domain in DOMAINS:
        contract = load_contract("siapkerja", domain.name)
        specs.append(
            dg.AssetSpec(
                _raw_key(domain.name),
                description=(
                    f"{contract.title}: {contract.definition} Dibaca ulang, atau dari berkas ekstrak "
                    "(BATANG_SIAPKERJA_FILES). Pengenal langsung disegel di brankas."
                ),
                tags={"domain": domain.name},
                **common,
            )
        )
    log = "Baca ulang: catatan setiap pembacaan pandangan SIAPkerja atas enam domain yang selesai utuh."
    return [*specs, dg.AssetSpec(READ_BACK, description=log, **common)]


@dg.multi_asset(
    name="baca_ulang",
    specs=_read_back_specs(),
    check_specs=[
        dg.AssetCheckSpec(
            EXTRACTS_READ,
            asset=_raw_key(domain.name),
            description=(
                "Tidak ada berkas ekstrak SIAPkerja domain ini, atau yang domainnya tidak dikenali, yang "
                "disisihkan atau memuat nilai yang tidak terbaca. Catatan yang demikian ditahan pada konsolidasi, "
                "dengan sebabnya sendiri."
            ),
        )
        for domain in DOMAINS
    ],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=POOL,
)
def baca_ulang(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Load the extracts that were dropped; then read back what the centre holds, everything at first, then what
    changed, and mend what differs and is ours."""
    begun = time.monotonic()
    with _approved(context) as step:
        extracts = take_extracts(step.connection, step.ring, step.settings, step.last, context.run_id)
        reason = step.reason or without_gateway(step.settings)
        if step.period is None or reason:
            yield from _extracted(extracts, {}, {"keterangan": reason})
            yield dg.MaterializeResult(READ_BACK, metadata={"keterangan": reason})
            return
        with SiapkerjaClient.from_settings(step.settings) as client:
            done = reconcile(
                step.connection, step.ring, client, step.settings, step.last, step.period, context.run_id
            )
    yield from _extracted(extracts, done.readings, {})
    yield dg.MaterializeResult(
        READ_BACK,
        metadata={
            "baris_dilihat": sum(found.rows for readings in done.readings.values() for found in readings),
            "dikirim_lagi": done.repaired,
            "perbedaan": sum(difference.total for difference in done.differences.values()),
            "durasi_s": round(time.monotonic() - begun, 2),
        },
    )


def _extracted(
    extracts: Mapping[str, Extracted], readings: Mapping[str, list[ReadBack]], common: dict[str, Any]
) -> Iterator[dg.MaterializeResult]:
    """The result of each domain's raw table: what extracts and readings brought, and whether all was legible."""
    for domain in DOMAINS:
        metadata = common | (_reading_metadata(readings[domain.name]) if domain.name in readings else {})
        found = extracts.get(domain.name)
        if found:
            metadata |= {
                "ekstrak": found.drops,
                "ekstrak_baris": found.rows,
                "ekstrak_tidak_ditunjukkan_lagi": found.withdrawn,
                "dagster/row_count": metadata.get("dagster/row_count", 0) + found.new_versions,
            }
        key = _raw_key(domain.name)
        yield dg.MaterializeResult(key, metadata=metadata, check_results=[extracts_result(key, found)])


def extracts_result(key: dg.AssetKey, found: Extracted | None) -> dg.AssetCheckResult:
    """What is wrong with a domain's extracts; names of files and columns and counts, never a value."""
    lines = []
    if found:
        lines += [f"Berkas {drop.name} disisihkan: {drop.reason}." for drop in found.refused[:DROPS_LISTED]]
        lines += found.shrunk
        columns = [f"{name} ({count})" for name, count in sorted(found.unreadable.items())]
        lines += [f"Nilai yang tidak terbaca menurut kontrak: {', '.join(columns)}."] if columns else []
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=EXTRACTS_READ,
        passed=not lines,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(lines) or None,
        metadata={"berkas_disisihkan": len(found.refused) if found else 0},
    )


def _reading_metadata(readings: list[ReadBack]) -> dict[str, Any]:
    new_versions = sum(found.new_versions for found in readings)
    return {
        "baris_dilihat": sum(found.rows for found in readings),
        "versi_baru": new_versions,
        "dagster/row_count": new_versions,
        "halaman": sum(found.pages for found in readings),
        "dibaca_ulang_karena_berubah": sum(found.repeated for found in readings),
        "seluruhnya": any(found.full for found in readings),
    }


@dg.asset_check(
    asset=READ_BACK,
    name="kesamaan",
    blocking=True,
    description=(
        "SIAPkerja memegang persis catatan yang telah diakuinya: tidak ada yang hilang, lebih, tertinggal, lebih "
        "baru atau berbeda isinya. Catatan yang masih dalam perjalanan tidak dinilai; catatan yang dimasukkan di "
        "pusat tidak dibandingkan."
    ),
)
def kesamaan() -> dg.AssetCheckResult:
    """Judge the last readings; counts only."""
    with connect(get_settings()) as connection:
        found = compare(connection)
    return equality_result(found)


def equality_result(found: dict[str, Difference]) -> dg.AssetCheckResult:
    """The comparison as a check result: counts and sentences, no ids."""
    different = {name: item for name, item in found.items() if item.total}
    sentences = [
        f"{name}: "
        + ", ".join(f"{item.counts[kind]} {kind.replace('_', ' ')}" for kind in KINDS if item.counts[kind])
        for name, item in different.items()
    ]
    theirs = sum(item.theirs for item in found.values())
    if theirs:
        sentences.append(f"{theirs} catatan hanya dapat dijelaskan oleh pengelola SIAPkerja")
    rows = [
        {"domain": name, "di_pusat": item.held, "diakui": item.agreed, **item.counts}
        for name, item in found.items()
    ]
    held = sum(item.held for item in found.values())
    return dg.AssetCheckResult(
        passed=not different,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(sentences) + "."
        if sentences
        else f"Kedua pihak memegang {held} catatan yang sama.",
        metadata={
            "perbedaan": sum(item.total for item in found.values()),
            "milik_pusat": theirs,
            **({"rincian": _table(rows)} if rows else {}),
        },
    )


assets: list[dg.AssetsDefinition] = [kotak_keluar, pengiriman, baca_ulang]
asset_checks: list[dg.AssetChecksDefinition] = [kesamaan]
