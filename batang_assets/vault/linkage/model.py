"""Splink in DuckDB in memory: learns how records of one person and of two people agree, and weighs pairs.

Nothing touches a disk: the database is in memory, spilling is off, and both libraries are silent, since their
messages could quote a row.
"""

import hashlib
import json
import logging
import math
import warnings
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from batang_assets.errors import DataError
from batang_assets.vault.linkage.rules import EMPTY, LEVELS, Rules

Row = dict[str, Any]
# Pairs drawn to learn u.
RANDOM_PAIRS = 500_000
LEAST_PROBABILITY = 1e-6
_EITHER_NULL = '"{0}_l" is null or "{0}_r" is null'
# A pair is looked at if any of these holds; the tail is always on the left (features.model_rows).
TAIL = "l.unique_id < '1'"
HOME = "l.desa = r.desa and l.jenis_kelamin = r.jenis_kelamin"
SAME_SEX = "coalesce(l.jenis_kelamin, r.jenis_kelamin, '') = coalesce(r.jenis_kelamin, l.jenis_kelamin, '')"
MEETINGS = (
    f"l.lahir = r.lahir and {SAME_SEX}",
    "l.rujukan = r.rujukan",
    f"l.tukar = r.lahir and {SAME_SEX}",
    f"{HOME} and substr(l.lahir, 1, 6) = substr(r.lahir, 1, 6)",
    f"{HOME} and substr(l.lahir, 5, 4) = substr(r.lahir, 5, 4)",
    f"{HOME} and substr(l.lahir, 1, 4) = substr(r.lahir, 1, 4) and substr(l.lahir, 7, 2) = substr(r.lahir, 7, 2)",
    f"{HOME} and l.lahir is null",
)
CONDITIONS = {
    "nama": {
        "sama": '"nama_l" = "nama_r"',
        "ejaan": '"ejaan_l" = "ejaan_r"',
        "singkat": '("disingkat_l" or "disingkat_r") and ("depan_l" = "depan_r" or "belakang_l" = "belakang_r")'
        ' or list_has_all("kata_l", "kata_r") or list_has_all("kata_r", "kata_l")',
        "mirip": 'jaro_winkler_similarity("nama_l", "nama_r") >= 0.92'
        ' or jaro_winkler_similarity("urut_l", "urut_r") >= 0.92',
    },
    "lahir": {
        "sama": '"lahir_l" = "lahir_r"',
        "tertukar": '"tukar_l" = "lahir_r"',
        # A decade mistyped at most: a generation is no slip.
        "satu_angka": 'hamming("lahir_l", "lahir_r") = 1'
        ' and abs(cast(substr("lahir_l", 1, 4) as int) - cast(substr("lahir_r", 1, 4) as int)) <= 10',
    },
    "jenis_kelamin": {"sama": '"jenis_kelamin_l" = "jenis_kelamin_r"'},
    "wilayah": {"desa": '"desa_l" = "desa_r"', "kecamatan": '"kecamatan_l" = "kecamatan_r"'},
    "nomor_urut": {
        "sama": '"nomor_urut_l" = "nomor_urut_r"',
        # A digit lost, doubled or mistyped moves or changes up to two of the four.
        "dekat": 'levenshtein("nomor_urut_l", "nomor_urut_r") <= 2',
    },
    "telepon": {"sama": '"telepon_l" = "telepon_r"'},
    "rujukan": {"sama": '"rujukan_l" = "rujukan_r"'},
}
NULLS = {
    "wilayah": _EITHER_NULL.format("desa"),
    # Two registrations name themselves: that they differ says nothing.
    "rujukan": _EITHER_NULL.format("rujukan") + ' or ("pendaftaran_l" and "pendaftaran_r")',
}
SESSIONS = ("l.lahir = r.lahir", "l.ejaan = r.ejaan and l.desa = r.desa")


@dataclass(frozen=True)
class Pair:
    """A weighed pair: keys of the two records and their origins, and how each feature agrees (never a value)."""

    left: str
    right: str
    origin_left: str
    origin_right: str
    weight: float
    probability: float
    pattern: dict[str, str]
    single_word: bool


