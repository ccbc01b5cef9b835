"""Several packages as one system: what the months, quarters and years tell about each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from batang_assets.partitions import Span
from batang_assets.smdata.disclosure.cells import Cell, Relation, System, rest_of

# Older packages are taken as known for good: what was withheld in them stays tied to newer ones only through
# stocks that have not moved since, and those the newer ones carry themselves.
WINDOW_MONTHS = 3


@dataclass
class Joint:
    """Cells of all spans (addresses ``rentang/berkas/baris/kolom``), their relations, and those of one span."""

    cells: dict[str, Cell] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)


def address(span: str, cell: str) -> str:
    """The address of a cell among several spans."""
    return f"{span}/{cell}"


def join(systems: Sequence[System]) -> Joint:
    """Put the systems together, with what holds between spans: a stock is one number on one day, a flow of a span
    is that of its parts, and a longer span holds at least what each of its parts holds."""
    joint = Joint()
    for system in systems:
        joint.cells |= {address(system.span, name): cell for name, cell in system.cells.items()}
        joint.relations += [
            tuple((address(system.span, name), factor) for name, factor in terms)
            for terms in system.relations
        ]
    _stocks(joint, systems)
    _flows(joint, systems)
    return joint


def _relate(joint: Joint, terms: Iterable[tuple[str, int]]) -> None:
    found = tuple(terms)
    if sum(joint.cells[name].value * factor for name, factor in found) == 0:
        joint.relations.append(found)


def _stocks(joint: Joint, systems: Sequence[System]) -> None:
    same: dict[tuple[str, str], list[str]] = {}
    for system in systems:
        for name, point in system.stocks.items():
            same.setdefault(point, []).append(address(system.span, name))
    for first, *others in same.values():
        for other in others:
            _relate(joint, [(first, 1), (other, -1)])


def _flows(joint: Joint, systems: Sequence[System]) -> None:
    spans = {system.span: Span.parse(system.span) for system in systems}
    for whole in systems:
        months = set(spans[whole.span].months)
        inside = [s for s in systems if s is not whole and set(spans[s.span].months) < months]
        for length in sorted({len(spans[s.span].months) for s in inside}):
            parts = [s for s in inside if len(spans[s.span].months) == length]
            covered = sum(len(spans[s.span].months) for s in parts)
            for name in whole.flows:
                terms = [address(s.span, name) for s in parts if name in s.cells]
                if terms:
                    _split(joint, address(whole.span, name), terms, exact=covered == len(months))
        # In a table of stocks and flows the rest of a sum is itself a sum of flows of the other parts, each judged
        # on its own: as many stand behind it as behind any of them, and the bound of ``rest_of`` would say fewer.
        tied = {name.partition("/")[0] for name in whole.stocks if not whole.momentary(name)}
        for part in inside:
            for name, cell in whole.cells.items():
                if cell.shown and name in part.cells and name not in whole.flows and name not in whole.stocks:
                    backed = name.partition("/")[0] not in tied
                    whole_name, part_name = address(whole.span, name), address(part.span, name)
                    _split(joint, whole_name, [part_name], exact=False, backed=backed)


def _split(joint: Joint, whole: str, parts: Sequence[str], *, exact: bool, backed: bool = True) -> None:
    """``whole`` is the sum of ``parts``, or holds them and a rest that nobody prints.

    ``backed``: whether the rest is judged by its employers too.
    """
    terms = [(whole, 1), *((name, -1) for name in parts)]
    left = sum(joint.cells[name].value * factor for name, factor in terms)
    if exact or left < 0:
        _relate(joint, terms)
        return
    holder = joint.cells[whole] if backed else replace(joint.cells[whole], backers=None)
    rest = f"{whole} di luar {'+'.join(name.partition('/')[0] for name in parts)}"
    joint.cells[rest] = rest_of(holder, [joint.cells[name] for name in parts], holder.width)
    joint.relations.append((*terms, (rest, -1)))
