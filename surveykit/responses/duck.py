"""DuckDB connections that can do nothing but compute: no files, no network, no Python variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["parquet_relation", "relation_of"]

_LOADING: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "1",
}
"""One thread: with several, rows come back in another order each time, and sums differ in their last digits."""


def relation_of(table: Any) -> Any:
    """A relation over a pyarrow table, on a connection of its own that is closed to the outside."""
    connection = _connection()
    connection.from_arrow(table).create("answers")
    _close_doors(connection)
    return connection.table("answers")


def parquet_relation(path: Path) -> Any:
    """A lazy relation over one Parquet file, named literally (no glob), and over nothing else."""
    connection = _connection()
    name = str(path.resolve())
    allowed = ", ".join(_quoted(n) for n in sorted({name, _literal(name)}))
    connection.execute(f"SET allowed_paths = [{allowed}]")
    _close_doors(connection)
    return connection.read_parquet([_literal(name)])


def _connection() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config=_LOADING)


def _close_doors(connection: Any) -> None:
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literal(name: str) -> str:
    """The name with every glob character made to stand for itself."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