@dataclass(frozen=True)
class Weighed:
    """Pairs worth a look, heaviest first, and the model that weighed them. ``parameters``: m and u by level."""

    pairs: list[Pair]
    parameters: dict[str, Any]

    @property
    def digest(self) -> str:
        """Names the model: equal parameters, equal digest."""
        return hashlib.sha256(json.dumps(self.parameters, sort_keys=True).encode()).hexdigest()[:16]


def weigh(rows: list[Row], samples: set[str], population: int, rules: Rules) -> Weighed:
    """Learn from ``rows`` and weigh their pairs.

    ``samples``: keys of the records drawn by chance, from whose pairs u is learnt; ``population``: records in all,
    which sets the odds before anything is compared: a record of the tail has about one fellow among them. Raises
    DataError, without the reason's text since it may quote a row, if Splink fails.
    """
    from splink.internals.exceptions import SplinkException

    with _silence():
        import duckdb

        try:
            learnt = _learn(rows, samples, rules)
            return Weighed(_predict(rows, learnt, population, rules), learnt)
        except (SplinkException, duckdb.Error) as error:
            reason = type(error.__cause__ or error).__name__
    raise DataError(f"people could not be linked: {reason} while weighing {len(rows)} records")


def _learn(rows: list[Row], samples: set[str], rules: Rules) -> dict[str, Any]:
    """m and u of every level: from the rules, then u from random pairs, then m by expectation maximisation."""
    values = {
        name: {level.name: [level.m, level.u] for level in levels} for name, levels in rules.features.items()
    }
    # One record a person: two of one person would pass for chance.
    drawn = list({row["asal"]: row for row in rows if row["unique_id"][1:] in samples}.values())
    if len(drawn) < rules.least_records:
        return {
            name: {level: _rounded(*pair) for level, pair in levels.items()}
            for name, levels in values.items()
        }
    with _linker(drawn, values, rules) as chance:
        chance.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=rules.seed)
        _take(chance, values, rules, 1)
    with _linker(_training_rows(rows, samples, rules.training), values, rules) as linker:
        for session in SESSIONS:
            linker.training.estimate_parameters_using_expectation_maximisation(session)
        _take(linker, values, rules, 0)
    _temper(values, rules)
    return {
        name: {level: _rounded(*pair) for level, pair in levels.items()} for name, levels in values.items()
    }


def _training_rows(rows: list[Row], samples: set[str], limit: int) -> list[Row]:
    """About ``limit`` rows at most: the sample, and all born on drawn days (with their exchanged forms)."""
    if len(rows) <= limit:
        return rows
    by_day: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_day[min(day for day in (row["lahir"], row["tukar"], "9") if day)].append(row)
    chosen = {row["unique_id"] for row in rows if row["unique_id"][1:] in samples}
    for day in sorted(by_day, key=lambda day: hashlib.blake2b(day.encode(), digest_size=8).digest()):
        if len(chosen) >= limit:
            break
        chosen |= {row["unique_id"] for row in by_day[day]}
    return [row for row in rows if row["unique_id"] in chosen]


def _temper(values: dict[str, Any], rules: Rules) -> None:
    """Mix the starting values into m, so that what no pair happened to show stays possible."""
    for name, levels in rules.features.items():
        learnt = {level.name: values[name][level.name][0] for level in levels}
        total = sum(learnt.values())
        for level in levels:
            share = rules.prior_share
            values[name][level.name][0] = share * level.m + (1 - share) * learnt[level.name] / total


def _rounded(m: float, u: float) -> dict[str, float]:
    return {"m": float(f"{m:.6g}"), "u": float(f"{u:.6g}")}


def _take(linker: Any, values: dict[str, Any], rules: Rules, side: int) -> None:
    """What the linker has learnt of m (0) or u (1). A level that never occurred keeps its u and loses its m."""
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        name = comparison["output_column_name"]
        if any(level.fixed for level in rules.features[name]):
            continue
        learnt = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for level, entry in zip(LEVELS[name], learnt, strict=True):
            probability = entry.get(("m_probability", "u_probability")[side])
            if probability is None or not math.isfinite(probability) or probability <= LEAST_PROBABILITY:
                probability = LEAST_PROBABILITY if side == 0 else values[name][level][side]
            values[name][level][side] = probability


