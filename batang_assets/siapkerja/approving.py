"""The asset ``delivery/persetujuan``: who prepared a month and who let it out, kept in table and ledger.

What leaves (SIAPkerja, SMData) stands below it and asks ``quality.approval`` again before it acts.
"""

from datetime import datetime

import dagster as dg
import psycopg

from batang_assets.database import connect
from batang_assets.errors import BatangError
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.approval import (
    DEMO,
    DEMO_APPROVER,
    DEMO_PREPARER,
    PERSON,
    Approval,
    How,
    approve,
    prepare,
    require_two_people,
    standing,
    waiting_sentence,
)
from batang_assets.settings import Settings, get_settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing

KEY = dg.AssetKey(["delivery", "persetujuan"])
# What Dagster names the step in a run's configuration.
OP = KEY.to_python_identifier()


class Names(dg.Config):
    """Who prepares and who approves the months of this run; empty = nobody does so now."""

    disiapkan_oleh: str = ""
    disetujui_oleh: str = ""
    catatan: str = ""


@dg.asset(
    key=KEY,
    deps=[dg.AssetKey(["quality", "gerbang"])],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="persetujuan",
    kinds={"python", "postgres"},
    owners=["team:disnaker-batang"],
    description=(
        "Persetujuan dua orang: yang menyiapkan dan yang menyetujui keluarnya data suatu bulan. Berlaku untuk "
        "versi data yang dinilai gerbang mutu; data baru memerlukan persetujuan baru. Tanpa persetujuan tidak ada "
        "yang dikirim ke SIAPkerja atau dikemas untuk SMData.\n\nIsi `disiapkan_oleh` pada launchpad; orang lain "
        "menyetujui dengan `batang approve`, atau pada launchpad yang sama dengan `disetujui_oleh`."
    ),
)
def persetujuan(context: dg.AssetExecutionContext, config: Names) -> dg.MaterializeResult:
    """Record the names given with the run, for every month of it, and say where each month stands."""
    settings = get_settings()
    states = []
    try:
        with connect(settings) as connection:
            ring = KeyRing.load(settings.keys)
            for key in sorted(context.partition_keys):
                period = Period.parse(key)
                record_steps(connection, ring, settings, period, config, context.run_id)
                now = standing(connection, period)
                states.append(now.approval.sentence() if now.approval else waiting_sentence(now))
    except BatangError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(
        metadata={"keterangan": dg.MetadataValue.md("\n".join(f"- {state}" for state in states))}
    )


def record_steps(
    connection: psycopg.Connection,
    ring: KeyRing,
    settings: Settings,
    period: Period,
    names: Names,
    run_id: str,
) -> None:
    """Record preparation and approval of one month as the run names them, in one transaction.

    Where the settings allow a run to approve itself (the demo) and it names nobody, it says so of itself.
    Raises DataError where both names are one person's, GateClosed where the present data were not judged.
    """
    preparer = names.disiapkan_oleh or settings.prepared_by or ""
    approver = names.disetujui_oleh
    how: How = PERSON
    if settings.self_approval and not approver:
        preparer, approver, how = DEMO_PREPARER, DEMO_APPROVER, DEMO
    if approver and names.disiapkan_oleh:
        require_two_people(names.disiapkan_oleh, approver)
    with committed(connection):
        if preparer:
            prepare(connection, period, preparer, settings.now(), how=how, run_id=run_id)
        if approver:
            record_approval(
                connection, ring, period, approver, names.catatan, settings.now(), how=how, run_id=run_id
            )


def record_approval(
    connection: psycopg.Connection,
    ring: KeyRing,
    period: Period,
    by: str,
    note: str,
    now: datetime,
    *,
    how: How = PERSON,
    run_id: str | None = None,
) -> Approval:
    """Approve in the caller's transaction, with an entry in the signed ledger; an approval in force stands."""
    approval, new = approve(connection, period, by, note, now, how=how, run_id=run_id)
    if new:
        content = {
            "periode": period.key,
            "sidik_data": approval.digest,
            "disiapkan_oleh": approval.disiapkan_oleh,
            "disetujui_oleh": approval.disetujui_oleh,
            "catatan": approval.catatan,
            "cara": approval.cara,
            "run_id": run_id,
        }
        ledger.append(connection, ring, "persetujuan", content)
    return approval
