"""Parquet: typed columns; a large file stays where it is and is asked lazily, by DuckDB and in blocks."""

from __future__ import annotations

from pathlib import Path

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.responses.blocks import blocks_of_parquet
from surveykit.responses.duck import parquet_relation
from surveykit.responses.raw import Raw, ReaderOptions, check_shape, readers
from surveykit.responses.table import check_names, plain_table

__all__ = ["read_parquet"]


@readers.register(
    "parquet",
    title={"en": "Apache Parquet", "zh": "Apache Parquet"},
    reference="Apache Parquet format, through pyarrow or DuckDB",
    evidence="brute force: the same rows as CSV and as Parquet give the same numbers",
    example="surveykit.read('answers.parquet', 'ecsi')",
    suffixes=(".parquet", ".pq"),
    takes=(),
    streams=True,
)
def read_parquet(path: Path, options: ReaderOptions) -> Raw:
    """A Parquet file as a typed table, lazy where it is large or the engine is DuckDB."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = str(path)
    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        problems = Problems()
        check_names(names, source, "", problems)
        problems.raise_if_any()
        rows = file.metadata.num_rows
        large = options.engine is None and rows * len(names) > options.limits.in_memory
        if large or options.engine == "duckdb":
            check_shape(min(rows, 1), len(names), options.limits, source)
            said = f"{rows:,} rows in {len(names)} columns stay in the file: read lazily (engine duckdb)"
            relation = parquet_relation(path)
            spans = [f.name for f in file.schema_arrow if pa.types.is_duration(f.type)]
            if spans:  # DuckDB takes them for whole numbers
                relation = relation.select(*(duckdb.ColumnExpression(n) for n in names if n not in spans))
            warnings = tuple(f"column {quote(n)} holds Duration values: left out" for n in spans)
            guesses = (said,) if large else ()
            return Raw(relation, blocks=blocks_of_parquet(path), guesses=guesses, warnings=warnings)
        check_shape(rows, len(names), options.limits, source)
        table, warnings = plain_table(file.read().replace_schema_metadata(None))
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SurveykitError(
            "the Parquet file cannot be read: it is damaged or cut off",
            source,
            got=str(error)[:120],
            code="DAMAGED",
        ) from None
    return Raw(table, warnings=warnings)
