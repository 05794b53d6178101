"""Spark: tables on a cluster as a source. Rows stay there; what is asked comes back as small tables.

The session is the active one, or one that ``SparkSession.builder`` makes from the settings of the machine
(``spark-defaults.conf``, ``spark-submit``, ``SPARK_MASTER``).
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.responses.folder import files_of
from surveykit.responses.order import quiet
from surveykit.responses.queries import Queries
from surveykit.responses.raw import Raw
from surveykit.responses.table import check_names

__all__ = ["frame_of_arrow", "on_cluster", "read_spark", "spark_errors", "spark_table"]

TABLE = "table:"
_GLOB = "*?[]{}\\"


def on_cluster(source: str) -> bool:
    """Whether Spark itself reads a source: ``table:name``, a URI, a folder or a file of Parquet."""
    return (
        source.startswith(TABLE)
        or "://" in source
        or Path(source).suffix.casefold() in {".parquet", ".pq"}
        or Path(source).is_dir()
    )


def read_spark(source: str) -> Raw:
    """A table of the catalogue (``table:schema.name``) or Parquet files, by Spark."""
    import narwhals as nw

    if Path(source).is_dir() and not files_of(Path(source)):
        raise SurveykitError(
            "there is no Parquet file in the folder",
            source,
            expected="a folder of Parquet files",
            hint="surveykit convert PART.csv -o PART.parquet makes them of text, whose cells Spark would not judge as strictly",
            code="IS_DIRECTORY",
        )
    session = _session()
    with spark_errors(source), quiet():
        if source.startswith(TABLE):
            found = session.table(source.removeprefix(TABLE))
        else:
            found = session.read.parquet(_path(source))
        return spark_table(nw.from_native(found), source)


def spark_table(frame: Any, source: str = "") -> Raw:
    """A Spark frame as a raw table whose columns any query can name."""
    import narwhals as nw

    if str(frame.implementation.value) != "pyspark":
        raise SurveykitError(
            "a frame of Spark Connect cannot be read",
            expected="a frame of a classic Spark session",
            hint="run where the driver runs, or write the table as Parquet and read that",
            code="NO_TABLE",
        )
    problems = Problems()
    schema = frame.collect_schema()
    names = list(schema)
    safe = _safe(names)
    check_names([n.casefold() for n in safe], source, "", problems)
    problems.raise_if_any()
    native = frame.to_native().toDF(*safe)
    warnings = [
        f"column {quote(n)} holds values of an unknown type: left out" for n in names if _odd(schema[n])
    ]
    native = native.drop(*[s for n, s in zip(names, safe, strict=True) if _odd(schema[n])])
    said = [
        f"column {quote(n)} is called {quote(s)}: Spark takes a point in a name for a path into a record"
        for n, s in zip(names, safe, strict=True)
        if n != s
    ]
    question = {s: n for n, s in zip(names, safe, strict=True) if n != s}
    lazy = nw.from_native(native)
    if source:
        said.append(f"the rows of {len(safe)} columns stay where they are: read by queries (engine spark)")
    return Raw(
        native,
        source=source,
        question=question,
        guesses=tuple(said),
        warnings=tuple(warnings),
        blocks=Queries(lazy),
    )


def frame_of_arrow(table: Any) -> Any:
    """Rows in memory as a Spark frame."""
    import narwhals as nw
    import pyarrow as pa

    plain = {
        pa.uint64(): pa.float64(),
        pa.uint8(): pa.int16(),
        pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(),
    }
    fields = [f.with_type(plain.get(f.type, f.type)) for f in table.schema]
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in fields]
    session = _session()
    with spark_errors("rows in memory"):
        return nw.from_native(session.createDataFrame(table.cast(pa.schema(fields))))


@contextmanager
def spark_errors(source: str) -> Iterator[None]:
    """What Spark refuses or breaks at, as one error; outside of Spark nothing changes."""
    try:
        yield
    except SurveykitError:
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"pyspark", "py4j"}:
            raise
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if "JAVA_GATEWAY" in first:
            raise SurveykitError(
                "Spark cannot be started: there is no Java, or it is too old",
                expected="Java 17 or newer",
                got=first[:200],
                hint="install it (Debian: apt-get install default-jre-headless), or let JAVA_HOME name it",
                code="NO_ENGINE",
            ) from None
        raise SurveykitError(
            "Spark could not read the answers",
            source,
            got=first[:200],
            hint="the messages of Spark above say more; `table:name` names a table of its catalogue",
            code="SPARK",
        ) from None


def _session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise SurveykitError(
            "the engine spark is not installed",
            hint="pip install 'surveykit[spark]', and Java 17 or newer",
            code="NO_ENGINE",
        ) from None
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    py4j = logging.getLogger("py4j")
    if py4j.level == logging.NOTSET:  # it prints pages about what is raised as well, an interrupt among them
        py4j.setLevel(logging.CRITICAL)
    with spark_errors("starting Spark"):
        if not os.environ.get("SPARK_REMOTE"):
            _start_java()
        made = SparkSession.builder.appName("surveykit").config("spark.ui.showConsoleProgress", "false")
        return made.getOrCreate()


def _start_java() -> None:
    """Start the Java process in one piece: left alone halfway it would never end.

    It ends with this process once it listens; before, it waits for a file whose folder is gone after an interrupt. Ctrl-C and
    SIGTERM are heard when it runs, some seconds later.
    """
    from pyspark import SparkContext

    if threading.current_thread() is not threading.main_thread():
        SparkContext._ensure_initialized()
        return
    came: list[int] = []
    known = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    held = {s: old for s, old in known.items() if old not in (None, signal.SIG_IGN)}
    for number in held:
        signal.signal(number, lambda caught, _: came.append(caught))
    try:
        SparkContext._ensure_initialized()
    finally:
        for number, old in held.items():
            signal.signal(number, old)
        if came:
            signal.raise_signal(came[0])


def _path(source: str) -> str:
    """A path with no character that Spark would take for a pattern; files of this machine as such."""
    if "://" in source:
        return source
    literal = "".join(f"\\{c}" if c in _GLOB else c for c in str(Path(source).resolve()))
    return f"file://{literal}" if Path(source).exists() else source


def _safe(names: list[str]) -> list[str]:
    """Names without the signs that Spark reads as syntax, each still different from the others."""
    made: list[str] = []
    for name in names:
        plain = name.replace(".", "_").replace("`", "'") or "column"
        while plain != name and plain in {*made, *names}:
            plain += "_"
        made.append(plain)
    return made


def _odd(dtype: Any) -> bool:
    import narwhals as nw

    return isinstance(dtype, nw.Unknown)
