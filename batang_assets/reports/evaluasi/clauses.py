"""Clause by clause: what was measured, whether it counts as met, and where that can be checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from batang_assets.reports.evaluasi.declarations import Clause, Criterion, clauses, rules
from batang_assets.reports.evaluasi.measures import Measure

MET, PARTLY, NOT_MET, PENDING = "Terpenuhi", "Terpenuhi sebagian", "Belum terpenuhi", "Belum jatuh tempo"
STATES = (MET, PARTLY, NOT_MET, PENDING)
NO_EVIDENCE = "bukti tidak ada"


@dataclass(frozen=True)
class Outcome:
    """One clause with its state, a sentence for each measure, and the evidence."""

    clause: Clause
    state: str
    measured: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Recommendation:
    """One recommendation, and who can follow it."""

    sentence: str
    who: str


def judge(measures: Mapping[str, Measure]) -> list[Outcome]:
    """Every clause of the declaration. The weakest measure decides; one without evidence leaves it "
    "not met."""
    return [_outcome(clause, measures) for clause in clauses()]


def recommend(measures: Mapping[str, Measure]) -> list[Recommendation]:
    """The recommendations that the numbers ask for, in the order of the declaration."""
    return [
        Recommendation(rule.kalimat.format(teks=_lower(measures[rule.ukuran].text)), rule.penanggung_jawab)
        for rule in rules()
        if rule.applies(measures[rule.ukuran].value)
    ]


def _lower(text: str) -> str:
    """The measured as it reads inside a sentence."""
    return text if text[:2].isupper() or text[:1].isdigit() else text[:1].lower() + text[1:]


def _outcome(clause: Clause, measures: Mapping[str, Measure]) -> Outcome:
    found = [(item, measures[item.ukuran]) for item in clause.kriteria]
    states = [_state(item, measure) for item, measure in found]
    measured = tuple(
        measure.text + (f" ({NO_EVIDENCE})" if measure.value is None else "") for _, measure in found
    )
    lines = (line for _, measure in found if measure.value is not None for line in measure.evidence)
    evidence = tuple(dict.fromkeys(lines))
    weakest = next(state for state in (NOT_MET, PARTLY, PENDING, MET) if state in states)
    return Outcome(clause, weakest, measured, evidence)


def _state(criterion: Criterion, measure: Measure) -> str:
    if measure.value is None:
        return NOT_MET
    if measure.pending:
        return PENDING
    if criterion.penuh is not None and measure.value >= criterion.penuh:
        return MET
    return PARTLY if measure.value >= criterion.sebagian else NOT_MET
