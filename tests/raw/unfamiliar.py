"""A database of Batang Career whose tables and columns all have names of their own, and the maps that say so."""

from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

from batang_assets.contracts import all_contracts


def made_unfamiliar(url: str, maps: Path) -> Path:
    """Give every table and column of the database a name of its own, and write the maps that say so."""
    maps.mkdir()
    with psycopg.connect(url) as connection:
        for contract in all_contracts("batang_career"):
            table, wanted = f"tb_{contract.table[::-1]}", {column.name for column in contract.columns}
            connection.execute(
                sql.SQL("alter table {} rename to {}").format(
                    sql.Identifier(contract.table), sql.Identifier(table)
                )
            )
            found = connection.execute(
                "select column_name from information_schema.columns where table_name = %s", [table]
            ).fetchall()
            fields, ignored = {}, []
            for (name,) in found:
                if name in wanted and contract.column(name).extract:
                    fields[name] = f"f_{name[::-1]}"
                elif name in wanted:
                    ignored.append(f"f_{name[::-1]}")
                connection.execute(
                    sql.SQL("alter table {} rename column {} to {}").format(
                        sql.Identifier(table), sql.Identifier(name), sql.Identifier(f"f_{name[::-1]}")
                    )
                )
            content: dict[str, Any] = {"dataset": contract.dataset, "tabel": table, "kolom": fields}
            if ignored:
                content["abaikan"] = ignored
            (maps / f"{contract.dataset}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return maps
