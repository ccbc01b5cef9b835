"""The asset that packs a month for SMData, once the month's gates are open."""

import time
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import dagster as dg

from batang_assets.database import connect
from batang_assets.errors import ConfigurationError
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.approval import require_approved, standing, waiting_sentence
from batang_assets.quality.gate import require_open
from batang_assets.settings import JAKARTA, Settings, get_settings
from batang_assets.smdata.package import Package, PackageFacts, packages_folder, write_package
from batang_assets.smdata.tables import collect, smdata_contracts
from batang_assets.smdata.template import load_template
from batang_assets.smdata.verify import MANIFEST
from batang_assets.vault import KeyRing

BACKFILL_TAG = "dagster/backfill"
NO_SEND_TAG = "batang/tanpa_kirim"
SEND_TAG = "batang/kirim"
NOT_WRITTEN = (
    "Paket tidak ditulis: run ini mengisi ulang bulan lalu. Beri tag `batang/kirim: ya` untuk menulisnya."
)


def may_send(tags: dict[str, str]) -> bool:
    """Whether a run may make something that leaves the regency.

    A backfill and a run that says so may not, unless they are told to.
    """
    return tags.get(SEND_TAG) == "ya" or not (BACKFILL_TAG in tags or NO_SEND_TAG in tags)


def report_keys() -> list[dg.AssetKey]:
    """The assets behind the template's sheets, each once, in the order of the sheets."""
    relations = [sheet.relation for sheet in load_template().made]
    return [dg.AssetKey(relation.split(".")) for relation in dict.fromkeys(relations) if "." in relation]


@dg.asset(
    key=["smdata", "paket"],
    deps=[dg.AssetKey(["delivery", "persetujuan"]), *report_keys()],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="smdata",
    kinds={"python", "excel"},
    owners=["team:disnaker-batang"],
    description=(
        "Paket SMData bertanda tangan untuk satu bulan: buku kerja XLSX, CSV, Data Package, dan MANIFEST dengan "
        "sidik setiap berkas. Hanya ditulis bila gerbang mutu bulan itu terbuka; isi yang sama tidak membuat "
        "revisi baru. Tanpa identitas orang (kelas terbatas).\n\nDasar: Nota Kesepakatan pasal 4 huruf b dan "
        "Lampiran angka 2."
    ),
)
def paket(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write, or find unchanged, the package of every month of the run."""
    if not may_send(dict(context.run.tags)):
        context.log.info(NOT_WRITTEN)
        return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(NOT_WRITTEN)})
    settings = get_settings()
    begun = time.monotonic()
    made_at = _made_at(context, settings)
    periods = [Period.parse(key) for key in sorted(context.partition_keys)]
    with connect(settings) as connection:
        waiting = [now for period in periods if not (now := standing(connection, period)).approval]
    if waiting:
        # Not a fault of the run: the second person looks at what it has just judged.
        note = "Paket tidak ditulis. " + "; ".join(map(waiting_sentence, waiting))
        return dg.MaterializeResult(metadata={"paket": dg.MetadataValue.md(note)})
    packages = [pack(settings, period, context.run_id, made_at) for period in periods]
    lines = ["| paket | revisi | keadaan |", "|---|---|---|"]
    lines += [f"| {p.name} | {p.revision} | {'baru' if p.created else 'tidak berubah'} |" for p in packages]
    return dg.MaterializeResult(
        metadata={
            "paket": dg.MetadataValue.md("\n".join(lines)),
            "folder": dg.MetadataValue.path(str(packages[-1].path)),
            "manifest": dg.MetadataValue.path(str(packages[-1].path / MANIFEST)),
            "paket_baru": sum(package.created for package in packages),
            "lembar_belum_tersedia": len(packages[-1].manifest["lembar_belum_tersedia"]),
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


def pack(settings: Settings, period: Period, run_id: str, made_at: datetime) -> Package:
    """Write the package of one month, or return the present one if nothing changed.

    Raises GateClosed if a dataset behind the package has not passed its gate for the present data, or nobody has
    approved them, DataError if a report contradicts itself or does not fit the template.
    """
    ring = KeyRing.load(settings.keys)
    template = load_template()
    with connect(settings) as connection:
        # One snapshot: the sheets of a package must agree with each other.
        connection.execute("set transaction isolation level repeatable read, read only")
        require_approved(connection, period)
        require_open(connection, period, [contract.dataset for contract in smdata_contracts()])
        sheets = collect(connection, template, period)
    facts = PackageFacts(settings.kode_wilayah, period, run_id, code_version(), made_at)
    return write_package(packages_folder(settings), template, sheets, facts, ring)


def code_version() -> str:
    """The version of this project as installed."""
    try:
        return version("batang-assets")
    except PackageNotFoundError:
        raise ConfigurationError("batang-assets is not installed here: run `make setup`") from None


def _made_at(context: dg.AssetExecutionContext, settings: Settings) -> datetime:
    """When the run began: a fact of the run, so that the same run writes the same bytes again."""
    if settings.clock is not None:
        return settings.now()
    record = context.instance.get_run_record_by_id(context.run_id)
    return record.create_timestamp.astimezone(JAKARTA) if record else settings.now()


assets = [paket]
