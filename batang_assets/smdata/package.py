"""One package a period and revision: a signed folder, written beside its place and then moved into it.

The same run id and inputs give the same bytes. Equal content makes no new revision; changed content makes the
next one, whose manifest names the revision it replaces and the sheets that changed.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.settings import Settings
from batang_assets.smdata.tables import METADATA, SheetData
from batang_assets.smdata.template import Template
from batang_assets.smdata.verify import MANIFEST, PUBLIC_KEY, SIGNATURE, verify_package
from batang_assets.smdata.workbook import write_workbook
from batang_assets.vault import KeyRing

CLASS = "terbatas"
FIELD_TYPES = {
    "teks": "string",
    "bilangan": "integer",
    "rupiah": "integer",
    "persen": "number",
    "tanggal": "date",
}


@dataclass(frozen=True)
class PackageFacts:
    """What a package says about its own making. ``made_at`` belongs to the run, so that bytes repeat."""

    kode_wilayah: str
    period: Period
    run_id: str
    code_version: str
    made_at: datetime
    revision: int = 1

    @property
    def name(self) -> str:
        """The folder's name, e.g. ``smdata-3325-2026-10-r1``."""
        return f"{series_name(self.kode_wilayah, self.period)}-r{self.revision}"


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


def series_name(kode_wilayah: str, period: Period) -> str:
    """The part of a package's name that all revisions of a period share."""
    return f"smdata-{kode_wilayah}-{period.key}"


def latest_package(folder: Path, kode_wilayah: str, period: Period) -> Path | None:
    """The folder of the highest revision, or None."""
    pattern = re.compile(re.escape(series_name(kode_wilayah, period)) + r"-r([1-9]\d*)")
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
    _clear_leftovers(folder, series_name(facts.kode_wilayah, facts.period))
    tables = {f"csv/{data.sheet.file}.csv": data.csv_bytes() for data in sheets}
    digest = _content_digest(template, tables)
    present = latest_package(folder, facts.kode_wilayah, facts.period)
    replaces = None
    if present is not None:
        before = _verified_manifest(present)
        if before["sidik_isi"] == digest:
            return Package(present, before["revisi"], False, before)
        facts = replace(facts, revision=before["revisi"] + 1)
        replaces = _replacement(present, before, template, sheets, tables)
    target = folder / facts.name
    draft = folder / f".{facts.name}.tmp"
    draft.mkdir()
    _write_tables(draft, template, sheets, tables, facts)
    (draft / PUBLIC_KEY).write_bytes(ring.public_key_pem())
    manifest = _manifest(draft, template, facts, digest, tables, replaces)
    content = _json(manifest)
    (draft / MANIFEST).write_bytes(content)
    (draft / SIGNATURE).write_bytes(ring.sign(content))
    draft.rename(target)
    return Package(target, facts.revision, True, manifest)


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
    (draft / "datapackage.json").write_bytes(_json(_data_package(template, sheets, tables, facts)))
    shown = [_with_package_rows(data, template, facts) for data in sheets]
    title = f"{template.title}, {facts.period.label}, revisi {facts.revision}"
    write_workbook(draft / f"{facts.name}.xlsx", shown, facts.period, title, facts.made_at)


def _with_package_rows(data: SheetData, template: Template, facts: PackageFacts) -> SheetData:
    """Put the package's own facts on top of the metadata sheet.

    Its csv does without them (they stand in the manifest): they differ from run to run, and content may not.
    """
    if getattr(data.sheet, "relation", None) != METADATA:
        return data
    own = {
        "Nama paket": facts.name,
        "Kelas": f"{CLASS}: untuk Kementerian Ketenagakerjaan, sel baku tidak disamarkan, tanpa identitas orang",
        "Periode": facts.period.label,
        "Revisi": str(facts.revision),
        "Templat": f"{template.name} versi {template.version}",
        "Dibuat pada": facts.made_at.isoformat(timespec="seconds"),
        "Run": facts.run_id,
        "Versi kode": facts.code_version,
    }
    columns = [item.name for item in data.fields]
    rows: list[tuple] = []
    for name, text in own.items():
        values = {"bagian": "Paket", "nama": name, "definisi": text}
        rows.append(tuple(values.get(column) for column in columns))
    return SheetData(data.sheet, data.fields, [*rows, *data.rows])


