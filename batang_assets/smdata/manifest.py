"""``MANIFEST.json``: every file's digest, who made the package, what it replaces, what changed and why."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from batang_assets.smdata.datapackage import path_of
from batang_assets.smdata.facts import PackageFacts
from batang_assets.smdata.published import Publication
from batang_assets.smdata.tables import HELD, SheetData
from batang_assets.smdata.template import Template, load_labels
from batang_assets.smdata.verify import MANIFEST

# A manifest names this many changed figures a sheet; it always says how many there are.
MOST_CHANGES = 50


def as_json(document: Mapping[str, Any]) -> bytes:
    """The document as the package writes JSON: UTF-8, indented, one final newline."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def manifest(
    draft: Path,
    template: Template,
    sheets: Sequence[SheetData],
    facts: PackageFacts,
    digest: str,
    replaces: dict[str, Any] | None,
) -> dict[str, Any]:
    """The manifest of everything that lies in ``draft``."""
    files = sorted(path for path in draft.rglob("*") if path.is_file())
    approval = facts.approval
    return {
        "paket": facts.name,
        "kelas": facts.kelas,
        "kode_wilayah": facts.kode_wilayah,
        "periode": facts.span.key,
        "revisi": facts.revision,
        "menggantikan": replaces,
        "templat": {"nama": template.name, "versi": template.version, "sha256": template.sha256},
        "run_id": facts.run_id,
        "versi_kode": facts.code_version,
        "dibuat_pada": facts.made_at.isoformat(timespec="seconds"),
        "persetujuan": {
            "disiapkan_oleh": approval.disiapkan_oleh,
            "disetujui_oleh": approval.disetujui_oleh,
            "catatan": approval.catatan,
            "pada": approval.pada.isoformat(timespec="seconds"),
            "demo": approval.demo,
        },
        "terbitan_ipk": [
            {"tabel": item.table, "revisi": item.revision, "run_id": item.run_id}
            for item in _publications(sheets)
        ],
        **({"pengendalian_pengungkapan": facts.disclosure} if facts.disclosure else {}),
        "sidik_isi": digest,
        "lembar_belum_tersedia": [
            {"lembar": sheet.name, "sebab": sheet.reason} for sheet in template.missing
        ],
        "berkas": [_entry(draft, path) for path in files],
    }


def _publications(sheets: Sequence[SheetData]) -> list[Publication]:
    return [data.publication for data in sheets if data.publication]


def _entry(draft: Path, path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "nama": path.relative_to(draft).as_posix(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "bita": len(content),
    }


def content_digest(template: Template, tables: Mapping[str, bytes]) -> str:
    """Digest over what the package says: the template and the tables, not who made it and when."""
    digest = hashlib.sha256(template.sha256.encode())
    for name, content in tables.items():
        digest.update(f"\n{name} {hashlib.sha256(content).hexdigest()}".encode())
    return digest.hexdigest()


def replacement(
    present: Path,
    before: dict[str, Any],
    template: Template,
    sheets: Sequence[SheetData],
    tables: Mapping[str, bytes],
    facts: PackageFacts,
) -> dict[str, Any]:
    """What the package replaces, what changed in which sheets, and why.

    Why: the causes that the IPK publications recorded, and the operator's own reason where there is one.
    """
    old = {entry["nama"]: entry["sha256"] for entry in before["berkas"]}
    changed = [
        data for data in sheets if old.get(path_of(data)) != hashlib.sha256(tables[path_of(data)]).hexdigest()
    ]
    gone = [name for name in old if name.startswith("csv/") and name not in tables]
    says = []
    if before["templat"]["sha256"] != template.sha256:
        says.append(
            f"templat berubah ({before['templat']['nama']} versi {before['templat']['versi']} menjadi "
            f"{template.name} versi {template.version})"
        )
    if changed:
        says.append(f"isi lembar berubah: {', '.join(data.sheet.name for data in changed)}")
    if gone:
        says.append(f"tabel tidak dimuat lagi: {', '.join(gone)}")
    causes = _causes(changed, before)
    return {
        "paket": present.name,
        "manifest_sha256": hashlib.sha256((present / MANIFEST).read_bytes()).hexdigest(),
        "alasan": "; ".join([*([facts.reason] if facts.reason else []), *says]),
        "sebab": causes,
        "perubahan": [_changes(present, data, tables[path_of(data)]) for data in changed],
    }


def _causes(changed: Sequence[SheetData], before: dict[str, Any]) -> list[dict[str, Any]]:
    shown = {item["tabel"]: item["revisi"] for item in before.get("terbitan_ipk", [])}
    words = load_labels("sebab.yaml")
    return [
        {"tabel": item.table, "sebab": words.get(cause, cause), "sel": cells}
        for item in _publications(changed)
        if shown.get(item.table) != item.revision
        for cause, cells in item.causes.items()
    ]


def _changes(present: Path, data: SheetData, content: bytes) -> dict[str, Any]:
    """The figures that differ from the package before, by row and column; withheld ones stay unsaid."""
    figures = {item.name for item in data.fields if item.type in ("bilangan", "rupiah", "persen")}
    file = present / path_of(data)
    before = dict(_cells(file.read_text(encoding="utf-8"), figures)) if file.is_file() else {}
    after = dict(_cells(content.decode(), figures))
    changes = [
        {
            "baris": row,
            "kolom": column,
            "dari": before.get((row, column)),
            "menjadi": after.get((row, column)),
        }
        for row, column in dict.fromkeys([*before, *after])
        if before.get((row, column)) != after.get((row, column))
        and HELD not in (before.get((row, column)), after.get((row, column)))
    ]
    return {"lembar": data.sheet.name, "sel_berubah": len(changes), "sel": changes[:MOST_CHANGES]}


def _cells(text: str, figures: set[str]) -> Iterator[tuple[tuple[str, str], str]]:
    for row in csv.DictReader(text.splitlines(keepends=True)):
        key = " | ".join(value for name, value in row.items() if name not in figures and value)
        for name, value in row.items():
            if name in figures:
                yield (key, name), value
