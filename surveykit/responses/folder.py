"""A folder of Parquet files as one table, file after file by their paths; ``key=value`` in a folder's name is a column.

What other programs write as one table (Spark, a warehouse's unload) is many files. They must hold the same columns; numbers
of different widths go together, a number and a text of one name do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, Where, quote
from surveykit.files import sha256
from surveykit.responses.blocks import BLOCK, Blocks
from surveykit.responses.duck import parquet_relation
from surveykit.responses.raw import Raw, ReaderOptions, check_shape
from surveykit.responses.table import check_names, plain_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["files_of", "read_folder"]

_ENDS = {".parquet", ".pq"}


def files_of(folder: Path) -> list[Path]:
    """The Parquet files below a folder, by their paths; what begins with a point or an underscore is no part of the table."""
    found = [p for p in folder.rglob("*") if p.is_file() and p.suffix.casefold() in _ENDS]
    hidden = [p for p in found if any(part[0] in "._" for part in p.relative_to(folder).parts)]
    return sorted(set(found) - set(hidden), key=lambda p: p.relative_to(folder).parts)


def read_folder(folder: Path, options: ReaderOptions) -> Raw:
    """The files of a folder as a typed table, lazy where it is large or the engine is DuckDB."""
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds

    files = files_of(folder)
    if not files:
        raise SurveykitError(
            "there is no Parquet file in the folder", str(folder),
            expected="a file, or a folder of Parquet files", code="IS_DIRECTORY",
        )  # fmt: skip
    try:
        own = _common(files, folder)
        keys = ds.HivePartitioning.discover(infer_dictionary=False)
        names = [str(p) for p in files]
        told: dict[str, Any] = {"format": "parquet", "partitioning": keys, "partition_base_dir": str(folder)}
        further = [f for f in ds.dataset(names, **told).schema if f.name not in own.names]
        spans = [f.name for f in own if pa.types.is_duration(f.type)]
        schema = pa.schema([*(f for f in own if f.name not in spans), *further])
        rows = ds.dataset(names, schema=schema, **told)
        problems = Problems()
        check_names(schema.names, str(folder), "", problems)
        problems.raise_if_any()
        left_out = tuple(f"column {quote(n)} holds Duration values: left out" for n in spans)
        n = rows.count_rows()
        large = options.engine is None and n * len(schema) > options.limits.in_memory
        digest = hashlib.sha256("".join(sha256(p) for p in files).encode()).hexdigest()
        said = [f"{len(files)} files of the folder, by their paths"]
        said += (
            [f"columns from the names of its folders: {', '.join(f.name for f in further)}"]
            if further
            else []
        )
        if large or options.engine == "duckdb":
            check_shape(min(n, 1), len(schema), options.limits, str(folder))
            if large:
                said.append(
                    f"{n:,} rows in {len(schema)} columns stay in the files: read lazily (engine duckdb)"
                )
            kinds = {f.name: "VARCHAR" if pa.types.is_string(f.type) else "BIGINT" for f in further}
            relation = parquet_relation(files, kinds)
            if spans:  # DuckDB takes them for whole numbers
                relation = relation.select(*(duckdb.ColumnExpression(n) for n in schema.names))
            blocks = Blocks(_stream(rows), schema, source=str(folder))
            return Raw(
                relation,
                source=str(folder),
                sha256=digest,
                blocks=blocks,
                guesses=tuple(said),
                warnings=left_out,
            )
        check_shape(n, len(schema), options.limits, str(folder))
        table, warnings = plain_table(rows.to_table().replace_schema_metadata(None))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SurveykitError(
            "the Parquet files cannot be read: one is damaged or cut off",
            str(folder), got=str(error)[:160], code="DAMAGED",
        ) from None  # fmt: skip
    return Raw(table, source=str(folder), sha256=digest, warnings=(*left_out, *warnings), guesses=tuple(said))


def _common(files: Sequence[Path], folder: Path) -> pa.Schema:
    """The columns that all files hold; what does not go together is an error that names the files."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    problems = Problems()
    first = common = pq.read_schema(files[0]).remove_metadata()
    for path in files[1:]:
        schema = pq.read_schema(path).remove_metadata()
        name = str(path.relative_to(folder))
        for lacking, where in (
            (set(first.names) - set(schema.names), name),
            (set(schema.names) - set(first.names), str(files[0].relative_to(folder))),
        ):
            if lacking:
                problems.add(
                    "the files of the folder hold different columns",
                    Where(str(folder / where)),
                    expected=", ".join(quote(c) for c in sorted(lacking)[:8]),
                    got="no such column",
                    hint="are these parts of one table? read them apart, or bring them into one shape",
                    code="MIXED_FILES",
                )
        for field in schema:
            place = common.get_field_index(field.name)
            if place < 0 or common.field(place).type == field.type:
                continue
            try:
                joined = pa.unify_schemas(
                    [pa.schema([common.field(place)]), pa.schema([field])], promote_options="permissive"
                )
                common = common.set(place, joined.field(0))
            except (pa.ArrowTypeError, pa.ArrowInvalid):
                problems.add(
                    "a column is of another type in another file",
                    Where(str(path), column=field.name),
                    expected=f"{common.field(place).type}, as in {files[0].relative_to(folder)}",
                    got=str(field.type),
                    hint="write all files with the same types",
                    code="MIXED_FILES",
                )
    problems.raise_if_any()
    return common


def _stream(rows: Any) -> Any:
    def stream(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        scanner = rows.scanner(
            columns=list(columns),
            batch_size=BLOCK,
            batch_readahead=4,
            fragment_readahead=1,
            cache_metadata=False,
        )
        return iter(scanner.to_batches())

    return stream
