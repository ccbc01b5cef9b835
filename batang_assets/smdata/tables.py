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
from batang_assets.partitions import Period
from batang_assets.smdata.template import Block, MatrixSheet, TableSheet, Template

Value = str | int | Decimal | date | None
METADATA = "metadata"
DATA_QUALITY = "mutu_data"

# The newest verdict of each dataset; the score weighs a check by the rows its rule speaks for, as the quality
# report and `batang status` do. The rows over all datasets come last.
QUALITY_SQL = """
with terbaru as (
    select distinct on (dataset) periode, dataset, versi_data, lulus as gerbang_lulus
    from quality.gerbang where periode = %(periode)s
    order by dataset, dinilai_pada desc
)
select coalesce(dataset, 'semua') as dataset, dimensi, count(*) as aturan,
    count(*) filter (where lulus) as aturan_lulus,
    sum(diperiksa)::bigint as diperiksa, sum(salah)::bigint as salah,
    round(
        100 * sum(bobot * (diperiksa - salah)::numeric / nullif(diperiksa, 0))
        / nullif(sum(bobot) filter (where diperiksa > 0), 0), 1
    ) as skor_pct,
    case when dataset is null then null when gerbang_lulus then 'lulus' else 'gagal' end as gerbang
from quality.hasil_aturan inner join terbaru using (periode, dataset, versi_data)
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
    """One sheet: the template's declaration, the csv columns and the csv rows."""

    sheet: TableSheet | MatrixSheet
    fields: tuple[CsvField, ...]
    rows: list[tuple[Value, ...]] = field(default_factory=list)

    def csv_bytes(self) -> bytes:
        """The table as RFC 4180 csv: UTF-8, CRLF, a header, numbers with a point, empty for unknown."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow([item.name for item in self.fields])
        writer.writerows(self.rows)
        return buffer.getvalue().encode("utf-8")


def collect(connection: psycopg.Connection, template: Template, period: Period) -> list[SheetData]:
    """The content of every sheet that the template can make for ``period``, in the template's order.

    Raises DataError if a report is absent, holds cells that the template has no place for, lacks cells, or
    contradicts its own totals.
    """
    return [
        _matrix(connection, sheet, period)
        if isinstance(sheet, MatrixSheet)
        else _table(connection, sheet, template, period)
        for sheet in template.made
    ]


def _table(
    connection: psycopg.Connection, sheet: TableSheet, template: Template, period: Period
) -> SheetData:
    fields = tuple(
        CsvField(c.name, c.format, c.header, c.definition, c.unit, c.classification) for c in sheet.columns
    )
    names = [column.name for column in sheet.columns]
    if sheet.relation == METADATA:
        known = ("bagian", "nama", "definisi", "klasifikasi", "satuan")
        return SheetData(sheet, fields, _arranged(sheet, known, _metadata_rows(template)))
    if sheet.relation == DATA_QUALITY:
        cursor = _execute(connection, sheet, sql.SQL(QUALITY_SQL), {"periode": period.first_day})
        found = tuple(column.name for column in cursor.description or ())
        rows = _arranged(sheet, found, cursor.fetchall())
    else:
        rows = _select(connection, sheet, names, period)
    checked = [
        tuple(_checked(sheet, item, value) for item, value in zip(fields, row, strict=True)) for row in rows
    ]
    places = [{code: place for place, code in enumerate(column.order)} for column in sheet.columns]
    # Sorted here and not in SQL: collations differ between servers, and the bytes must not.
    checked.sort(key=lambda row: [_place(known, value) for known, value in zip(places, row, strict=True)])
    return SheetData(sheet, fields, checked)


def _matrix(connection: psycopg.Connection, sheet: MatrixSheet, period: Period) -> SheetData:
    names = list(dict.fromkeys(column.name for block in sheet.blocks for column in block.columns))
    headers = {c.name: " ".join(c.header) for block in reversed(sheet.blocks) for c in block.columns}
    fields = (
        CsvField("bagian", "teks", "Bagian", "Bagian tabel."),
        CsvField("baris", "teks", "Nomor", "Nomor baris tabel baku."),
        CsvField("uraian", "teks", "Uraian", "Uraian baris."),
        *(CsvField(name, "bilangan", headers[name], f"Jumlah, kolom {headers[name]}.") for name in names),
    )
    data = SheetData(sheet, fields)
    for block in sheet.blocks:
        cells = _block_cells(connection, sheet, block, period)
        for row in block.rows:
            values = (cells.get((row.code, name)) for name in names)
            data.rows.append((block.name, row.code, row.label, *values))
    return data


def _block_cells(
    connection: psycopg.Connection, sheet: MatrixSheet, block: Block, period: Period
) -> dict[tuple[str, str], int]:
    """Value by (row code, column name), formulas worked out and compared with the report's own figures."""
    keys = sorted(next(column.pick for column in block.columns if column.pick))
    reported = _reported(connection, sheet, block, period, keys)
    cells: dict[tuple[str, str], int] = {}
    for row in block.rows:
        for column in block.columns:
            where = f"sheet {sheet.name}, row {row.code}, column {column.name}"
            value = (
                reported.pop((row.code, *(column.pick[key] for key in keys)), None) if column.pick else None
            )
            if column.pick and value is None:
                raise DataError(f"{where}: {sheet.relation} has no such cell for {period.key}")
            if row.plus or row.minus:
                computed = sum(cells[code, column.name] for code in row.plus)
                computed -= sum(cells[code, column.name] for code in row.minus)
                if value is not None and computed != value:
                    raise DataError(f"{where}: {sheet.relation} says {value}, its parts add up to {computed}")
                value = computed
            elif column.sum:
                value = sum(cells[row.code, name] for name in column.sum)
            assert value is not None
            cells[row.code, column.name] = value
    left = {key: value for key, value in reported.items() if value}
    if left:
        raise DataError(
            f"sheet {sheet.name}: {len(left)} cells of {sheet.relation} have no place in block {block.name}, "
            f"e.g. {' / '.join(map(str, next(iter(left))))}: add the column to the template"
        )
    return cells


