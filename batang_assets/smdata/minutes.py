"""``berita-acara.pdf``: what was checked, by which gate, with which result, what changed, and who approved it.

Typst lays it out from a packaged template with the fonts of its own wheel; all text goes in as data. The document's
time is the run's, so that equal arguments give equal bytes.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date
from babel.numbers import format_decimal

from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.settings import JAKARTA
from batang_assets.smdata.disclosure.public import left_out
from batang_assets.smdata.facts import CLASS_WORDS, GateRecord, PackageFacts
from batang_assets.smdata.metadata import declarations
from batang_assets.smdata.tables import HELD, SheetData, Value
from batang_assets.smdata.template import FOLDER, Template

LAYOUT = FOLDER / "berita-acara.typ"
CONSOLIDATION = "reports.rpt_konsolidasi"
QUALITY = "mutu_data"


def write_minutes(
    draft: Path,
    path: Path,
    template: Template,
    sheets: Sequence[SheetData],
    facts: PackageFacts,
    replaces: dict[str, Any] | None,
) -> None:
    """Write the minutes of the package whose other files lie in ``draft``; raises DataError if Typst refuses."""
    data = _content(draft, template, sheets, facts, replaces)
    try:
        pdf = typst.compile(
            LAYOUT,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=int(facts.made_at.timestamp()),
        )
    except typst.TypstError as error:
        raise DataError(f"{LAYOUT.name} cannot be laid out: {' '.join(str(error).split())}") from None
    path.write_bytes(pdf)


def _content(
    draft: Path,
    template: Template,
    sheets: Sequence[SheetData],
    facts: PackageFacts,
    replaces: dict[str, Any] | None,
) -> dict[str, Any]:
    said = declarations()["kegiatan"]
    day = format_date(facts.made_at.astimezone(JAKARTA).date(), "d MMMM yyyy", locale="id_ID")
    approval = facts.approval
    missing = {sheet.name: sheet.reason for sheet in template.missing}
    if facts.kelas == "publik":
        missing |= left_out(template)
    return {
        "judul": f"Berita acara {facts.name}",
        "judul_periode": f"Periode {facts.span.label}, revisi {facts.revision}",
        "penyelenggara": said["penyelenggara"],
        "paket": facts.name,
        "pembuka": (
            f"Pada tanggal {day} telah disusun paket data ketenagakerjaan Kabupaten Batang untuk periode "
            f"{facts.span.label}, sesuai dengan Nota Kesepakatan pasal 4 huruf b dan Lampiran angka 2. Hal-hal "
            "yang diperiksa dan hasilnya sebagai berikut."
        ),
        "identitas": _identity(template, sheets, facts),
        "gerbang": [_gate(gate) for gate in facts.gates],
        # Rows less fit rows is how many are held: a small number of persons, so none for the public.
        "baris_gerbang": facts.kelas != "publik",
        "pengecualian": [
            f"{g.dataset}, {Span.parse(g.period).label}: {g.override}" for g in facts.gates if g.override
        ],
        "mutu": _quality(sheets),
        "konsolidasi": _consolidation(sheets),
        "neraca": (
            "Jumlah setiap pihak habis terbagi menurut hubungan catatannya, dan setiap catatan yang tidak cocok "
            "mempunyai sebab."
        ),
        "revisi": _revision(facts, replaces),
        "perubahan": [
            [item["lembar"], _number(item["sel_berubah"])] for item in (replaces or {}).get("perubahan", [])
        ],
        "sebab": [
            f"IPK {item['tabel']}: {item['sebab']}, {_number(item['sel'])} sel"
            for item in (replaces or {}).get("sebab", [])
        ],
        "lembar_tidak_dimuat": [f"{name}: {reason}" for name, reason in missing.items()],
        "berkas": _files(draft),
        "persetujuan": approval.sentence(),
        "disiapkan_oleh": approval.disiapkan_oleh,
        "disetujui_oleh": approval.disetujui_oleh,
        "tempat_tanggal": f"Batang, {day}",
    }


def _gate(gate: GateRecord) -> dict[str, str]:
    return {
        "bulan": Span.parse(gate.period).label,
        "dataset": gate.dataset,
        "baris": _number(gate.rows),
        "layak": _number(gate.fit),
        "versi": gate.version,
        "putusan": _verdict(gate.passed, gate.failed, gate.override),
    }


def _files(draft: Path) -> list[dict[str, str]]:
    return [
        {
            "nama": file.relative_to(draft).as_posix(),
            "bita": _number(file.stat().st_size),
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for file in sorted(draft.rglob("*"))
        if file.is_file()
    ]


def _identity(template: Template, sheets: Sequence[SheetData], facts: PackageFacts) -> list[list[str]]:
    said = declarations()["katalog"]
    shown = [f"{d.publication.table} revisi {d.publication.revision}" for d in sheets if d.publication]
    rows = [
        ["Nama paket", facts.name],
        ["Kelas", CLASS_WORDS[facts.kelas]],
        ["Wilayah", f"{said['wilayah']} ({facts.kode_wilayah[:2]}.{facts.kode_wilayah[2:]})"],
        ["Templat", f"{template.name} versi {template.version}"],
        ["Terbitan IPK yang dimuat", ", ".join(shown) or "tidak ada"],
        ["Dibuat pada", f"{facts.made_at.astimezone(JAKARTA):%d-%m-%Y pukul %H.%M} WIB"],
        ["Run dan versi program", f"{facts.run_id}; {facts.code_version}"],
    ]
    if facts.disclosure:
        rows.append(
            [
                "Pengendalian pengungkapan",
                f"{_number(facts.disclosure['sel_ditahan'])} dari {_number(facts.disclosure['sel'])} angka ditahan",
            ]
        )
    return rows


def _verdict(passed: bool, failed: Sequence[str], override: str | None) -> str:
    if passed:
        return "lulus"
    how = "dibuka dengan pengecualian" if override else "tidak lulus"
    return f"{how} ({', '.join(failed)})"


def _quality(sheets: Sequence[SheetData]) -> list[list[str]]:
    names = ("dimensi", "aturan", "aturan_lulus", "salah", "skor_pct")
    return [
        [str(row["dimensi"]).capitalize(), *(_number(row.get(name)) for name in names[1:])]
        for row in _rows(sheets, QUALITY)
        if row["dataset"] == "semua"
    ]


def _consolidation(sheets: Sequence[SheetData]) -> list[list[str]]:
    names = ("daerah", "pusat", "cocok", "beda", "hanya_daerah", "hanya_pusat")
    return [
        [str(row["domain"]).replace("-", " ").capitalize(), *(_number(row[name]) for name in names)]
        for row in _rows(sheets, CONSOLIDATION)
        if all(name in row for name in ("domain", *names))
    ]


def _rows(sheets: Sequence[SheetData], relation: str) -> list[dict[str, Value]]:
    return [
        dict(zip([item.name for item in data.fields], row, strict=True))
        for data in sheets
        if getattr(data.sheet, "relation", None) == relation
        for row in data.rows
    ]


def _revision(facts: PackageFacts, replaces: dict[str, Any] | None) -> str:
    if replaces is None:
        return "Paket ini adalah yang pertama untuk periode ini."
    return (
        f"Paket ini menggantikan {replaces['paket']} (sidik MANIFEST {replaces['manifest_sha256'][:16]}…). "
        f"Alasan: {replaces['alasan']}."
    )


def _number(value: Any) -> str:
    return "–" if value is None else HELD if value == HELD else format_decimal(value, locale="id_ID")