def _manifest(
    draft: Path,
    template: Template,
    facts: PackageFacts,
    digest: str,
    tables: dict[str, bytes],
    replaces: dict[str, str] | None,
) -> dict[str, Any]:
    files = sorted(path for path in draft.rglob("*") if path.is_file())
    return {
        "paket": facts.name,
        "kelas": CLASS,
        "kode_wilayah": facts.kode_wilayah,
        "periode": facts.period.key,
        "revisi": facts.revision,
        "menggantikan": replaces,
        "templat": {"nama": template.name, "versi": template.version, "sha256": template.sha256},
        "run_id": facts.run_id,
        "versi_kode": facts.code_version,
        "dibuat_pada": facts.made_at.isoformat(timespec="seconds"),
        "sidik_isi": digest,
        "lembar_belum_tersedia": [
            {"lembar": sheet.name, "sebab": sheet.reason} for sheet in template.missing
        ],
        "berkas": [_entry(draft, path) for path in files],
    }


def _entry(draft: Path, path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "nama": path.relative_to(draft).as_posix(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "bita": len(content),
    }


def _content_digest(template: Template, tables: dict[str, bytes]) -> str:
    """Digest over what the package says: the template and the tables, not who made it and when."""
    digest = hashlib.sha256(template.sha256.encode())
    for name, content in tables.items():
        digest.update(f"\n{name} {hashlib.sha256(content).hexdigest()}".encode())
    return digest.hexdigest()


def _replacement(
    present: Path,
    before: dict[str, Any],
    template: Template,
    sheets: Sequence[SheetData],
    tables: dict[str, bytes],
) -> dict[str, str]:
    old = {entry["nama"]: entry["sha256"] for entry in before["berkas"]}
    names = {f"csv/{data.sheet.file}.csv": data.sheet.name for data in sheets}
    changed = [
        names[file]
        for file, content in tables.items()
        if old.get(file) != hashlib.sha256(content).hexdigest()
    ]
    gone = [name for name in old if name.startswith("csv/") and name not in tables]
    reasons = []
    if before["templat"]["sha256"] != template.sha256:
        reasons.append(
            f"templat berubah ({before['templat']['nama']} versi {before['templat']['versi']} menjadi "
            f"{template.name} versi {template.version})"
        )
    if changed:
        reasons.append(f"isi lembar berubah: {', '.join(changed)}")
    if gone:
        reasons.append(f"tabel tidak dimuat lagi: {', '.join(gone)}")
    return {
        "paket": present.name,
        "manifest_sha256": hashlib.sha256((present / MANIFEST).read_bytes()).hexdigest(),
        "alasan": "; ".join(reasons),
    }


def _verified_manifest(present: Path) -> dict[str, Any]:
    check = verify_package(present)
    if not check.ok:
        raise DataError(
            f"package {present.name} does not verify ({check.problems[0]}): "
            "restore it from its backup, or move it away to have the period packed again"
        )
    return json.loads((present / MANIFEST).read_bytes())


def _data_package(
    template: Template, sheets: Sequence[SheetData], tables: dict[str, bytes], facts: PackageFacts
) -> dict[str, Any]:
    """A Frictionless Data Package (specs.frictionlessdata.io) with a Table Schema for each csv."""
    return {
        "profile": "tabular-data-package",
        "name": facts.name,
        "title": f"{template.title}, {facts.period.label}",
        "version": f"{template.version}.{facts.revision}",
        "created": facts.made_at.isoformat(timespec="seconds"),
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": data.sheet.file,
                "title": data.sheet.name,
                "path": f"csv/{data.sheet.file}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True},
                "bytes": len(tables[f"csv/{data.sheet.file}.csv"]),
                "hash": f"sha256:{hashlib.sha256(tables[f'csv/{data.sheet.file}.csv']).hexdigest()}",
                "schema": {
                    "fields": [
                        {
                            "name": item.name,
                            "type": FIELD_TYPES[item.type],
                            "title": item.title,
                            "description": item.description,
                            **({"satuan": item.unit} if item.unit else {}),
                            **({"klasifikasi": item.classification} if item.classification else {}),
                        }
                        for item in data.fields
                    ],
                    "missingValues": [""],
                },
            }
            for data in sheets
        ],
    }


def _clear_leftovers(folder: Path, series: str) -> None:
    """Drafts of this series that a killed run left behind."""
    for draft in folder.glob(f".{series}-r*.tmp"):
        shutil.rmtree(draft)


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