def _reported(
    connection: psycopg.Connection, sheet: MatrixSheet, block: Block, period: Period, keys: list[str]
) -> dict[tuple, int]:
    columns = [*block.filter, block.row_column, *keys, sheet.value]
    wanted = tuple(block.filter.values())
    reported: dict[tuple, int] = {}
    for row in _select(connection, sheet, columns, period):
        if row[: len(wanted)] != wanted:
            continue
        key, value = tuple(row[len(wanted) : -1]), row[-1]
        if key in reported:
            raise DataError(f"sheet {sheet.name}: {sheet.relation} has the cell {key} twice for {period.key}")
        reported[key] = _integer(sheet, sheet.value, value)
    return reported


def _select(
    connection: psycopg.Connection, sheet: TableSheet | MatrixSheet, columns: Iterable[str], period: Period
) -> list[tuple]:
    condition = sql.SQL(" where periode = %(periode)s" if sheet.by_period else "")
    query = sql.SQL("select {} from {}{}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(*sheet.relation.split(".")),
        condition,
    )
    return _execute(connection, sheet, query, {"periode": period.first_day}).fetchall()


def _execute(
    connection: psycopg.Connection,
    sheet: TableSheet | MatrixSheet,
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


def _integer(sheet: TableSheet | MatrixSheet, column: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise DataError(f"sheet {sheet.name}: column {column} of {sheet.relation} holds no whole number")
    return int(value)


def _metadata_rows(template: Template) -> list[tuple]:
    """What the package is made of: sheets made and missing, then the definitions from the contracts."""
    rows: list[tuple] = []
    for sheet in template.sheets:
        made = isinstance(sheet, TableSheet | MatrixSheet)
        text = sheet.titles[0] if made else f"BELUM TERSEDIA. {sheet.reason}"
        if made and len(sheet.titles) > 1 and isinstance(sheet, MatrixSheet):
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
