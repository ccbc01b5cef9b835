"""A small labour market counted by hand: people and vacancies with their months, and the tables they add up to.

Nothing here uses the code under test: the statutory tables are counted person by person and written in the form
in which IPK III is published (``reports.ipk_terbitan``), the SMData reports likewise.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import psycopg

from batang_assets.partitions import Period, Span

EDUCATION = ("TIDAK_TAMAT_SD", "SD", "SMP", "SMA", "SMK", "D1", "D2", "D3", "D4", "S1", "S2", "S3")
AGES = ("15–19", "20–29", "30–44", "45–54", "55+", "Tidak diketahui")
GRADUATED = ("0–2 tahun", "3–5 tahun", "6 tahun ke atas", "Tidak diketahui")
KINDS = ("AKL", "AKAD", "AKAN", "Tidak diketahui")
RECEIVERS = ("PEMERINTAH", "BUMN_BUMD", "KOPERASI", "SWASTA", "BADAN_USAHA_LAIN", "PERORANGAN")
GROUPS = {"1": ("11", "12"), "2": ("21", "22", "23"), "5": ("51", "52"), "9": ("91", "93")}
INDUSTRIES = {"A": ("01", "02"), "C": ("10", "13", "31"), "G": ("45", "46", "47")}
DISTRICTS = {f"3325{n:02d}": f"Kecamatan {n}" for n in range(1, 16)}
FLOWS = ("awal", "masuk", "terpenuhi", "dihapus", "akhir")
UNKNOWN = "tidak_diketahui"
Cells = list[tuple[str, str, str, str, int | None]]


@dataclass(frozen=True)
class Person:
    """A job seeker: who, when registered, and when and how they left (``out``: placed or removed)."""

    sex: str
    age: str
    education: str
    occupation: str
    graduated: str
    district: str
    since: Period
    out: Period | None
    placed: bool
    kind: str
    receiver: str
    apbd: bool
    number: int = 1


@dataclass(frozen=True)
class Place:
    """One vacancy: how many places of work for whom, whose, and when it was open."""

    sex: str
    education: str
    occupation: str
    industry: str
    since: Period
    out: Period | None
    filled: bool
    district: str
    employer: int | None
    number: int


def population(
    seed: int, size: int, months: Sequence[Period], *, early: float = 0.5
) -> tuple[list[Person], list[Place]]:
    """``size`` seekers and a tenth as many vacancies over ``months``; about half were there before.

    A few employers offer most of the places, some of them many at once; one vacancy in fifty is of nobody known.
    """
    rng = random.Random(seed)
    occupations = [*(d for details in GROUPS.values() for d in details), "2x", UNKNOWN]
    industries = [*(d for details in INDUSTRIES.values() for d in details), UNKNOWN]

    def spell() -> tuple[Period, Period | None]:
        since = months[0].previous() if rng.random() < early else rng.choice(months)
        later = [month for month in months if month >= since]
        return since, (rng.choice(later) if later and rng.random() < 0.45 else None)

    people = []
    for _ in range(size):
        since, out = spell()
        people.append(
            Person(
                rng.choice("LP"),
                rng.choices(AGES, (18, 40, 25, 8, 4, 2))[0],
                rng.choices((*EDUCATION, UNKNOWN), (2, 12, 18, 25, 30, 1, 1, 4, 1, 9, 1, 0.2, 2))[0],
                rng.choices(occupations, [*range(len(occupations), 2, -1), 1, 1])[0],
                rng.choices(GRADUATED, (40, 25, 30, 5))[0],
                rng.choices([*DISTRICTS, UNKNOWN], [*range(16, 1, -1), 1])[0],
                since,
                out,
                rng.random() < 0.6,
                rng.choices(KINDS, (70, 20, 8, 2))[0],
                rng.choices((*RECEIVERS, UNKNOWN), (2, 3, 2, 80, 6, 5, 2))[0],
                rng.random() < 0.3,
            )
        )
    places = []
    for _ in range(size // 10):
        since, out = spell()
        places.append(
            Place(
                rng.choice(("L", "P", "L/P")),
                rng.choice((*EDUCATION, UNKNOWN)),
                rng.choice(occupations),
                rng.choice(industries),
                since,
                out,
                rng.random() < 0.7,
                rng.choices([*DISTRICTS, UNKNOWN], [*range(16, 1, -1), 1])[0],
                None if rng.random() < 0.02 else 1 + int(rng.expovariate(1 / 12)),
                rng.choices((1, 2, 5, 30), (60, 25, 12, 3))[0],
            )
        )
    return people, places


def in_flow(item: Person | Place, flow: str, span: Span) -> bool:
    """Whether the item counts in the flow or stock of the span."""
    placed = item.placed if isinstance(item, Person) else item.filled
    left = item.out is not None and span.first <= item.out <= span.last
    return {
        "awal": item.since < span.first and (item.out is None or item.out >= span.first),
        "masuk": span.first <= item.since <= span.last,
        "terpenuhi": left and placed,
        "dihapus": left and not placed,
        "akhir": item.since <= span.last and (item.out is None or item.out > span.last),
    }[flow]


def _rows(details: dict[str, tuple[str, ...]] | Sequence[str]) -> list[tuple[str, Callable[[str], bool]]]:
    """Printed rows with what each counts: groups before their details, then the unknown, then all."""
    rows: list[tuple[str, Callable[[str], bool]]] = []
    if isinstance(details, dict):
        for group, inner in details.items():
            taken = {*inner, f"{group}x"}
            rows.append((group, lambda code, taken=taken: code in taken))
            rows += [(code, lambda value, code=code: value == code) for code in (*inner, f"{group}x")]
    else:
        rows += [(code, lambda value, code=code: value == code) for code in details]
    rows.append((UNKNOWN, lambda value: value == UNKNOWN))
    return [*rows, ("jumlah", lambda _: True)]


def _by_flow(
    part: str, items: Sequence, details: dict | Sequence[str], of: str, span: Span, sexes: Sequence[str]
) -> Cells:
    filled = "Ditempatkan" if part == "pencari_kerja" else "Dipenuhi"
    heads = dict(zip(FLOWS, ("Sisa lalu", "Terdaftar", filled, "Dihapuskan", "Sisa akhir"), strict=True))
    counted: Counter[tuple] = Counter()
    for item, flow in product(items, FLOWS):
        if in_flow(item, flow, span):
            counted[getattr(item, of), flow, item.sex] += item.number
    cells: Cells = []
    for code, takes in _rows(details):
        for flow, sex in product(FLOWS, (*sexes, "Jumlah")):
            number = sum(
                n
                for (value, f, s), n in counted.items()
                if takes(value) and f == flow and sex in (s, "Jumlah")
            )
            cells.append((part, code, f"Uraian {code}", f"{heads[flow]} {sex}", number))
    return cells


def _overview(people: Sequence[Person], places: Sequence[Place], span: Span) -> Cells:
    cells: Cells = []
    signs = {"1": ("awal",), "2": ("masuk",), "A": ("awal", "masuk"), "3": ("terpenuhi",), "4": ("dihapus",)}
    signs |= {"B": ("terpenuhi", "dihapus"), "5": ("akhir",)}
    names = dict(zip(signs, ("6", "7", "C", "8", "9", "D", "10"), strict=True))
    for code, flows in signs.items():
        inside = [p for p in people for flow in flows if in_flow(p, flow, span)]
        for age, sex in product(AGES, "LP"):
            number = sum(p.age == age and p.sex == sex for p in inside)
            cells.append(("pencari_kerja", code, f"Uraian {code}", f"{age} {sex}", number))
        for sex in "LP":
            cells.append(
                ("pencari_kerja", code, f"Uraian {code}", f"Semua {sex}", sum(p.sex == sex for p in inside))
            )
        cells.append(("pencari_kerja", code, f"Uraian {code}", "Semua L/P", None))
        cells.append(("pencari_kerja", code, f"Uraian {code}", "Semua Jumlah", len(inside)))
    for code, flows in signs.items():
        inside = [p for p in places for flow in flows if in_flow(p, flow, span)]
        for sex in ("L", "P", "L/P"):
            number = sum(p.number for p in inside if p.sex == sex)
            cells.append(("lowongan", names[code], f"Uraian {names[code]}", f"Semua {sex}", number))
        number = sum(p.number for p in inside)
        cells.append(("lowongan", names[code], f"Uraian {names[code]}", "Semua Jumlah", number))
    return cells


def employers(places: Sequence[Place], span: Span) -> dict[tuple[str, str, str], set[int | None]]:
    """Who is behind every vacancy figure of III/1, III/4, III/5 and III/6: by table, row and printed column."""
    heads = dict(zip(FLOWS, ("Sisa lalu", "Terdaftar", "Dipenuhi", "Dihapuskan", "Sisa akhir"), strict=True))
    signs = {"6": ("awal",), "7": ("masuk",), "C": ("awal", "masuk"), "8": ("terpenuhi",), "9": ("dihapus",)}
    signs |= {"D": ("terpenuhi", "dihapus"), "10": ("akhir",)}
    known = [place for place in places if place.employer is not None]
    inside = {flow: [place for place in known if in_flow(place, flow, span)] for flow in FLOWS}
    found: dict[tuple[str, str, str], set[int | None]] = {}

    def note(table: str, row: str, head: str, behind: Iterable[Place]) -> None:
        for place in behind:
            for sex in (place.sex, "Jumlah"):
                found.setdefault((table, row, f"{head} {sex}"), set()).add(place.employer)

    for code, flows in signs.items():
        note("III/1", code, "Semua", (place for flow in flows for place in inside[flow]))
    lists = (
        ("III/4", EDUCATION, "education"),
        ("III/5", GROUPS, "occupation"),
        ("III/6", INDUSTRIES, "industry"),
    )
    for table, details, of in lists:
        for (code, takes), flow in product(_rows(details), FLOWS):
            note(table, code, heads[flow], (place for place in inside[flow] if takes(getattr(place, of))))
    return found


def _crossed(
    part: str,
    people: Iterable[Person],
    details: Sequence[str],
    of: str,
    across: Sequence[str],
    by: str,
    sums: bool,
) -> Cells:
    inside = list(people)
    cells: Cells = []
    for code, takes in _rows(details):
        mine = [p for p in inside if takes(getattr(p, of))]
        for value in across:
            for sex in ("L", "P", "Jumlah") if sums else ("L", "P"):
                number = sum(getattr(p, by) == value and sex in (p.sex, "Jumlah") for p in mine)
                cells.append((part, code, f"Uraian {code}", f"{value} {sex}", number))
        for sex in ("L", "P", "Jumlah"):
            cells.append(
                (part, code, f"Uraian {code}", f"Semua {sex}", sum(sex in (p.sex, "Jumlah") for p in mine))
            )
    return cells


def statutory(people: Sequence[Person], places: Sequence[Place], span: Span) -> dict[str, Cells]:
    """III/1 … III/8 of a span: (bagian, kode_baris, uraian_baris, kolom, nilai) in printed order."""
    placed = [p for p in people if in_flow(p, "terpenuhi", span)]
    by_graduation = [
        cell
        for flow in FLOWS
        for cell in _crossed(
            flow,
            [p for p in people if in_flow(p, flow, span)],
            EDUCATION,
            "education",
            GRADUATED,
            "graduated",
            False,
        )
    ]
    return {
        "III/1": _overview(people, places, span),
        "III/2": _by_flow("pencari_kerja", people, EDUCATION, "education", span, "LP"),
        "III/3": _by_flow("pencari_kerja", people, GROUPS, "occupation", span, "LP"),
        "III/4": _by_flow("lowongan", places, EDUCATION, "education", span, ("L", "P", "L/P")),
        "III/5": _by_flow("lowongan", places, GROUPS, "occupation", span, ("L", "P", "L/P")),
        "III/6": _by_flow("lowongan", places, INDUSTRIES, "industry", span, ("L", "P", "L/P")),
        "III/7": by_graduation,
        "III/8": [
            *_crossed("pendidikan", placed, EDUCATION, "education", KINDS, "kind", True),
            *_crossed("penerima", placed, RECEIVERS, "receiver", KINDS, "kind", True),
        ],
    }


def publish(
    connection: psycopg.Connection,
    tables: dict[str, Cells],
    span: Span,
    revision: int = 0,
    causes: dict[str, int] | None = None,
    places: Sequence[Place] = (),
) -> None:
    """Write the tables as one revision of a publication of the regency, with who is behind its ``places``."""
    behind = employers(places, span)
    for table, cells in tables.items():
        row = connection.execute(
            "insert into reports.ipk_terbitan (tabel, periode, wilayah, revisi, judul, diterbitkan_pada,"
            " diketahui_sampai, run_id) values (%s, %s, '3325', %s, 'Uji', '2026-11-02', '2026-11-02', 'terbit-1')"
            " returning terbitan_id",
            [table, span.key, revision],
        ).fetchone()
        assert row is not None
        rows = {place: n for n, place in enumerate(dict.fromkeys((part, code) for part, code, *_ in cells))}
        columns = {column: n for n, column in enumerate(dict.fromkeys(cell[3] for cell in cells))}
        connection.cursor().executemany(
            "insert into reports.ipk_terbitan_sel values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (row[0], rows[part, code], part, code, label, columns[column], column, value)
                for part, code, label, column, value in cells
            ],
        )
        if table in ("III/1", "III/4", "III/5", "III/6"):
            counts = [[0] * len(columns) for _ in rows]
            for (part, code), column in product(rows, columns):
                if part == "lowongan":
                    counts[rows[part, code]][columns[column]] = len(behind.get((table, code, column), ()))
            connection.execute(
                "insert into reports.ipk_terbitan_pemberi_kerja values (%s, %s)", [row[0], counts]
            )
        for cause, change in (causes or {}).items():
            part, code, _, column, _ = cells[0]
            connection.execute(
                "insert into reports.ipk_terbitan_perubahan values (%s, %s, %s, %s, %s, %s)",
                [row[0], part, code, column, cause, change],
            )


def is_open(place: Place, span: Span) -> bool:
    """Whether the vacancy was open on any day of the span."""
    return place.since <= span.last and (place.out is None or place.out >= span.first)


def fill_vacancies(connection: psycopg.Connection, places: Sequence[Place], span: Span) -> None:
    """Write the SMData report of vacancies of a span, and the same by employer."""
    every: Counter[tuple] = Counter()
    columns = {"L": 1, "P": 2, "L/P": 3}
    for place in places:
        if is_open(place, span):
            key = (place.district, DISTRICTS.get(place.district), place.occupation[0], place.education)
            for whose in ((), (str(place.employer or UNKNOWN),)):
                every[(*key, *whose), 0] += 1
                every[(*key, *whose), columns[place.sex]] += place.number
    rows: list[tuple] = [
        (span.key, span.first.first_day, "semua", *key, *(every[key, n] for n in range(4)))
        for key in dict.fromkeys(key for key, _ in every)
    ]
    cursor = connection.cursor()
    for table, width in (("rpt_smdata_lowongan", 11), ("rpt_smdata_lowongan_pemberi_kerja", 12)):
        values = ", ".join(["%s"] * width)
        mine = [row for row in rows if len(row) == width]
        cursor.executemany(f"insert into reports.{table} values ({values})".encode(), mine)


def fill_reports(connection: psycopg.Connection, people: Sequence[Person], span: Span) -> None:
    """Write the SMData reports of seekers and placements of a span."""
    wire = {"Tidak diketahui": UNKNOWN, **{age: age.replace("–", "-") for age in AGES[:-1]}}
    stock: Counter[tuple] = Counter()
    placed: Counter[tuple] = Counter()
    kinds: Counter[tuple] = Counter()
    for p in people:
        key = (p.district, DISTRICTS.get(p.district), p.sex, wire[p.age], p.education)
        if in_flow(p, "akhir", span):
            stock["semua", *key] += 1
        if in_flow(p, "terpenuhi", span):
            for scope in ("semua", *(["apbd"] if p.apbd else [])):
                placed[scope, *key] += 1
                kinds[scope, *key, p.kind] += 1
    cursor = connection.cursor()
    first = span.first.first_day
    cursor.executemany(
        "insert into reports.rpt_smdata_pencari_kerja values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(span.key, first, *key, n) for key, n in stock.items()],
    )
    cursor.executemany(
        "insert into reports.rpt_smdata_penempatan values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(span.key, first, *key, n, *(kinds[*key, kind] for kind in KINDS[:3])) for key, n in placed.items()],
    )
