"""The order of rows that leave a cluster, and the parts that its rows are dealt to: by what a row is, never by where it was.

Spark hands rows over as its partitions come. Rows of Parquet files have a place that stays, the file and the row
within it: they are handed over by the path of the file and by that row, as one file after the other would be read. Rows
of other sources have none: they are handed over by a hash of what stands in them, and rows that are alike in every
column may change places, which changes nothing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["PART", "dealt", "free_memory", "quiet", "rows_in_order"]

_FILE, _ROW, _PATH = "surveykit_file", "surveykit_row", "surveykit_path"
PART = "surveykit_part"


def rows_in_order(frame: Any, *columns: Any) -> Any:
    """The ``columns`` (names or expressions) of all rows, fetched, in an order that is the same each time."""
    import narwhals as nw

    from surveykit.responses.frames import engine_of

    if engine_of(frame) != "spark":
        chosen = frame.select(*columns)
        return chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
    marked, files = _marked(frame.to_native())
    found = nw.from_native(marked).select(*columns, _FILE, _ROW).collect()
    file, row = found[_FILE].to_numpy(), found[_ROW].to_numpy()
    known = np.unique(file)
    if files and len(known) > 1:
        paths = nw.from_native(marked).select(_FILE, _PATH).unique().collect()
        path_of = dict(zip(paths[_FILE].to_list(), paths[_PATH].to_list(), strict=True))
        rank = np.empty(len(known), dtype=np.int64)
        rank[sorted(range(len(known)), key=lambda i: path_of[known[i]])] = np.arange(len(known))
        file = rank[np.searchsorted(known, file)]
    order = np.lexsort((row, file))
    rows = found.drop(_FILE, _ROW)
    return rows if (order == np.arange(len(order))).all() else rows[order.tolist()]


def dealt(frame: Any, parts: int, seed: int) -> Any:
    """The rows with the number of the part that each belongs to (``PART``), drawn from what the row is and the seed."""
    import narwhals as nw
    from pyspark.sql import Window, functions

    native = frame.to_native()
    if _has_places(native):
        key = [functions.col("_metadata.file_name"), functions.col("_metadata.row_index")]
    else:  # rows that are alike must not all fall into one part: they are numbered
        native, _ = _marked(native)
        alike = Window.partitionBy(_ROW).orderBy(_ROW)
        native = native.withColumn(_FILE, functions.row_number().over(alike))
        key = [functions.col(_ROW), functions.col(_FILE)]
    drawn = functions.pmod(functions.xxhash64(functions.lit(seed % 2**63), *key), functions.lit(parts))
    return nw.from_native(native.withColumn(PART, drawn.cast("int")))


def _marked(native: Any) -> tuple[Any, bool]:
    """A Spark frame with two numbers that tell its rows apart, and whether they are files and rows within."""
    from pyspark.sql import functions

    if _has_places(native):
        path = functions.col("_metadata.file_path")
        marks = {_PATH: path, _FILE: functions.xxhash64(path), _ROW: functions.col("_metadata.row_index")}
        return native.withColumns(marks), True
    raw = [c for c in native.columns if c.endswith("__raw")] or native.columns
    content = functions.xxhash64(*[functions.col(f"`{c}`") for c in raw])
    return native.withColumns({_FILE: functions.lit(0).cast("long"), _ROW: content}), False


def _has_places(native: Any) -> bool:
    """Whether each row knows its file and its place in it, as the rows of Parquet do."""
    from pyspark.errors import AnalysisException

    try:
        with quiet():
            native.select("_metadata.file_path", "_metadata.row_index")
    except AnalysisException:
        return False
    return True


@contextmanager
def quiet() -> Iterator[None]:
    """Without the pages of JSON that pyspark prints beside an error that it raises as well."""
    logger = logging.getLogger("DataFrameQueryContextLogger")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def free_memory() -> float:
    """Bytes that this process may still take, by the machine and by its own limit; endless where nobody says."""
    room = math.inf
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        room = next(float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            room = min(room, float(limit - taken * resource.getpagesize()))
    return max(room, 0.0)
