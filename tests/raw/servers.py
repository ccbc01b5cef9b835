"""A database of a foreign system on a real server of either kind, for the tests of the database source."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from batang_assets.settings import JAKARTA, Settings, load_settings

STAMP = {"postgresql": "timestamp", "mariadb": "datetime(6)"}


@dataclass
class Server:
    """An empty database; ``kind`` is postgresql or mariadb."""

    kind: str
    url: str

    def execute(self, *statements: str) -> None:
        """Run statements as the database's owner, committed."""
        engine = sa.create_engine(self.url.replace("postgresql://", "postgresql+psycopg2://"))
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Insert rows, values as the driver adapts them; a key ``:x`` of a column that needs quoting is quoted."""
        engine = sa.create_engine(self.url.replace("postgresql://", "postgresql+psycopg2://"))
        schema, _, name = table.rpartition(".")
        target = sa.table(name, *map(sa.column, rows[0]), schema=schema or None)
        with engine.begin() as connection:
            connection.execute(target.insert(), rows)
        engine.dispose()

    def settings(self, **more: object) -> Settings:
        """Settings that read Batang Career from this database."""
        return load_settings(
            {
                "BATANG_CAREER_DATABASE_URL": self.url,
                "BATANG_CLOCK": "2026-11-01T00:00:00+07:00",
                **{f"BATANG_{name.upper()}": str(value) for name, value in more.items()},
            }
        )


def write_map(folder: Path, dataset: str, **keys: object) -> Path:
    """A field map file; returns its folder."""
    folder.mkdir(exist_ok=True)
    text = yaml.safe_dump({"dataset": dataset, **keys}, sort_keys=False)
    (folder / f"{dataset}.yaml").write_text(text, encoding="utf-8")
    return folder


def lamaran_table(server: Server, rows: list[tuple[int, datetime | None]], more: str = "") -> None:
    """A table ``lamaran`` with (id, updated_at) rows."""
    server.execute(
        "drop table if exists lamaran",
        f"create table lamaran (id bigint primary key, status text, updated_at {STAMP[server.kind]} null){more}",
    )
    if rows:
        local = [
            (n, moment.astimezone(JAKARTA).replace(tzinfo=None) if moment else None) for n, moment in rows
        ]
        server.insert("lamaran", [{"id": n, "status": "dikirim", "updated_at": at} for n, at in local])
