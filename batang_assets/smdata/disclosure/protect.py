"""Which cells to withhold: small ones, and beside them as many as keep every small one uncertain.

A reader knows every printed figure, every relation, and that no figure is below zero. What remains open is a
polytope around the true figures; a small cell is safe when some point of it gives the cell at least its
threshold, and two points lie at least that far apart. Points found are proofs, so a few linear programs that
move many cells at once settle most cells, and more is withheld beside the rest. Only before it is said that a cell
cannot be protected is it asked alone.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from batang_assets.errors import DataError
from batang_assets.smdata.disclosure.cells import Cell, Relation

TOLERANCE = 1e-6
# How far a cell may move in a proof, beyond its width: enough for a proof, and it keeps every program bounded.
REACH = 1_000
# Programs in a row that bring no further proof before more is withheld; their weights are drawn from a fixed seed,
# so that the same figures are always protected alike.
IDLE_TURNS = 2
SEED = 1


class CannotProtect(DataError):
    """A small figure could be worked out whatever is withheld now: earlier packages tell too much."""


Bounds = dict[str, tuple[float, float]]
"""By cell the lowest and the highest value that was proved possible. A proof holds on when more is withheld."""


class Polytope:
    """The unknown cells of a joint system and the relations among them, as deviations from the true figures."""

    def __init__(
        self, cells: Mapping[str, Cell], relations: Sequence[Relation], unknown: Iterable[str], proved: Bounds
    ) -> None:
        # In the order of the cells: the order of a set is another in every process, and the proofs with it.
        open_cells = frozenset(unknown)
        self.names = [name for name in cells if name in open_cells]
        self.number = {name: index for index, name in enumerate(self.names)}
        self.value = np.array([cells[name].value for name in self.names], dtype=float)
        self.width = np.array([cells[name].width for name in self.names], dtype=float)
        self.low = np.array([proved.get(n, (v, v))[0] for n, v in zip(self.names, self.value, strict=True)])
        self.high = np.array([proved.get(n, (v, v))[1] for n, v in zip(self.names, self.value, strict=True)])
        rows, columns, factors, count = [], [], [], 0
        for terms in relations:
            open_terms = [(self.number[name], factor) for name, factor in terms if name in self.number]
            if open_terms:
                rows += [count] * len(open_terms)
                columns += [index for index, _ in open_terms]
                factors += [factor for _, factor in open_terms]
                count += 1
        shape = (count, len(self.names))
        self.matrix = sparse.csc_matrix((factors, (rows, columns)), shape=shape, dtype=float)
        self.component = connected_components(abs(self.matrix.T @ self.matrix), directed=False)[1]

    def unsafe(self, small: Sequence[str], proved: Bounds) -> list[str]:
        """The cells of ``small`` that are not proved to have bounds far enough apart and above their threshold.

        What is proved on the way is added to ``proved``. A safe cell may lack its proof; ``alone`` finds it.
        """
        todo = np.array([self.number[name] for name in small], dtype=int)
        for sign in (1, -1):
            self._push(todo[~self._safe(todo)], sign)
        self._tell(proved)
        return [self.names[index] for index in todo[~self._safe(todo)]]

    def _push(self, cells: np.ndarray, sign: int) -> None:
        """Move ``cells`` as far one way as a proof may need: together, weighed otherwise each time.

        So those that stand in each other's way take turns.
        """
        weights, idle, left = np.random.default_rng(SEED), 0, cells
        while left.size and idle < IDLE_TURNS:
            inside = np.flatnonzero(np.isin(self.component, self.component[left]))
            self._move(left, sign, inside, weights.uniform(0.1, 1, left.size))
            still = left[~self._reached(left, sign) & ~self._safe(left)]
            idle = idle + 1 if still.size == left.size else 0
            left = still

    def alone(self, names: Iterable[str], proved: Bounds) -> list[str]:
        """Those of ``names`` that cannot be proved safe even when each is asked for itself."""
        unsafe = []
        for name in names:
            one = np.array([self.number[name]])
            inside = np.flatnonzero(self.component == self.component[one[0]])
            for sign in (1, -1):
                self._move(one, sign, inside, np.ones(1))
            if not self._safe(one)[0]:
                unsafe.append(name)
        self._tell(proved)
        return unsafe

    def _tell(self, proved: Bounds) -> None:
        proved |= {
            name: (float(low), float(high))
            for name, low, high in zip(self.names, self.low, self.high, strict=True)
        }

    def _reached(self, cells: np.ndarray, sign: int) -> np.ndarray:
        if sign > 0:
            return self.high[cells] >= self.value[cells] + self.width[cells] - TOLERANCE
        return self.low[cells] <= TOLERANCE

    def _safe(self, cells: np.ndarray) -> np.ndarray:
        high, low, width = self.high[cells], self.low[cells], self.width[cells]
        return (high >= width - TOLERANCE) & (high - low >= width - TOLERANCE)

    def _move(self, cells: np.ndarray, sign: int, inside: np.ndarray, weights: np.ndarray) -> None:
        """One linear program: push ``cells`` up or down together, moving only ``inside``; keep what was reached."""
        place = np.full(len(self.names), -1)
        place[inside] = np.arange(inside.size)
        cost = np.zeros(inside.size)
        cost[place[cells]] = -sign * weights
        high = np.full(inside.size, float(REACH))
        high[place[cells]] = self.width[cells]
        matrix = self.matrix[:, inside].tocsr()
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        result = linprog(
            cost,
            A_eq=matrix if matrix.shape[0] else None,
            b_eq=np.zeros(matrix.shape[0]) if matrix.shape[0] else None,
            bounds=np.column_stack((-np.maximum(self.value[inside], 0), high)),
            method="highs",
        )
        if result.status != 0:
            raise AssertionError(
                f"the figures themselves are a solution, yet the program says: {result.message}"
            )
        reached = self.value[inside] + result.x
        self.high[inside] = np.maximum(self.high[inside], reached)
        self.low[inside] = np.minimum(self.low[inside], reached)


def protect(cells: Mapping[str, Cell], relations: Sequence[Relation], fixed: Mapping[str, bool]) -> set[str]:
    """The cells to withhold, those of ``fixed`` that already are included.

    ``fixed``: cells published before, and whether they were withheld. Raises CannotProtect if a small cell was
    published before, or can be worked out from what was.
    """
    by_cell: dict[str, list[int]] = {}
    for index, terms in enumerate(relations):
        for name, _ in terms:
            by_cell.setdefault(name, []).append(index)
    given = dict(fixed) | _forced(cells, relations, fixed)
    lost = [name for name, cell in cells.items() if cell.small and cell.shown and given.get(name) is False]
    if lost:
        raise CannotProtect(
            f"{len(lost)} figures of the public package are below the threshold and published already: the "
            "present public package stays in force"
        )
    held = {name for name, withheld in given.items() if withheld}
    held |= {name for name, cell in cells.items() if cell.small and cell.shown}
    implied = {name for name, cell in cells.items() if not cell.shown}
    small = [name for name, cell in cells.items() if cell.small]
    search = _Search(cells, relations, by_cell, given)
    search.close(held, implied)
    proved: Bounds = {}
    times: dict[str, int] = {}
    unsafe = small
    while unsafe:
        unsafe = Polytope(cells, relations, [*held, *implied], proved).unsafe(unsafe, proved)
        helped: set[int] = set()
        stuck: list[str] = []
        for name in unsafe:
            # What was just withheld in one of its relations may help it too: look first.
            if helped.isdisjoint(by_cell.get(name, ())):
                times[name] = times.get(name, 0) + 1
                more = search.beside(name, held, implied, times[name])
                stuck += [] if more else [name]
                held |= more
                helped |= {index for other in more for index in by_cell[other]}
        if stuck and Polytope(cells, relations, [*held, *implied], proved).alone(stuck, proved):
            raise CannotProtect(
                "a figure below the threshold could be worked out from the public packages before: the present "
                "public package stays in force"
            )
        search.close(held, implied)
    return held


def _forced(
    cells: Mapping[str, Cell], relations: Sequence[Relation], fixed: Mapping[str, bool]
) -> dict[str, bool]:
    """Cells that are the same number as one published before: they go the same way."""
    forced: dict[str, bool] = {}
    pairs = [[name for name, _ in terms] for terms in relations if len(terms) == 2]
    changed = True
    while changed:
        changed = False
        for one, other in pairs:
            for known, new in ((one, other), (other, one)):
                state = fixed.get(known, forced.get(known))
                if state is not None and new not in fixed and new not in forced and cells[new].shown:
                    forced[new] = state
                    changed = True
    return forced


class _Search:
    """Choosing the next cell to withhold: near the one in danger, small, and never one published before."""

    def __init__(
        self,
        cells: Mapping[str, Cell],
        relations: Sequence[Relation],
        by_cell: Mapping[str, list[int]],
        given: Mapping[str, bool],
    ) -> None:
        self.cells, self.relations, self.by_cell, self.given = cells, relations, by_cell, given

    def close(self, held: set[str], implied: set[str]) -> None:
        """Withhold a second cell wherever a relation has only one that is unknown."""
        queue = sorted({index for name in (*held, *implied) for index in self.by_cell.get(name, ())})
        while queue:
            index = queue.pop()
            names = [name for name, _ in self.relations[index]]
            unknown = [name for name in names if name in held or name in implied]
            # An implied figure that is not small may be worked out.
            alone = len(unknown) == 1 and (unknown[0] in held or self.cells[unknown[0]].small)
            if alone and (found := self._choose(names, held, implied)):
                held.add(found)
                queue += self.by_cell[found]

    def beside(self, name: str, held: set[str], implied: set[str], times: int) -> set[str]:
        """Up to ``times`` cells to withhold for the sake of ``name``: in its relations, else further away;
        none if there is nothing left."""
        seen, border = {name}, [name]
        while border:
            near = dict.fromkeys(index for cell in border for index in self.by_cell.get(cell, ()))
            options: dict[str, int] = {}
            for index in near:
                names = [other for other, _ in self.relations[index]]
                found = self._choose(names, held, implied)
                if found:
                    unknown = sum(other in held or other in implied for other in names)
                    options[found] = min(unknown, options.get(found, unknown))
            if options:
                order = sorted(options, key=lambda found: (options[found], self._cost(found)))
                return set(order[:times])
            around = [other for index in near for other, _ in self.relations[index] if other not in seen]
            border = [other for other in dict.fromkeys(around) if other in held or other in implied]
            seen |= set(border)
        return set()

    def _choose(self, names: Sequence[str], held: set[str], implied: set[str]) -> str | None:
        free = [n for n in names if n not in held and n not in implied and n not in self.given]
        return min(free, key=self._cost, default=None)

    def _cost(self, name: str) -> tuple[bool, int, str]:
        # A zero moves only upwards and tells little; withhold one only where nothing else is left.
        return (self.cells[name].value <= 0, self.cells[name].value, name)
