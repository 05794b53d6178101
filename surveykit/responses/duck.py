"""DuckDB connections that can do nothing but compute: no files, no network, no Python variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def parquet_relation(path: Path | Sequence[Path], folders: Mapping[str, str] | None = None) -> Any:
    """A lazy relation over Parquet files, named literally (no glob), and over nothing else.

    ``folders`` are the columns that stand as ``key=value`` in the names of their folders, with their types.
    """
    connection = _connection()
    paths = [path] if isinstance(path, Path) else list(path)
    names = [str(p.resolve()) for p in paths]
    allowed = ", ".join(_quoted(n) for n in sorted({*names, *map(_literal, names)}))
    connection.execute(f"SET allowed_paths = [{allowed}]")
    _close_doors(connection)
    if len(names) == 1 and not folders:
        return connection.read_parquet([_literal(names[0])])
    files = ", ".join(_quoted(_literal(n)) for n in names)
    kinds = ", ".join(f"{_quoted(name)}: {kind}" for name, kind in (folders or {}).items())
    hive = f", hive_partitioning = true, hive_types = {{{kinds}}}" if kinds else ", hive_partitioning = false"
    # every name is quoted, the types are ours
    return connection.sql(f"SELECT * FROM read_parquet([{files}], union_by_name = true{hive})")  # noqa: S608


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
