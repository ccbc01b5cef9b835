"""From the sheets of the restricted package to those of the public one, in step with what was published before."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import psycopg

from batang_assets.partitions import Period, Span
from batang_assets.smdata.disclosure.cells import System, build_system, row_key
from batang_assets.smdata.disclosure.employers import read_employers
from batang_assets.smdata.disclosure.history import WINDOW_MONTHS, address, join
from batang_assets.smdata.disclosure.protect import protect
from batang_assets.smdata.sheets import PublishedSheet, TableSheet
from batang_assets.smdata.tables import HELD, METADATA, SheetData, Value
from batang_assets.smdata.template import Template

NOTE = "Tanda * berarti angka ditahan untuk melindungi orang dan usaha."
HISTORY_SQL = """
select distinct on (periode) sistem, ditahan from delivery.smdata_publik
where kode_wilayah = %s and periode = any(%s) order by periode, publik_id desc
"""


@dataclass(frozen=True)
class PublicContent:
    """The sheets of a public package, the cells withheld from them, and the system they were judged in."""

    sheets: list[SheetData]
    system: System
    held: frozenset[str]

    @property
    def figures(self) -> int:
        """Printed figures that are about persons or firms, zeros aside."""
        return sum(cell.shown and cell.value != 0 for cell in self.system.cells.values())

    def loss(self) -> dict[str, float]:
        """What the reader loses, in per cent: of figures, and of what they count. Never part of a public package,
        since sums of withheld figures tell about them."""
        shown = {name: cell for name, cell in self.system.cells.items() if cell.shown and cell.value}
        counted = sum(cell.value for cell in shown.values())
        held = [cell.value for name, cell in shown.items() if name in self.held]
        return {
            "sel_pct": round(100 * len(held) / max(len(shown), 1), 1),
            "orang_pct": round(100 * sum(held) / max(counted, 1), 1),
        }


def left_out(template: Template) -> dict[str, str]:
    """The sheets, or parts of sheets, that the public package does without, and why."""
    found: dict[str, str] = {}
    for sheet in template.made:
        if isinstance(sheet, TableSheet):
            if sheet.public.reason:
                found[sheet.name] = sheet.public.reason
            continue
        gone = [block for block in sheet.blocks if block.public.reason]
        if len(gone) == len(sheet.blocks):
            found[sheet.name] = gone[0].public.reason or ""
        else:
            found |= {f"{sheet.name}, {block.title}": block.public.reason or "" for block in gone}
    return found


def public_content(
    connection: psycopg.Connection, template: Template, sheets: Sequence[SheetData], span: Span, region: str
) -> PublicContent:
    """What may be published of ``sheets``; raises CannotProtect if earlier packages leave no safe way."""
    shown = reshape(template, sheets)
    system = build_system(shown, template, read_employers(connection, shown, span, region), span)
    before = load_history(connection, region, span)
    held = hold(system, before)
    return PublicContent([mask(data, held) for data in shown], system, frozenset(held))


def hold(system: System, before: Sequence[tuple[System, frozenset[str]]]) -> set[str]:
    """The cells of ``system`` to withhold, given the newest public packages of all spans around it."""
    moved = _moved(system, [old for old, _ in before])
    others = [(old, held) for old, held in before if old.span != system.span]
    fixed = {
        address(old.span, name): name in held
        for old, held in before
        for name, cell in (system if old.span == system.span else old).cells.items()
        if cell.shown and name in old.cells and not (name in moved and old.span == system.span)
    }
    joint = join([*(old for old, _ in others), system])
    held = protect(joint.cells, joint.relations, fixed)
    prefix = address(system.span, "")
    return {name.removeprefix(prefix) for name in held if name.startswith(prefix)}


def _moved(system: System, before: Sequence[System]) -> set[str]:
    """The cells that show a moment, if it is another one than in the package before of the same span."""
    found = {name for name in system.cells if system.momentary(name)}
    present = {name: system.cells[name].value for name in found}
    same = [old for old in before if old.span == system.span]
    unchanged = any({n: c.value for n, c in old.cells.items() if old.momentary(n)} == present for old in same)
    return set() if unchanged else found


def load_history(
    connection: psycopg.Connection, region: str, span: Span
) -> list[tuple[System, frozenset[str]]]:
    """The newest public package of every span near ``span``, itself included: system and cells withheld."""
    rows = connection.execute(HISTORY_SQL, [region, _near(span)]).fetchall()
    return [(System.of_data(system), frozenset(held)) for system, held in rows]


def record(connection: psycopg.Connection, content: PublicContent, region: str, run_id: str) -> None:
    """Remember, in the caller's transaction, what is about to be published; the same again is not repeated."""
    span = Span.parse(content.system.span)
    data, held = content.system.as_data(), sorted(content.held)
    row = connection.execute(HISTORY_SQL, [region, [span.key]]).fetchone()
    if row is None or (row[0], row[1]) != (data, held):
        connection.execute(
            "insert into delivery.smdata_publik (kode_wilayah, periode, sistem, ditahan, run_id)"
            " values (%s, %s, %s, %s, %s)",
            [region, span.key, json.dumps(data), json.dumps(held), run_id],
        )


