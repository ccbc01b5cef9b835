"""The content of every sheet, read from the report tables and held as the rows of its csv."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import all_contracts
from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.smdata.published import Publication, Sum, read_published
from batang_assets.smdata.sheets import MadeSheet, PublishedSheet, TableColumn, TableSheet
from batang_assets.smdata.template import Template, load_labels

Value = str | int | Decimal | date | None
# A figure withheld from the public package; no figure is ever written like this.
HELD = "*"
METADATA = "metadata"
DATA_QUALITY = "mutu_data"

# The newest verdict of each dataset and month; the score weighs a check by the rows its rule speaks for, as the
# quality report and `batang status` do. The rows over all datasets come last.
QUALITY_SQL = """
with terbaru as (
    select distinct on (periode, dataset) periode, dataset, versi_data, lulus
    from quality.gerbang where periode = any(%(bulan)s)
    order by periode, dataset, dinilai_pada desc
),
gerbang as (
    select dataset, bool_and(lulus) as gerbang_lulus from terbaru group by dataset
)
select coalesce(dataset, 'semua') as dataset, dimensi, count(*) as aturan,
    count(*) filter (where hasil_aturan.lulus) as aturan_lulus,
    sum(diperiksa)::bigint as diperiksa, sum(salah)::bigint as salah,
    round(
        100 * sum(bobot * (diperiksa - salah)::numeric / nullif(diperiksa, 0))
        / nullif(sum(bobot) filter (where diperiksa > 0), 0), 1
    ) as skor_pct,
    case when dataset is null then null when gerbang_lulus then 'lulus' else 'gagal' end as gerbang
from quality.hasil_aturan
inner join terbaru using (periode, dataset, versi_data) inner join gerbang using (dataset)
group by grouping sets ((dataset, dimensi, gerbang_lulus), (dimensi))
"""


@dataclass(frozen=True)
class CsvField:
    """One csv column: its name and what the Data Package says about it."""

    name: str
    type: str
    title: str
    description: str
    unit: str | None = None
    classification: str | None = None


@dataclass
class SheetData:
    """One sheet: the template's declaration, the csv columns and the csv rows.

    For a statutory table also its rows that are sums, by (part, code), and the publication it shows.
    """

    sheet: MadeSheet
    fields: tuple[CsvField, ...]
    rows: list[tuple[Value, ...]] = field(default_factory=list)
    sums: dict[tuple[str, str], Sum] = field(default_factory=dict)
    publication: Publication | None = None

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        """The columns of a plain table, those of its breakdown included."""
        assert isinstance(self.sheet, TableSheet)
        more = self.fields[len(self.sheet.columns) :]
        return (
            *self.sheet.columns,
            *(
                TableColumn(
                    nama=f.name, kepala=f.title, definisi=f.description, format="bilangan", satuan=f.unit
                )
                for f in more
            ),
        )

    def csv_bytes(self) -> bytes:
        """The table as RFC 4180 csv: UTF-8, CRLF, a header, numbers with a point, empty for unknown."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow([item.name for item in self.fields])
        writer.writerows(self.rows)
        return buffer.getvalue().encode("utf-8")


def collect(connection: psycopg.Connection, template: Template, span: Span, region: str) -> list[SheetData]:
    """The content of every sheet that the template can make for ``span``, in the template's order.

    ``region``: the regency's code, whose statutory tables are shown. Raises DataError if a report is absent, holds
    cells that the template has no place for, lacks cells, or contradicts its own totals.
    """
    return [
        _statutory(connection, sheet, span, region)
        if isinstance(sheet, PublishedSheet)
        else _table(connection, sheet, template, span)
        for sheet in template.made
    ]


def _table(connection: psycopg.Connection, sheet: TableSheet, template: Template, span: Span) -> SheetData:
    fields = tuple(
        CsvField(c.name, c.format, c.header, c.definition, c.unit, c.classification) for c in sheet.columns
    )
    names = [column.name for column in sheet.columns]
    if sheet.relation == METADATA:
        known = ("bagian", "nama", "definisi", "klasifikasi", "satuan")
        return SheetData(sheet, fields, _arranged(sheet, known, _metadata_rows(template)))
    if sheet.relation == DATA_QUALITY:
        cursor = _execute(
            connection, sheet, sql.SQL(QUALITY_SQL), {"bulan": [month.first_day for month in span.months]}
        )
        found = tuple(column.name for column in cursor.description or ())
        rows = _arranged(sheet, found, cursor.fetchall())
    else:
        rows = _select(connection, sheet, names, span)
        if sheet.breakdown:
            fields, rows = _broken_down(connection, sheet, fields, rows)
    checked = [
        tuple(_checked(sheet, item, value) for item, value in zip(fields, row, strict=True)) for row in rows
    ]
    places: list[dict[str, int]] = [
        {code: place for place, code in enumerate(column.order)} for column in sheet.columns
    ]
    places += [{}] * (len(fields) - len(places))
    # Sorted here and not in SQL: collations differ between servers, and the bytes must not.
    checked.sort(key=lambda row: [_place(known, value) for known, value in zip(places, row, strict=True)])
    return SheetData(sheet, fields, checked)