@contextmanager
def _linker(
    rows: list[Row], values: dict[str, Any], rules: Rules, prior: float = 1e-4, meetings: tuple[str, ...] = ()
) -> Generator[Any]:
    import duckdb
    import pandas as pd
    from splink import DuckDBAPI, Linker, SettingsCreator

    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(name, values[name], rules) for name in LEVELS],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in meetings],
        probability_two_random_records_match=prior,
        retain_matching_columns=True,
        additional_columns_to_retain=["asal", "banyak_kata"],
    )
    options: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "temp_directory": "",
        "max_temp_directory_size": "0B",
        "preserve_insertion_order": True,
    }
    with duckdb.connect(":memory:", config=options) as connection:
        frame = pd.DataFrame.from_records(sorted(rows, key=lambda row: row["unique_id"]))
        connection.register("masuk", frame)
        connection.execute(
            "create table orang as select *, string_split(ejaan, ' ') as kata from masuk order by unique_id"
        )
        connection.unregister("masuk")
        yield Linker("orang", settings, db_api=DuckDBAPI(connection), set_up_basic_logging=False)


def _comparison(name: str, levels: dict[str, list[float]], rules: Rules) -> dict[str, Any]:
    fixed = any(level.fixed for level in rules.features[name])
    null = NULLS.get(name) or _EITHER_NULL.format(name)
    entries: list[dict[str, Any]] = [
        {"sql_condition": null, "label_for_charts": EMPTY, "is_null_level": True}
    ]
    for level in LEVELS[name]:
        m, u = levels[level]
        entry: dict[str, Any] = {
            "sql_condition": CONDITIONS[name].get(level, "ELSE"),
            "label_for_charts": level,
            "m_probability": m,
            "u_probability": u,
        }
        if fixed:
            entry |= {"fix_m_probability": True, "fix_u_probability": True}
        if (name, level) == ("nama", "sama"):
            entry["tf_adjustment_column"] = "nama"
        entries.append(entry)
    return {"output_column_name": name, "comparison_levels": entries}


def _predict(rows: list[Row], learnt: dict[str, Any], population: int, rules: Rules) -> list[Pair]:
    """Pairs at or above the proposal threshold, and none within one origin."""
    values = {name: {key: [v["m"], v["u"]] for key, v in levels.items()} for name, levels in learnt.items()}
    meetings = tuple(f"{rule} and {TAIL} and l.asal <> r.asal" for rule in MEETINGS)
    meetings += ("l.kembar = r.kembar and l.asal <> r.asal",)
    with _linker(rows, values, rules, 1 / max(population, 2), meetings) as linker:
        predicted = linker.inference.predict(threshold_match_probability=rules.proposal)
        columns = ["unique_id_l", "unique_id_r", "asal_l", "asal_r", "match_weight", "match_probability"]
        columns += ["banyak_kata_l", "banyak_kata_r", *(f"gamma_{name}" for name in LEVELS)]
        found = predicted.as_duckdbpyrelation().select(*columns).fetchall()
    pairs = [_pair(row) for row in found]
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.left, pair.right))


def _pair(row: tuple) -> Pair:
    left, right, origin_left, origin_right, weight, probability, words_left, words_right, *gammas = row
    pattern = {}
    for (name, levels), gamma in zip(LEVELS.items(), gammas, strict=True):
        pattern[name] = EMPTY if gamma < 0 else levels[len(levels) - 1 - gamma]
    return Pair(
        left[1:], right[1:], origin_left, origin_right, round(weight, 3), round(probability, 6), pattern,
        min(words_left, words_right) == 1,
    )  # fmt: skip


@contextmanager
def _silence() -> Generator[None]:
    """No message of Splink or DuckDB reaches a log while personal data are in memory."""
    loggers = [logging.getLogger(name) for name in ("splink", "duckdb", "sqlglot")]
    before = [(logger.level, logger.propagate, logger.disabled) for logger in loggers]
    children = [
        logger
        for name, logger in logging.Logger.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and name.startswith("splink.")
    ]
    states = [child.disabled for child in children]
    try:
        for logger in [*loggers, *children]:
            logger.disabled = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, (level, propagate, disabled) in zip(loggers, before, strict=True):
            logger.level, logger.propagate, logger.disabled = level, propagate, disabled
        for child, disabled in zip(children, states, strict=True):
            child.disabled = disabled
