"""Packing a span: the gates asked, the sheets collected in one snapshot, the package written."""

from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import psycopg

from batang_assets.database import connect
from batang_assets.errors import ConfigurationError
from batang_assets.partitions import Span
from batang_assets.quality.approval import DEMO, Approval, require_approved
from batang_assets.quality.balance import require_balanced
from batang_assets.quality.datasets import dataset_of
from batang_assets.quality.gate import require_open, verdicts
from batang_assets.quality.overrides import covering
from batang_assets.settings import Settings
from batang_assets.smdata.disclosure.public import PublicContent, public_content, record
from batang_assets.smdata.facts import GateRecord, PackageFacts, Persetujuan
from batang_assets.smdata.package import Package, packages_folder, write_package
from batang_assets.smdata.tables import SheetData, collect, smdata_contracts
from batang_assets.smdata.template import Template, load_template
from batang_assets.vault import KeyRing


def pack(
    settings: Settings,
    span: Span,
    run_id: str,
    made_at: datetime,
    reason: str | None = None,
) -> Package:
    """Write the restricted package of a span, or return the present one if nothing changed.

    Raises GateClosed if a dataset behind the package has not passed its gate for the present data, nobody approved
    them, or the consolidation does not close; DataError if a report contradicts itself or does not fit the
    template.
    """
    template, ring = load_template(), KeyRing.load(settings.keys)
    with connect(settings) as connection:
        sheets, gates, approval = _gathered(connection, settings, template, span)
    facts = PackageFacts(
        settings.kode_wilayah, span, run_id, code_version(), made_at, approval, gates, reason=reason
    )
    return write_package(packages_folder(settings), template, sheets, facts, ring)


def pack_public(
    settings: Settings,
    span: Span,
    run_id: str,
    made_at: datetime,
    reason: str | None = None,
) -> Package:
    """The same for the public package; what is published is remembered before it can be seen.

    Also raises CannotProtect if what was published before leaves no safe way: the present package then stays.
    """
    template, ring = load_template(), KeyRing.load(settings.keys)
    with connect(settings) as connection:
        sheets, gates, approval = _gathered(connection, settings, template, span)
        content = public_content(connection, template, sheets, span, settings.kode_wilayah)
    with connect(settings) as connection:
        record(connection, content, settings.kode_wilayah, run_id)
    facts = PackageFacts(
        settings.kode_wilayah,
        span,
        run_id,
        code_version(),
        made_at,
        approval,
        gates,
        kelas="publik",
        reason=reason,
        disclosure=_disclosure(content),
    )
    return write_package(packages_folder(settings), template, content.sheets, facts, ring)


def _gathered(
    connection: psycopg.Connection, settings: Settings, template: Template, span: Span
) -> tuple[list[SheetData], tuple[GateRecord, ...], Persetujuan]:
    # One snapshot: the sheets of a package must agree with each other.
    connection.execute("set transaction isolation level repeatable read, read only")
    datasets = [contract.dataset for contract in smdata_contracts()]
    approved = [require_approved(connection, month) for month in span.months]
    for month in span.months:
        require_open(connection, month, datasets)
    require_balanced(connection, span.last)
    sheets = collect(connection, template, span, settings.kode_wilayah)
    gates = tuple(gate for name in datasets for gate in _gates(connection, span, name))
    return sheets, gates, _as_said(approved[-1])


def _as_said(approved: Approval) -> Persetujuan:
    """The approval of the span's last month, as the package says it."""
    return Persetujuan(
        approved.disiapkan_oleh,
        approved.disetujui_oleh,
        approved.catatan,
        approved.pada,
        demo=approved.cara == DEMO,
    )


def _gates(connection: psycopg.Connection, span: Span, dataset: str) -> list[GateRecord]:
    found = []
    for month in span.months:
        verdict = verdicts(connection, month)[dataset]
        opened = None
        if not verdict.lulus:
            opened = covering(connection, month, dataset, verdict.versi_data, verdict.gagal)
        found.append(
            GateRecord(
                month.key,
                dataset_of(dataset).judul,
                verdict.versi_data,
                verdict.lulus,
                verdict.baris,
                verdict.layak,
                verdict.gagal,
                opened.sentence() if opened else None,
            )
        )
    return found


def _disclosure(content: PublicContent) -> dict[str, int]:
    shown = {name for name, cell in content.system.cells.items() if cell.shown}
    return {"sel": len(shown), "sel_ditahan": len(content.held & shown)}


def code_version() -> str:
    """The version of this project as installed."""
    try:
        return version("batang-assets")
    except PackageNotFoundError:
        raise ConfigurationError("batang-assets is not installed here: run `make setup`") from None
