"""Who had their data erased (``vault.terhapus``) and is not let in again."""

import psycopg


class Doorkeeper:
    """Bars the records of erased people from one raw ``table``, in the caller's transaction.

    A record is theirs by its id or by its pseudonym.
    """

    def __init__(self, connection: psycopg.Connection, table: str) -> None:
        rows = connection.execute(
            "select tabel, id, orang_token, permintaan_id from vault.terhapus"
        ).fetchall()
        self._connection, self._table = connection, table
        self._ids = {record_id: request for of, record_id, _, request in rows if of == table}
        self._tokens = {token: request for _, _, token, request in rows if token}
        self._barred: dict[str, int] = {}

    def bars(self, record_id: str, token: str | None = None) -> bool:
        """Whether the record must stay outside; it is then remembered for ``note``."""
        request = self._ids.get(record_id) or self._tokens.get(token or "")
        if request is not None:
            self._barred[record_id] = request
        return request is not None

    def note(self, run_id: str) -> int:
        """Write down which records were barred since the last note, each once; returns how many."""
        count = len(self._barred)
        if count:
            self._connection.execute(
                "insert into vault.ditolak_di_pintu (tabel, id, permintaan_id, run_id)"
                " select %s, b.id, b.permintaan, %s from unnest(%s::text[], %s::bigint[]) as b(id, permintaan)"
                " on conflict (tabel, id) do update"
                " set terakhir_pada = clock_timestamp(), run_id = excluded.run_id",
                [self._table, run_id, list(self._barred), list(self._barred.values())],
            )
        self._barred = {}
        return count


def erased_records(connection: psycopg.Connection) -> set[str]:
    """The keys (dataset:id) of records whose identity was destroyed."""
    rows = connection.execute("select tabel, id from vault.terhapus")
    return {f"{table}:{record_id}" for table, record_id in rows}
