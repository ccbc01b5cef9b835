"""One package a period, class and revision: a signed folder, written beside its place and then moved into it.

The same run id and inputs give the same bytes. Equal content makes no new revision; changed content makes the
next one, whose manifest names the revision it replaces, the sheets and figures that changed, and why.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.settings import Settings
from batang_assets.smdata.datapackage import data_package, path_of
from batang_assets.smdata.facts import CLASS_WORDS, Kelas, PackageFacts, series_name
from batang_assets.smdata.manifest import as_json, content_digest, manifest, replacement
from batang_assets.smdata.metadata import metadata_files
from batang_assets.smdata.minutes import write_minutes
from batang_assets.smdata.tables import METADATA, SheetData
from batang_assets.smdata.template import Template
from batang_assets.smdata.verify import MANIFEST, PUBLIC_KEY, SIGNATURE, verify_package
from batang_assets.smdata.workbook import write_workbook
from batang_assets.vault import KeyRing

MINUTES = "berita-acara.pdf"


@dataclass(frozen=True)
class Package:
    """A package on disk; ``created`` False means that the existing revision already says the same."""

    path: Path
    revision: int
    created: bool
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name


def packages_folder(settings: Settings) -> Path:
    """Where packages lie: ``<home>/keluaran/smdata``."""
    return settings.outputs / "smdata"


def latest_package(folder: Path, kode_wilayah: str, span: Span, kelas: Kelas = "terbatas") -> Path | None:
    """The folder of the highest revision, or None."""
    pattern = re.compile(re.escape(series_name(kode_wilayah, span, kelas)) + r"-r([1-9]\d*)")
    found = {
        int(match[1]): path for path in folder.glob("smdata-*") if (match := pattern.fullmatch(path.name))
    }
    return found[max(found)] if found else None


def write_package(
    folder: Path, template: Template, sheets: Sequence[SheetData], facts: PackageFacts, ring: KeyRing
) -> Package:
    """Write the next revision below ``folder``, or return the present one if the content is the same.

    ``facts.revision`` is set here. Raises DataError if the present revision no longer verifies: a new one must
    not hide that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(folder, series_name(facts.kode_wilayah, facts.span, facts.kelas))
    tables = {path_of(data): data.csv_bytes() for data in sheets}
    digest = content_digest(template, tables)
    present = latest_package(folder, facts.kode_wilayah, facts.span, facts.kelas)
    replaces = None
    if present is not None:
        before = _verified_manifest(present)
        if before["sidik_isi"] == digest:
            return Package(present, before["revisi"], False, before)
        facts = replace(facts, revision=before["revisi"] + 1)
        replaces = replacement(present, before, template, sheets, tables, facts)
    target = folder / facts.name
    draft = folder / f".{facts.name}.tmp"
    draft.mkdir()
    _write_tables(draft, template, sheets, tables, facts)
    (draft / PUBLIC_KEY).write_bytes(ring.public_key_pem())
    write_minutes(draft, draft / MINUTES, template, sheets, facts, replaces)
    document = manifest(draft, template, sheets, facts, digest, replaces)
    content = as_json(document)
    (draft / MANIFEST).write_bytes(content)
    (draft / SIGNATURE).write_bytes(ring.sign(content))
    draft.rename(target)
    return Package(target, facts.revision, True, document)


def _write_tables(
    draft: Path,
    template: Template,
    sheets: Sequence[SheetData],
    tables: dict[str, bytes],
    facts: PackageFacts,
) -> None:
    (draft / "csv").mkdir()
    for name, content in tables.items():
        (draft / name).write_bytes(content)
    (draft / "datapackage.json").write_bytes(as_json(data_package(template, sheets, tables, facts)))
    (draft / "metadata").mkdir()
    for name, document in metadata_files(template, sheets, tables, facts).items():
        (draft / "metadata" / name).write_bytes(as_json(document))
    shown = [_with_package_rows(data, template, facts) for data in sheets]
    title = f"{template.title}, {facts.span.label}, revisi {facts.revision}"
    write_workbook(draft / f"{facts.name}.xlsx", shown, facts.span, title, facts.made_at)


def _with_package_rows(data: SheetData, template: Template, facts: PackageFacts) -> SheetData:
    """Put the package's own facts on top of the metadata sheet.

    Its csv does without them (they stand in the manifest): they differ from run to run, and content may not.
    """
    if getattr(data.sheet, "relation", None) != METADATA:
        return data
    own = {
        "Nama paket": facts.name,
        "Kelas": CLASS_WORDS[facts.kelas],
        "Periode": facts.span.label,
        "Revisi": str(facts.revision),
        "Templat": f"{template.name} versi {template.version}",
        "Dibuat pada": facts.made_at.isoformat(timespec="seconds"),
        "Persetujuan": facts.approval.sentence(),
        "Run": facts.run_id,
        "Versi kode": facts.code_version,
    }
    columns = [item.name for item in data.fields]
    rows: list[tuple] = []
    for name, text in own.items():
        values = {"bagian": "Paket", "nama": name, "definisi": text}
        rows.append(tuple(values.get(column) for column in columns))
    return replace(data, rows=[*rows, *data.rows])


def _verified_manifest(present: Path) -> dict[str, Any]:
    check = verify_package(present)
    if not check.ok:
        raise DataError(
            f"package {present.name} does not verify ({check.problems[0]}): "
            "restore it from its backup, or move it away to have the period packed again"
        )
    return json.loads((present / MANIFEST).read_bytes())


def _clear_leftovers(folder: Path, series: str) -> None:
    """Drafts of this series that a killed run left behind."""
    for draft in folder.glob(f".{series}-r*.tmp"):
        shutil.rmtree(draft)
