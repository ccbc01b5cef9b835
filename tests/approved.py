"""Months that two people have let out, for tests of what leaves."""

from datetime import UTC, datetime

import psycopg

from batang_assets.partitions import Period
from batang_assets.quality import approval
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.gate import data_version

SUMMARY = '{"baris": 1, "layak": 1, "gagal": [], "peringatan": []}'


def judge(connection: psycopg.Connection, period: Period) -> None:
    """Store a passed verdict for the present data of every dataset that has none; the caller commits."""
    for dataset in DATASETS:
        connection.execute(
            "insert into quality.gerbang (periode, dataset, versi_data, lulus, ringkasan, run_id)"
            " values (%s, %s, %s, true, %s, 'uji') on conflict do nothing",
            [period.first_day, dataset.wire, data_version(connection, period, dataset.wire), SUMMARY],
        )


def let_out(connection: psycopg.Connection, period: Period) -> None:
    """Judge the month's present data and let two people approve them; the caller commits."""
    judge(connection, period)
    now = datetime(2026, 11, 1, 2, tzinfo=UTC)
    approval.prepare(connection, period, "Sri Penyiap", now)
    approval.approve(connection, period, "Budi Penyetuju", "", now)
