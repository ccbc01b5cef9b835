"""The assets that pack a month for SMData and for the open-data portal, once the month's gates are open."""

import time
from collections.abc import Iterable
from datetime import datetime

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import Period, Span, monthly_partitions
from batang_assets.quality.approval import standing, waiting_sentence
from batang_assets.settings import JAKARTA, Settings, get_settings
from batang_assets.smdata.delivery import deliver
from batang_assets.smdata.disclosure.protect import CannotProtect
from batang_assets.smdata.package import Package
from batang_assets.smdata.packing import pack, pack_public
from batang_assets.smdata.sheets import TableSheet
from batang_assets.smdata.template import load_template
from batang_assets.smdata.verify import MANIFEST

APPROVAL = dg.AssetKey(["delivery", "persetujuan"])
# The asset that publishes the statutory tables (reports.ipk_terbitan).
PUBLICATION = dg.AssetKey(["reports", "ipk"])
BACKFILL_TAG = "dagster/backfill"
NO_SEND_TAG = "batang/tanpa_kirim"
SEND_TAG = "batang/kirim"
NOT_WRITTEN = (
    "Paket tidak ditulis: run ini mengisi ulang bulan lalu. Beri tag `batang/kirim: ya` untuk menulisnya."
)
HELD_BACK = (
    "Paket publik {} tidak ditulis: angka yang sudah terbit, atau yang dapat dihitung dari terbitan sebelumnya, "
    "berada di bawah ambang. Paket publik yang ada tetap berlaku."
)


def may_send(tags: dict[str, str]) -> bool:
    """Whether a run may make something that leaves the regency.

    A backfill and a run that says so may not, unless they are told to.
    """
    return tags.get(SEND_TAG) == "ya" or not (BACKFILL_TAG in tags or NO_SEND_TAG in tags)


def report_keys() -> list[dg.AssetKey]:
    """The assets behind the template's sheets, each once, in the order of the sheets."""
    relations: list[str] = []
    for sheet in load_template().made:
        if isinstance(sheet, TableSheet):
            employers = sheet.public.employers
            relations += [sheet.relation, *([sheet.breakdown.relation] if sheet.breakdown else [])]
            relations += [employers.relation] if employers and employers.relation else []
    return [dg.AssetKey(relation.split(".")) for relation in dict.fromkeys(relations) if "." in relation]


@dg.asset(
    key=["smdata", "paket"],
    deps=[APPROVAL, PUBLICATION, *report_keys()],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="smdata",
    kinds={"python", "excel"},
    owners=["team:disnaker-batang"],
    description=(
        "Paket SMData bertanda tangan untuk satu bulan: buku kerja XLSX, CSV, Data Package, metadata, berita "
        "acara, dan MANIFEST dengan sidik setiap berkas. Hanya ditulis bila gerbang mutu bulan itu terbuka dan "
        "konsolidasi seimbang; isi yang sama tidak membuat revisi baru. Tanpa identitas orang (kelas terbatas). "
        "Diserahkan ke folder keluaran, dan diunggah bila alamatnya diatur.\n\nDasar: Nota Kesepakatan "
        "pasal 4 huruf b dan Lampiran angka 2."
    ),
)
def paket(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write, or find unchanged, the package of every month of the run, and hand it over."""
    if not may_send(dict(context.run.tags)):
        context.log.info(NOT_WRITTEN)
        return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(NOT_WRITTEN)})
    settings = get_settings()
    begun = time.monotonic()
    made_at = _made_at(context, settings)
    if note := _waiting(settings, context.partition_keys):
        return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(note)})
    packages, receipts = [], []
    for key in sorted(context.partition_keys):
        package = pack(settings, Span.parse(key), context.run_id, made_at)
        packages.append(package)
        receipts += deliver(settings, package)
    return dg.MaterializeResult(
        metadata={
            **_shown(packages),
            "lembar_belum_tersedia": len(packages[-1].manifest["lembar_belum_tersedia"]),
            "tanda_terima": ", ".join(receipts) or "-",
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


@dg.asset(
    key=["smdata", "paket_publik"],
    deps=[paket],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="smdata",
    kinds={"python", "excel"},
    owners=["team:disnaker-batang"],
    description=(
        "Paket data untuk portal data terbuka kabupaten: tabel yang sama, dengan angka kecil (1–4 orang, 1–9 untuk "
        "desa dan disabilitas, 1–2 pemberi kerja) ditahan, beserta angka lain yang dapat membukanya kembali, juga "
        "lintas tabel dan lintas bulan. Yang pernah ditahan tetap ditahan; yang pernah terbit tetap terbit."
    ),
)
def paket_publik(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write, or find unchanged, the public package of every month of the run."""
    if not may_send(dict(context.run.tags)):
        return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(NOT_WRITTEN)})
    settings = get_settings()
    made_at = _made_at(context, settings)
    if note := _waiting(settings, context.partition_keys):
        return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(note)})
    packages = []
    for key in sorted(context.partition_keys):
        try:
            packages.append(pack_public(settings, Span.parse(key), context.run_id, made_at))
        except CannotProtect as error:
            context.log.warning(f"{key}: {error}")
            return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(HELD_BACK.format(key))})
    withheld = [package.manifest["pengendalian_pengungkapan"] for package in packages]
    return dg.MaterializeResult(
        metadata={**_shown(packages), "sel_ditahan": sum(item["sel_ditahan"] for item in withheld)}
    )


def _waiting(settings: Settings, keys: Iterable[str]) -> str | None:
    """What a month still waits for: its end, or the second person, who looks at what the run has just judged."""
    periods = [Period.parse(key) for key in sorted(keys)]
    if running := [period for period in periods if not period.is_over(settings.now())]:
        return f"Paket tidak ditulis: {running[0].label} masih berjalan, dan IPK III terbit sesudah bulan berakhir."
    with connect(settings) as connection:
        found = [standing(connection, period) for period in periods]
    waiting = [now for now in found if now.approval is None]
    return "Paket tidak ditulis. " + "; ".join(map(waiting_sentence, waiting)) if waiting else None


def _shown(packages: list[Package]) -> dict[str, dg.MetadataValue | int]:
    lines = ["| paket | revisi | keadaan |", "|---|---|---|"]
    lines += [f"| {p.name} | {p.revision} | {'baru' if p.created else 'tidak berubah'} |" for p in packages]
    return {
        "paket": dg.MetadataValue.md("\n".join(lines)),
        "folder": dg.MetadataValue.path(str(packages[-1].path)),
        "manifest": dg.MetadataValue.path(str(packages[-1].path / MANIFEST)),
        "paket_baru": sum(package.created for package in packages),
    }


def _made_at(context: dg.AssetExecutionContext, settings: Settings) -> datetime:
    """When the run began: a fact of the run, so that the same run writes the same bytes again."""
    if settings.clock is not None:
        return settings.now()
    record = context.instance.get_run_record_by_id(context.run_id)
    return record.create_timestamp.astimezone(JAKARTA) if record else settings.now()


assets = [paket, paket_publik]
