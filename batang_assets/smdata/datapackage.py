"""``datapackage.json``: a Frictionless Data Package with a Table Schema for each csv."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from batang_assets.smdata.facts import PackageFacts
from batang_assets.smdata.tables import HELD, CsvField, SheetData
from batang_assets.smdata.template import Template

FIELD_TYPES = {
    "teks": "string",
    "bilangan": "integer",
    "rupiah": "integer",
    "persen": "number",
    "tanggal": "date",
}


def data_package(
    template: Template, sheets: Sequence[SheetData], tables: Mapping[str, bytes], facts: PackageFacts
) -> dict[str, Any]:
    """The description of ``tables`` (path → csv bytes), one resource a sheet."""
    return {
        "profile": "tabular-data-package",
        "name": facts.name,
        "title": f"{template.title}, {facts.span.label}",
        "version": f"{template.version}.{facts.revision}.0",
        "created": facts.made_at.isoformat(timespec="seconds"),
        "resources": [_resource(data, tables[path_of(data)]) for data in sheets],
    }


def path_of(data: SheetData) -> str:
    """Where the csv of a sheet lies in the package."""
    return f"csv/{data.sheet.file}.csv"


def _resource(data: SheetData, content: bytes) -> dict[str, Any]:
    held = any(HELD in row for row in data.rows)
    return {
        "profile": "tabular-data-resource",
        "name": data.sheet.file,
        "title": data.sheet.name,
        "path": path_of(data),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True},
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {
            "fields": [_field(item) for item in data.fields],
            "missingValues": ["", HELD] if held else [""],
        },
    }


def _field(item: CsvField) -> dict[str, Any]:
    return {
        "name": item.name,
        "type": FIELD_TYPES[item.type],
        "title": item.title,
        "description": item.description,
        **({"satuan": item.unit} if item.unit else {}),
        **({"klasifikasi": item.classification} if item.classification else {}),
    }