def _statutory(connection: psycopg.Connection, sheet: PublishedSheet, span: Span, region: str) -> SheetData:
    names = list(dict.fromkeys(column.name for block in sheet.blocks for column in block.columns))
    headers = {c.name: " ".join(c.header) for block in reversed(sheet.blocks) for c in block.columns}
    fields = (
        CsvField("bagian", "teks", "Bagian", "Bagian tabel."),
        CsvField("baris", "teks", "Nomor", "Nomor atau kode baris tabel baku."),
        CsvField("uraian", "teks", "Uraian", "Uraian baris."),
        *(CsvField(name, "bilangan", headers[name], f"Jumlah, kolom {headers[name]}.") for name in names),
    )
    table = read_published(connection, sheet, span, region)
    rows: list[tuple[Value, ...]] = [
        (row.block, row.code, row.label, *(row.values.get(name) for name in names)) for row in table.rows
    ]
    return SheetData(sheet, fields, rows, table.sums, table.publication)


def _broken_down(
    connection: psycopg.Connection, sheet: TableSheet, fields: tuple[CsvField, ...], rows: list[tuple]
) -> tuple[tuple[CsvField, ...], list[tuple]]:
    """The rows with one more figure for each combination of values in the sheet's breakdown."""
    detail = sheet.breakdown
    assert detail is not None
    query = sql.SQL("select {key}, {by}, sum({value})::bigint from {table} group by {key}, {by}").format(
        key=sql.Identifier(detail.key),
        by=sql.SQL(", ").join(map(sql.Identifier, detail.by)),
        value=sql.Identifier(detail.value),
        table=sql.Identifier(*detail.relation.split(".")),
    )
    figures: dict[tuple, dict[str, int]] = {}
    for key, *values, figure in _execute(connection, sheet, query, {}):
        figures.setdefault(tuple(values), {})[key] = figure
    labels = load_labels(detail.labels)
    place = [item.name for item in fields].index(detail.key)
    combinations = sorted(figures)
    more = tuple(
        CsvField(
            "_".join(("sebab", *values)),
            "bilangan",
            ": ".join(labels.get(value, value) for value in values),
            detail.definition,
            unit="catatan",
        )
        for values in combinations
    )
    found = [(*row, *(figures[values].get(row[place], 0) for values in combinations)) for row in rows]
    return (*fields, *more), found


def _select(
    connection: psycopg.Connection, sheet: TableSheet, columns: Iterable[str], span: Span
) -> list[tuple]:
    condition = sql.SQL(" where rentang = %(rentang)s" if sheet.by_period else "")
    query = sql.SQL("select {} from {}{}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(*sheet.relation.split(".")),
        condition,
    )
    return _execute(connection, sheet, query, {"rentang": span.key}).fetchall()


def _execute(
    connection: psycopg.Connection,
    sheet: TableSheet,
    query: sql.SQL | sql.Composed,
    values: dict,
) -> psycopg.Cursor:
    try:
        return connection.execute(query, values)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise DataError(
            f"sheet {sheet.name} of the template asks {sheet.relation} for what it has not: "
            f"{error.diag.message_primary}"
        ) from None


def _arranged(sheet: TableSheet, known: tuple[str, ...], rows: list[tuple]) -> list[tuple]:
    """The rows with the columns that the template asks for, in its order."""
    unknown = [column.name for column in sheet.columns if column.name not in known]
    if unknown:
        raise DataError(f"sheet {sheet.name}: {sheet.relation} has no column {', '.join(unknown)}")
    order = [known.index(column.name) for column in sheet.columns]
    return [tuple(row[index] for index in order) for row in rows]


def _checked(sheet: TableSheet, item: CsvField, value: Any) -> Value:
    if value is None:
        return None
    if item.type in ("bilangan", "rupiah"):
        return _integer(sheet, item.name, value)
    if item.type == "persen":
        return Decimal(value).quantize(Decimal("0.01"))
    if item.type == "tanggal" and isinstance(value, date):
        return value
    if item.type == "teks" and isinstance(value, str):
        return value
    raise DataError(
        f"sheet {sheet.name}: column {item.name} of {sheet.relation} is {type(value).__name__}, not {item.type}"
    )


def _place(order: dict[str, int], value: Value) -> tuple[int, str]:
    """Where a value stands: first those that the template orders, then others by themselves, unknown last."""
    if value is None:
        return len(order) + 1, ""
    return order.get(str(value), len(order)), str(value)


def _integer(sheet: TableSheet, column: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise DataError(f"sheet {sheet.name}: column {column} of {sheet.relation} holds no whole number")
    return int(value)


def _metadata_rows(template: Template) -> list[tuple]:
    """What the package is made of: sheets made and missing, then the definitions from the contracts."""
    rows: list[tuple] = []
    for sheet in template.sheets:
        made = isinstance(sheet, TableSheet | PublishedSheet)
        text = sheet.titles[0] if made else f"BELUM TERSEDIA. {sheet.reason}"
        if made and len(sheet.titles) > 1 and isinstance(sheet, PublishedSheet):
            text = f"{sheet.titles[0]}: {sheet.titles[1]}"
        rows.append(("Lembar", sheet.name, text, None, None))
    for contract in smdata_contracts():
        text = f"{contract.definition.strip()} Tujuan: {contract.purpose.strip()} Dasar: {contract.basis}."
        rows.append(("Dataset", contract.title, text, None, None))
        rows += [
            ("Variabel", f"{contract.dataset}.{c.name}", c.definition, c.classification, c.unit)
            for c in contract.columns
            if "smdata" in c.recipients
        ]
    return rows


def smdata_contracts() -> list:
    """The Batang Career contracts with at least one column that feeds SMData."""
    return [
        contract
        for contract in all_contracts("batang_career")
        if any("smdata" in column.recipients for column in contract.columns)
    ]