def _near(span: Span) -> list[str]:
    """Keys of all spans that begin within the window before ``span`` and end within it after."""
    first, last = span.first, span.last
    for _ in range(WINDOW_MONTHS):
        first, last = first.previous(), last.next()
    keys: dict[str, None] = {}
    for month in first.up_to(last):
        keys |= dict.fromkeys(_spans_of(month))
    return list(keys)


def _spans_of(month: Period) -> list[str]:
    return [
        month.key,
        f"{month.year}-T{(month.month + 2) // 3}",
        f"{month.year}-S{(month.month + 5) // 6}",
        str(month.year),
    ]


# -- reshaping and masking -------------------------------------------------------------------------------


def reshape(template: Template, sheets: Sequence[SheetData]) -> list[SheetData]:
    """The sheets and columns that the public package has, figures added up over what it drops."""
    found = []
    for data in sheets:
        if isinstance(data.sheet, PublishedSheet):
            blocks = tuple(block for block in data.sheet.blocks if not block.public.reason)
            names = {block.name for block in blocks}
            if blocks:
                sheet = data.sheet.model_copy(update={"blocks": blocks, "note": _note(data.sheet.note)})
                found.append(replace(data, sheet=sheet, rows=[row for row in data.rows if row[0] in names]))
        elif not data.sheet.public.reason:
            found.append(_reshaped(template, data, data.sheet))
    return found


def _note(note: str | None) -> str:
    return f"{note} {NOTE}" if note else NOTE


def _reshaped(template: Template, data: SheetData, sheet: TableSheet) -> SheetData:
    if sheet.relation == METADATA:
        return replace(data, rows=_metadata(template, data))
    kept = sheet.public.columns or tuple(column.name for column in data.columns)
    places = [index for index, item in enumerate(data.fields) if item.name in kept]
    columns = tuple(data.columns[index] for index in places)
    figures = [place for place, column in enumerate(columns) if column.format in ("bilangan", "rupiah")]
    added: dict[str, list[Value]] = {}
    names = [item.name for item in data.fields]
    gone = [(names.index(name), values) for name, values in sheet.public.without.items()]
    for row in data.rows:
        if any(row[place] in values for place, values in gone):
            continue
        values = [row[index] for index in places]
        whole = added.setdefault(row_key(values, figures), values)
        if whole is not values:
            for place in figures:
                whole[place] = _plus(whole[place], values[place])
    note = " ".join(text for text in (sheet.note, sheet.public.note) if text) or None
    titles = (sheet.public.title, *sheet.titles[1:]) if sheet.public.title else sheet.titles
    changed = {
        "columns": columns,
        "titles": titles,
        "note": _note(note) if sheet.public.threshold else note,
        "totals": tuple(name for name in sheet.totals if name in kept),
        "breakdown": None,
    }
    fields = tuple(data.fields[index] for index in places)
    return replace(
        data,
        sheet=sheet.model_copy(update=changed),
        fields=fields,
        rows=[tuple(row) for row in added.values()],
    )


def _plus(one: Value, other: Value) -> Value:
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one + other
    return one if other is None else other


def _metadata(template: Template, data: SheetData) -> list[tuple[Value, ...]]:
    """The metadata rows, with the sheets and rows that the public package does without and why, and its titles."""
    reasons = left_out(template)
    tables = [sheet for sheet in template.made if isinstance(sheet, TableSheet)]
    titles = {sheet.name: sheet.public.title for sheet in tables if sheet.public.title}
    partly = {sheet.name: sheet.public.note for sheet in tables if sheet.public.without}
    part, name, text = ([item.name for item in data.fields].index(n) for n in ("bagian", "nama", "definisi"))
    rows: list[tuple[Value, ...]] = []
    for row in data.rows:
        values, sheet = list(row), str(row[name])
        if row[part] == "Lembar":
            values[text] = titles.get(sheet, values[text])
            if sheet in reasons:
                values[text] = f"TIDAK DIMUAT DALAM PAKET PUBLIK. {reasons[sheet]}"
            elif sheet in partly:
                values[text] = f"{values[text]}. SEBAGIAN TIDAK DIMUAT DALAM PAKET PUBLIK. {partly[sheet]}"
        rows.append(tuple(values))
    return rows


def mask(data: SheetData, held: set[str]) -> SheetData:
    """The sheet with its withheld figures replaced by ``*``."""
    names = [item.name for item in data.fields]
    figures = [index for index, item in enumerate(data.fields) if item.type == "bilangan"]
    rows = []
    for row in data.rows:
        key = f"{row[0]}/{row[1]}" if isinstance(data.sheet, PublishedSheet) else row_key(row, figures)
        place = f"{data.sheet.file}/{key}"
        rows.append(tuple(HELD if f"{place}/{names[i]}" in held else value for i, value in enumerate(row)))
    return replace(data, rows=rows)
