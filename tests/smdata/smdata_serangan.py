"""An attacker on public packages: reads the csv files alone and solves for what they withhold.

Nothing here uses the code under test. What an attacker may know of the tables is written down by hand: sums across
and down, balances, stocks carried over from month to month, flows of a quarter, the same total on several sheets,
parts and wholes. Withheld figures are unknowns, at least zero; bounds come from linear programs.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

FLOWS = ("awal", "masuk", "terpenuhi", "dihapus", "akhir")
AGES = ("umur_15_19", "umur_20_29", "umur_30_44", "umur_45_54", "umur_55_plus", "umur_tidak_diketahui")
GRADUATED = ("lulus_0_2", "lulus_3_5", "lulus_6_plus", "lulus_tidak_diketahui")
KINDS = ("akl", "akad", "akan", "tidak_diketahui")
# Of seekers two, of places three: those for either sex.
SEXES = {"pencari_kerja": ("l", "p"), "lowongan": ("l", "p", "bebas")}
BY_FLOW = {
    "pencari_kerja": ("ipk-iii-2", "ipk-iii-3"),
    "lowongan": ("ipk-iii-4", "ipk-iii-5", "ipk-iii-6"),
}
OPENING = (("ipk-iii-1", "pencari_kerja/1"), ("ipk-iii-1", "lowongan/6"))
CLOSING = (("ipk-iii-1", "pencari_kerja/5"), ("ipk-iii-1", "lowongan/10"))
# No figure of these worlds is larger; without an upper end the programs have none.
MOST = 100_000
Key = tuple[str, str, str, str]
Row = dict[str, int | None]


@dataclass
class Attack:
    """``cells``: every printed figure by (span, file, row, column), None where withheld."""

    cells: dict[Key, int | None] = field(default_factory=dict)
    equations: list[dict[Key, int]] = field(default_factory=list)
    at_least: list[dict[Key, int]] = field(default_factory=list)

    def read(self, span: str, folder: Path) -> None:
        """Take in one package."""
        for path in sorted((folder / "csv").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if path.stem.startswith("ipk"):
                        key = f"{row['bagian']}/{row['baris']}"
                    elif path.stem == "konsolidasi":
                        key = row["domain"]
                    elif "kode_kecamatan" in row:
                        key = "/".join(row.get(n, "") for n in ("cakupan", "kode_kecamatan", "jenis_kelamin"))
                    else:
                        continue
                    for name, text in row.items():
                        if text == "*" or (text.isdigit() and not name.startswith(("kode", "baris"))):
                            self.cells[span, path.stem, key, name] = None if text == "*" else int(text)

    def equal(self, left: Iterable[Key], right: Iterable[Key], less: Iterable[Key] = ()) -> None:
        """Note that two sums are one number, where all their figures are printed or withheld."""
        terms: dict[Key, int] = {}
        for keys, sign in ((left, 1), (right, -1), (less, 1)):
            for key in keys:
                if key not in self.cells:
                    return
                terms[key] = terms.get(key, 0) + sign
        self.equations.append(terms)

    def part(self, whole: Key, parts: Iterable[Key]) -> None:
        """Note that ``whole`` holds ``parts``."""
        present = [key for key in parts if key in self.cells]
        if whole in self.cells and present:
            self.at_least.append({whole: 1, **dict.fromkeys(present, -1)})

    def sum_at_least(self, left: Iterable[Key], right: Iterable[Key]) -> None:
        """Note that the sum of ``left`` is that of ``right`` or more."""
        self.at_least.append({**dict.fromkeys(left, 1), **dict.fromkeys(right, -1)})

    def rows(self, span: str, file: str, block: str) -> list[str]:
        """The row codes of a block, as printed."""
        found = [
            k[2].partition("/")[2]
            for k in self.cells
            if k[:2] == (span, file) and k[2].startswith(f"{block}/")
        ]
        return list(dict.fromkeys(found))


def know_tables(attack: Attack, span: str) -> None:
    """What the printed forms of one span promise."""
    _overview(attack, span)
    for part, files in BY_FLOW.items():
        for file in files:
            _by_flow(attack, span, file, part)
    wide = [f"{g}_{s}" for g in GRADUATED for s in "lp"] + ["semua_l", "semua_p", "semua_jumlah"]
    for flow in FLOWS:
        _down(attack, span, "ipk-iii-7", flow, wide)
        for code in attack.rows(span, "ipk-iii-7", flow):
            _across(attack, span, "ipk-iii-7", f"{flow}/{code}", GRADUATED)
            for sex in "lp":
                here = [(span, "ipk-iii-7", f"{flow}/{code}", f"semua_{sex}")]
                attack.equal(here, [(span, "ipk-iii-2", f"pencari_kerja/{code}", f"{flow}_{sex}")])
    for code in attack.rows(span, "ipk-iii-7", "akhir"):
        for name in wide:
            awal, masuk, terpenuhi, dihapus, akhir = ((span, "ipk-iii-7", f"{f}/{code}", name) for f in FLOWS)
            attack.equal([akhir], [awal, masuk], [terpenuhi, dihapus])
    for block in ("pendidikan", "penerima"):
        names = [f"{k}_{s}" for k in (*KINDS, "semua") for s in ("l", "p", "jumlah")]
        _down(attack, span, "ipk-iii-8", block, names)
        for code in attack.rows(span, "ipk-iii-8", block):
            row = f"{block}/{code}"
            _across(attack, span, "ipk-iii-8", row, KINDS)
            for kind in KINDS:
                parts = [(span, "ipk-iii-8", row, f"{kind}_{sex}") for sex in "lp"]
                attack.equal([(span, "ipk-iii-8", row, f"{kind}_jumlah")], parts)
    for code in attack.rows(span, "ipk-iii-8", "pendidikan"):
        for sex in "lp":
            left = [(span, "ipk-iii-8", f"pendidikan/{code}", f"semua_{sex}")]
            attack.equal(left, [(span, "ipk-iii-2", f"pencari_kerja/{code}", f"terpenuhi_{sex}")])
    for name in (f"{k}_{s}" for k in (*KINDS, "semua") for s in "lp"):
        left = [(span, "ipk-iii-8", "pendidikan/jumlah", name)]
        attack.equal(left, [(span, "ipk-iii-8", "penerima/jumlah", name)])
    _districts(attack, span)
    _vacancies(attack, span)
    _consolidation(attack, span)


def _by_flow(attack: Attack, span: str, file: str, part: str) -> None:
    sexes = (*SEXES[part], "jumlah")
    for code in attack.rows(span, file, part):
        row = f"{part}/{code}"
        for flow in FLOWS:
            parts = [(span, file, row, f"{flow}_{sex}") for sex in SEXES[part]]
            attack.equal([(span, file, row, f"{flow}_jumlah")], parts)
        for sex in sexes:
            awal, masuk, terpenuhi, dihapus, akhir = ((span, file, row, f"{f}_{sex}") for f in FLOWS)
            attack.equal([akhir], [awal, masuk], [terpenuhi, dihapus])
    _down(attack, span, file, part, [f"{flow}_{sex}" for flow in FLOWS for sex in sexes])


def _vacancies(attack: Attack, span: str) -> None:
    """Part II of the overview; each open vacancy has a place or more, and all of them hold the places of row C."""
    file = "ipk-iii-1"
    for code in attack.rows(span, file, "lowongan"):
        row = f"lowongan/{code}"
        parts = [(span, file, row, f"semua_{sex}") for sex in SEXES["lowongan"]]
        attack.equal([(span, file, row, "semua_jumlah")], parts)
    for sex in (*SEXES["lowongan"], "jumlah"):
        six, seven, c, eight, nine, d, ten = (
            (span, file, f"lowongan/{code}", f"semua_{sex}") for code in ("6", "7", "C", "8", "9", "D", "10")
        )
        attack.equal([c], [six, seven])
        attack.equal([d], [eight, nine])
        attack.equal([ten], [c], [d])
        for key, flow in zip((six, seven, eight, nine, ten), FLOWS, strict=True):
            for other in BY_FLOW["lowongan"]:
                attack.equal([key], [(span, other, "lowongan/jumlah", f"{flow}_{sex}")])
    rows = dict.fromkeys(key[2] for key in attack.cells if key[:2] == (span, "lowongan"))
    for row in rows:
        parts = [(span, "lowongan", row, f"jumlah_{sex}") for sex in SEXES["lowongan"]]
        attack.sum_at_least(parts, [(span, "lowongan", row, "jumlah")])
    for sex in SEXES["lowongan"] if rows else ():
        every = [(span, "lowongan", row, f"jumlah_{sex}") for row in rows]
        attack.sum_at_least(every, [(span, file, "lowongan/C", f"semua_{sex}")])


def _overview(attack: Attack, span: str) -> None:
    file = "ipk-iii-1"
    for code in attack.rows(span, file, "pencari_kerja"):
        _across(attack, span, file, f"pencari_kerja/{code}", AGES)
    for name in [f"{age}_{sex}" for age in (*AGES, "semua") for sex in "lp"] + ["semua_jumlah"]:
        one, two, a, three, four, b, five = (
            (span, file, f"pencari_kerja/{code}", name) for code in ("1", "2", "A", "3", "4", "B", "5")
        )
        attack.equal([a], [one, two])
        attack.equal([b], [three, four])
        attack.equal([five], [a], [b])
    for code, flow in zip(("1", "2", "3", "4", "5"), FLOWS, strict=True):
        for sex in "lp":
            total = [(span, file, f"pencari_kerja/{code}", f"semua_{sex}")]
            for other in ("ipk-iii-2", "ipk-iii-3"):
                attack.equal(total, [(span, other, "pencari_kerja/jumlah", f"{flow}_{sex}")])
            attack.equal(total, [(span, "ipk-iii-7", f"{flow}/jumlah", f"semua_{sex}")])


def _across(attack: Attack, span: str, file: str, row: str, parts: Iterable[str]) -> None:
    for sex in "lp":
        attack.equal(
            [(span, file, row, f"semua_{sex}")], [(span, file, row, f"{part}_{sex}") for part in parts]
        )
    attack.equal([(span, file, row, "semua_jumlah")], [(span, file, row, f"semua_{sex}") for sex in "lp"])


def _down(attack: Attack, span: str, file: str, block: str, names: Iterable[str]) -> None:
    codes = attack.rows(span, file, block)
    # A group is printed before its details, which end with those known no finer.
    inside = {
        code: codes[place + 1 : codes.index(f"{code}x") + 1]
        for place, code in enumerate(codes)
        if f"{code}x" in codes
    }
    details = {code for inner in inside.values() for code in inner}
    for name in names:
        for group, inner in inside.items():
            attack.equal(
                [(span, file, f"{block}/{group}", name)],
                [(span, file, f"{block}/{code}", name) for code in inner],
            )
        outer = [code for code in codes if code not in details and code != "jumlah"]
        attack.equal(
            [(span, file, f"{block}/jumlah", name)], [(span, file, f"{block}/{code}", name) for code in outer]
        )


def _consolidation(attack: Attack, span: str) -> None:
    """Either side is what agrees, what differs, and what it holds alone."""
    for key in [key for key in attack.cells if key[:2] == (span, "konsolidasi") and key[3] == "cocok"]:
        for side in ("daerah", "pusat"):
            parts = [(*key[:3], name) for name in ("cocok", "beda", f"hanya_{side}")]
            attack.equal([(*key[:3], side)], parts)


def _districts(attack: Attack, span: str) -> None:
    for file, row, column in (("pencari-kerja", "5", "jumlah"), ("penempatan", "3", "jumlah")):
        keys = [key for key in attack.cells if key[:2] == (span, file) and key[3] == column]
        for sex in "LP":
            mine = [k for k in keys if k[2].startswith("semua/") and k[2].endswith(f"/{sex}")]
            attack.equal([(span, "ipk-iii-1", f"pencari_kerja/{row}", f"semua_{sex.lower()}")], mine)
    for key in [key for key in attack.cells if key[:2] == (span, "penempatan")]:
        if key[3] == "jumlah":
            attack.part(key, [(*key[:3], f"jumlah_{kind}") for kind in KINDS[:3]])
        if key[2].startswith("semua/"):
            attack.part(key, [(span, key[1], key[2].replace("semua/", "apbd/"), key[3])])


def know_months(attack: Attack, before: str, after: str) -> None:
    """What stood at the end of one span stands at the beginning of the next."""
    flow_files = [file for files in BY_FLOW.values() for file in files]
    later = dict(zip(CLOSING, OPENING, strict=True))
    for key in [key for key in attack.cells if key[0] == before]:
        _, file, row, name = key
        if file in flow_files and name.startswith("akhir_"):
            attack.equal([key], [(after, file, row, name.replace("akhir_", "awal_"))])
        if file == "ipk-iii-7" and row.startswith("akhir/"):
            attack.equal([key], [(after, file, row.replace("akhir/", "awal/"), name)])
        if (file, row) in later:
            attack.equal([key], [(after, *later[file, row], name)])


def know_quarter(attack: Attack, quarter: str, months: list[str]) -> None:
    """Flows of a quarter are those of its months; its stocks those of its first and last month."""
    for key in [key for key in attack.cells if key[0] == quarter]:
        _, file, row, name = key
        opening = (file, row) in OPENING or name.startswith("awal_") or row.startswith("awal/")
        closing = (file, row) in CLOSING or name.startswith("akhir_")
        closing = closing or row.startswith("akhir/") or file == "pencari-kerja"
        if opening or closing:
            attack.equal([key], [(months[0] if opening else months[-1], *key[1:])])
        elif file == "lowongan":
            for month in months:
                attack.part(key, [(month, *key[1:])])
        elif not (file == "ipk-iii-1" and row.endswith(("/A", "/C"))):
            parts = [(month, *key[1:]) for month in months if (month, *key[1:]) in attack.cells]
            whole = file.startswith("ipk") and len(parts) == len(months)
            # A district that a month does not print had nobody in it.
            if whole or (file == "penempatan" and parts):
                attack.equal([key], parts)


class Solver:
    """Bounds of the withheld figures, from everything noted."""

    def __init__(self, attack: Attack) -> None:
        self.names = [key for key, value in attack.cells.items() if value is None]
        self.number = {key: index for index, key in enumerate(self.names)}
        self.equal = self._system(attack, attack.equations)
        self.inside = self._system(attack, attack.at_least)

    def _system(self, attack: Attack, sums: list[dict[Key, int]]) -> tuple[csr_matrix, np.ndarray]:
        rows, columns, factors, right = [], [], [], []
        for terms in sums:
            unknown = {key: factor for key, factor in terms.items() if attack.cells[key] is None}
            constant = sum((attack.cells[key] or 0) * factor for key, factor in terms.items())
            if not unknown:
                continue
            rows += [len(right)] * len(unknown)
            columns += [self.number[key] for key in unknown]
            factors += list(unknown.values())
            right.append(-constant)
        matrix = csr_matrix((factors, (rows, columns)), shape=(len(right), len(self.names)), dtype=float)
        return matrix, np.array(right, dtype=float)

    def solve(self, cost: np.ndarray) -> np.ndarray:
        """The cheapest solution; each unknown is at most ``MOST``, which only helps the attacker."""
        result = linprog(
            cost,
            A_ub=-self.inside[0],
            b_ub=-self.inside[1],
            A_eq=self.equal[0],
            b_eq=self.equal[1],
            bounds=(0, MOST),
            method="highs",
        )
        assert result.status == 0, result.message
        return result.x

    def bounds(self, targets: list[Key], width: dict[Key, int]) -> dict[Key, tuple[float, float]]:
        """Lowest and highest value of each target; a target once seen far enough apart is not asked again.

        Many targets are moved at once with weights drawn anew each time; those that stay are asked one by one.
        """
        rng = np.random.default_rng(1)
        index = np.array([self.number[key] for key in targets], dtype=int)
        need = np.array([width[key] for key in targets], dtype=float)
        low, high = np.full(len(index), np.inf), np.full(len(index), -np.inf)

        def look(solution: np.ndarray) -> None:
            np.minimum(low, solution[index], out=low)
            np.maximum(high, solution[index], out=high)

        def open_() -> np.ndarray:
            return np.flatnonzero((high < need - 1e-6) | (high - low < need - 1e-6))

        for turn in range(40):
            left = open_()
            if not left.size:
                break
            cost = np.zeros(len(self.names))
            cost[index[left]] = rng.uniform(0.1, 1, left.size) * (-1 if turn % 4 else 1)
            look(self.solve(cost))
        for one in open_():
            for sign in (-1, 1):
                cost = np.zeros(len(self.names))
                cost[index[one]] = sign
                look(self.solve(cost))
        return {key: (low[n], high[n]) for n, key in enumerate(targets)}
