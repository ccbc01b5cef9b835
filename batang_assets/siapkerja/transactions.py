"""Transactions that must really commit when their block ends."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus


@contextmanager
def committed(connection: psycopg.Connection) -> Generator[None]:
    """A transaction of its own, committed at the end of the block.

    Inside another transaction psycopg would make this a savepoint, which commits nothing: a programming error.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise RuntimeError("the ledger and the outbox need a connection with no open transaction")
    with connection.transaction():
        yield
