"""Data frames as a source, and raw tables on the engine that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.responses.blocks import blocks_of_relation
from surveykit.responses.raw import Raw, ReaderOptions, check_shape
from surveykit.responses.spark import spark_table
from surveykit.responses.table import check_names, plain_table
from surveykit.responses.texts import as_codes

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["ENGINES", "engine_of", "frame_of", "frame_to_bind", "on_engine", "plain_pandas", "with_nulls"]

ENGINES = ("pandas", "polars", "duckdb", "spark")


def frame_of(source: Any) -> Raw:
    """A pandas, polars, pyarrow, DuckDB or narwhals frame as a typed raw table."""
    import narwhals as nw

    problems = Problems()
    module = type(source).__module__.split(".")[0]
    if module == "pandas" and type(source).__name__ == "DataFrame":
        source = plain_pandas(source, problems)
    try:
        frame = nw.from_native(source)
    except TypeError:
        raise SurveykitError(
            "no table can be read from this object",
            expected="a path, or a data frame of pandas, polars, pyarrow or DuckDB",
            got=type(source).__name__,
            code="NO_TABLE",
        ) from None
    if isinstance(frame, nw.Series):
        raise SurveykitError(
            "a data frame is needed, not a single column", got=type(source).__name__, code="NO_TABLE"
        )
    check_names(frame.collect_schema().names(), "", "", problems)
    problems.raise_if_any()
    if engine_of(frame) == "spark":
        return spark_table(frame)
    native = frame.to_native()
    blocks = blocks_of_relation(native) if engine_of(frame) == "duckdb" else None
    return Raw(native, blocks=blocks)


def frame_to_bind(raw: Raw, options: ReaderOptions) -> Any:
    """The raw table as a narwhals frame on a known engine: where it is, or pandas."""
    import narwhals as nw

    wanted = options.engine
    if wanted is not None and wanted not in ENGINES:
        raise SurveykitError(
            f"unknown engine {quote(wanted)}", hint=did_you_mean(wanted, ENGINES), code="UNKNOWN_ENGINE"
        )
    frame = nw.from_native(raw.table)
    if isinstance(frame, nw.DataFrame):
        check_shape(len(frame), len(frame.columns), options.limits, raw.source)
    if engine_of(frame) in ENGINES:
        return frame
    if raw.text_cells:
        return nw.from_native(as_codes(raw.table).to_pandas(), eager_only=True)
    return on_engine(frame, "pandas")


def on_engine(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], engine: str | None) -> Any:
    """The same rows on another engine (None: where they are)."""
    import narwhals as nw

    if engine is None or engine_of(frame) == engine:
        return frame
    return _from_arrow((frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_arrow(), engine)


def with_nulls(frame: Any) -> Any:
    """Pandas columns as nullable ones: ``NaN >= 4`` is false there, missing on every other engine."""
    import narwhals as nw

    if engine_of(frame) != "pandas":
        return frame
    native = frame.to_native()
    kinds = {n: "Float64" for n, t in frame.schema.items() if t.is_float()}
    kinds |= {n: "string" for n, t in frame.schema.items() if isinstance(t, nw.String)}
    kinds = {n: kind for n, kind in kinds.items() if native[n].dtype != kind}
    return nw.from_native(native.astype(kinds), eager_only=True) if kinds else frame


def engine_of(frame: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> str:
    """``pandas``, ``polars``, ``duckdb``, ``spark`` or whatever else narwhals calls it."""
    name = str(frame.implementation.value)
    return "spark" if name.startswith("pyspark") else name


def _from_arrow(table: Any, engine: str) -> Any:
    import narwhals as nw
    import pyarrow as pa

    plain = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    table = table.cast(pa.schema(plain))

    if engine == "polars":
        try:
            import polars as pl
        except ModuleNotFoundError:
            raise SurveykitError(
                "the engine polars is not installed", hint="pip install 'surveykit[polars]'", code="NO_ENGINE"
            ) from None
        return nw.from_native(pl.from_arrow(table), eager_only=True)
    if engine == "duckdb":
        from surveykit.responses.duck import relation_of

        return nw.from_native(relation_of(table))
    if engine == "spark":
        from surveykit.responses.spark import frame_of_arrow

        return frame_of_arrow(table)
    import pandas as pd

    nullable = {
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.uint8(),
        pa.uint16(),
        pa.uint32(),
        pa.uint64(),
    }
    mapper = {**{t: pd.Int64Dtype() for t in nullable}, pa.bool_(): pd.BooleanDtype()}.get
    table, _ = plain_table(table.replace_schema_metadata(None))
    return nw.from_native(table.to_pandas(types_mapper=mapper), eager_only=True)


def plain_pandas(frame: Any, problems: Problems) -> Any:
    """The frame with text column names, a plain index, and object columns as numbers or text."""
    import pandas as pd

    if isinstance(frame.columns, pd.MultiIndex):
        raise SurveykitError(
            "the frame has several levels of column names",
            hint="flatten them: frame.columns = ['_'.join(map(str, c)) for c in frame.columns]",
            code="MULTIINDEX",
        )
    if isinstance(frame.index, pd.MultiIndex):
        raise SurveykitError(
            "the frame has several levels of rows", hint="frame.reset_index()", code="MULTIINDEX"
        )
    plain = frame.reset_index(drop=True)
    plain.columns = [str(c) for c in frame.columns]
    check_names(list(plain.columns), "", "", problems)
    problems.raise_if_any()
    for name in plain.columns:
        if plain[name].dtype == object:
            plain[name] = _plain_objects(plain[name])
    return plain


def _plain_objects(column: Any) -> Any:
    """An object column as float64 where every value is a number, else as text."""
    from decimal import Decimal

    values = [None if v is None or v is not v or _is_na(v) else v for v in column]
    if all(v is None or isinstance(v, int | float | Decimal) for v in values):
        import pandas as pd

        return pd.Series([float("nan") if v is None else float(v) for v in values], dtype="float64")
    import pandas as pd

    return pd.Series([v if v is None or isinstance(v, str) else str(v) for v in values], dtype="str")


def _is_na(value: Any) -> bool:
    import pandas as pd

    return value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)
