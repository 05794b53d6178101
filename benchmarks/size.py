"""Run by hand (`python benchmarks/size.py [million rows …]`, else 1, 10 and 100): scores and moments of Parquet files.

Weighted NPS, CSAT and five construct means by five groups, then the weighted 24 x 24 covariance, with one answer
in fifty missing. Beside surveykit stands code written for this one file: one polars query for the scores, and
Arrow batches into a BLAS product for the covariance. Each side runs in a process of its own, import included,
in turns; the median of the ratios is the number to read. surveykit's time holds the reading and checking
of every column. In the end a line through all sizes: seconds = fixed + slope x million rows, and how far off it is.
The file of 100 million rows takes 2 GB of disk until the run ends; its rows repeat every ten millions.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import json  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Iterator, Mapping, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

MILLION = 1_000_000
ROUNDS = ((2, 5), (20, 2))
"""Up to so many million rows, so many rounds; beyond, one round takes minutes."""
PERIOD = 10 * MILLION
ITEMS = [f"q{i}" for i in range(1, 25)]
CONSTRUCTS = {f"c{k + 1}": ITEMS[2 + 3 * k : 5 + 3 * k] for k in range(5)}
GROUPS = ["A", "B", "C", "D", "E"]


def write_answers(path: Path, rows: int) -> None:
    """Simulated answers: one factor, 24 items of int8, a segment, a weight; 2 % missing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: Any = None
    made: list[pa.Table] = []
    for table in simulated(min(rows, PERIOD)):
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        made += [table] if rows > PERIOD else []
    for start in range(PERIOD, rows, MILLION // 4):
        n = min(MILLION // 4, rows - start)
        writer.write_table(made[start // (MILLION // 4) % len(made)].slice(0, n))
    if writer is not None:
        writer.close()


def simulated(rows: int) -> Iterator[Any]:
    """The answers in tables of a quarter of a million rows."""
    import numpy as np
    import pyarrow as pa

    rng = np.random.Generator(np.random.Philox(key=7))
    for start in range(0, rows, MILLION // 4):
        n = min(MILLION // 4, rows - start)
        common = rng.standard_normal((n, 1))
        x = np.clip(np.rint(7 + 1.5 * (0.7 * common + 0.7 * rng.standard_normal((n, 24)))), 1, 10)
        columns = {
            name: pa.array(x[:, j].astype(np.int8), mask=rng.random(n) < 0.02) for j, name in enumerate(ITEMS)
        }
        columns["seg"] = pa.array(np.array(GROUPS)[rng.integers(0, 5, n)])
        columns["weight"] = pa.array(rng.gamma(4, 0.25, n) + 0.05)
        yield pa.table(columns)


def questionnaire() -> str:
    """The definition of the simulated answers."""
    item = "  {0}: {{text: {{en: {0}, zh: {0}}}, scale: {1}}}"
    parts = ['id: size\nversion: "1"\ntitle: {en: Size, zh: 规模}\nweight: weight\ngroups: [seg]\nscales:']
    parts += ["  ten: {min: 1, max: 10}", "  nps: {min: 0, max: 10}", "items:"]
    parts += [item.format(name, "nps" if name == "q1" else "ten") for name in ITEMS]
    options = ", ".join(f"{g}: {{en: {g}, zh: {g}}}" for g in GROUPS)
    parts += [
        f"  seg: {{text: {{en: Segment, zh: 细分}}, type: single, options: {{{options}}}}}",
        "constructs:",
    ]
    parts += [
        f"  {c}: {{title: {{en: {c}, zh: {c}}}, items: [{', '.join(i)}]}}" for c, i in CONSTRUCTS.items()
    ]
    parts += ["metrics:", "  nps: {metric: nps, item: q1}", "  csat: {metric: csat, item: q2, top: 3}"]
    return "\n".join([*parts, "  means: {metric: mean}\n"])


def ours(path: Path) -> dict[str, Any]:
    """The job with surveykit."""
    import surveykit as sk

    data = sk.read(path, sk.Questionnaire.from_text(questionnaire()))
    records = sk.score(data, by="seg").estimates.records()
    scores = {(r["term"], r["group"]): r["estimate"] for r in records}
    cov = data.moments(ITEMS).cov
    return {
        "nps": [float(scores["nps", g]) for g in GROUPS],
        "csat": [float(scores["csat", g]) for g in GROUPS],
        **{c: [float(scores[f"means.{c}", g]) for g in GROUPS] for c in CONSTRUCTS},
        "cov": [float(cov[0, 0]), float(cov[3, 7]), float(cov[23, 23])],
    }


def by_hand(path: Path) -> dict[str, Any]:
    """The job as one would write it for this file: what the standard errors need is computed too."""
    import polars as pl

    w = pl.col("weight")
    chosen: list[Any] = [pl.col("q1"), pl.col("q2"), "seg", "weight"]
    for name, items in CONSTRUCTS.items():
        valid = pl.sum_horizontal([pl.col(i).is_not_null().cast(pl.UInt8) for i in items])
        total = pl.sum_horizontal([pl.col(i).cast(pl.Int16) for i in items])
        chosen.append(pl.when(valid >= 2).then(total / valid).alias(name))
    sums: list[Any] = []
    for name in ("q1", "q2", *CONSTRUCTS):
        there = pl.when(pl.col(name).is_not_null()).then(w)
        sums += [pl.col(name).count().alias(f"{name}_n"), there.sum().alias(f"{name}_w")]
        sums += [(there * there).sum().alias(f"{name}_w2"), (there * pl.col(name)).sum().alias(f"{name}_wx")]
        sums += [(there * pl.col(name) * pl.col(name)).sum().alias(f"{name}_wx2")]
    sums += [pl.when(pl.col("q1") >= 9).then(w).sum().alias("promoters")]
    sums += [pl.when(pl.col("q1") <= 6).then(w).sum().alias("detractors")]
    sums += [pl.when(pl.col("q2") >= 8).then(w).sum().alias("top")]
    query = pl.scan_parquet(path).select(chosen).group_by("seg").agg(sums).sort("seg")
    found = query.collect(engine="streaming")
    return {
        "nps": (100 * (found["promoters"] - found["detractors"]) / found["q1_w"]).to_list(),
        "csat": (found["top"] / found["q2_w"]).to_list(),
        **{c: (found[f"{c}_wx"] / found[f"{c}_w"]).to_list() for c in CONSTRUCTS},
        "cov": _covariance_by_hand(path),
    }


def _covariance_by_hand(path: Path) -> list[float]:
    import numpy as np
    import pyarrow.parquet as pq

    n, sumw, first, second = 0, 0.0, np.zeros(24), np.zeros((24, 24))
    for batch in pq.ParquetFile(path).iter_batches(65_536, columns=[*ITEMS, "weight"]):
        x = np.empty((24, len(batch)))
        complete = np.ones(len(batch), dtype=bool)
        for j, name in enumerate(ITEMS):
            column = batch.column(name)
            complete &= column.is_valid().to_numpy(zero_copy_only=False)
            x[j] = column.fill_null(7).to_numpy(zero_copy_only=False)
        x -= 7.0
        w = batch.column("weight").to_numpy() * complete
        weighted = x * w
        n, sumw = n + int(complete.sum()), sumw + w.sum()
        first += weighted.sum(axis=1)
        second += weighted @ x.T
    cov = (second - np.outer(first, first) / sumw) * (n / sumw) / (n - 1)
    return [float(cov[0, 0]), float(cov[3, 7]), float(cov[23, 23])]


def measured(side: str, path: Path) -> dict[str, Any]:
    """One side in a process of its own: numbers, seconds from start to end, peak memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, side, str(path)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def child(side: str, path: Path) -> None:
    """Do the job and say what it took: seconds by the clock, of the processor in all threads, and MB at most."""
    import time

    begun = time.perf_counter()
    numbers = {"ours": ours, "by_hand": by_hand}[side](path)
    seconds = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text()  # ru_maxrss would begin at what the parent held
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1.024e-3
    print(json.dumps({"numbers": numbers, "seconds": seconds, "cpu": time.process_time(), "peak": peak}))


Rounds = Sequence[Mapping[str, dict[str, Any]]]


def rounds_of(millions: float, folder: Path) -> Rounds:
    """Both sides in turns on one file; differing numbers are an error."""
    path = folder / "answers.parquet"
    write_answers(path, int(millions * MILLION))
    times = next((n for most, n in ROUNDS if millions <= most), 1)
    rounds = [{side: measured(side, path) for side in ("by_hand", "ours")} for _ in range(times)]
    path.unlink()
    for key, values in rounds[0]["by_hand"]["numbers"].items():
        for a, b in zip(values, rounds[0]["ours"]["numbers"][key], strict=True):
            if abs(a - b) > 1e-9 * max(1.0, abs(a)):
                raise SystemExit(f"{key}: by hand {a}, surveykit {b}")
    return rounds


def line_of(sizes: Sequence[float], seconds: Sequence[float]) -> str:
    """The line with the smallest relative errors through the times, and the largest of them."""
    import numpy as np

    x, y = np.array(sizes), np.array(seconds)
    (fixed, slope), *_ = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]) / y[:, None], np.ones(len(x)))
    off = float(np.max(np.abs((fixed + slope * x) / y - 1)))
    return f"{fixed:.2f} s + {slope:.3f} s per million rows, off by at most {100 * off:.0f} %"


def main(sizes: Sequence[float]) -> None:
    """Print one line per size, then the lines through them."""
    sides = {"by_hand": "by hand", "ours": "surveykit"}
    found: dict[str, list[float]] = {side: [] for side in sides}
    for millions in sizes:
        with tempfile.TemporaryDirectory() as folder:
            rounds = rounds_of(millions, Path(folder))
        line = [f"{millions:6g} million rows"]
        for side, words in sides.items():
            clock, cpu = (statistics.median(r[side][what] for r in rounds) for what in ("seconds", "cpu"))
            found[side].append(cpu)
            peak = max(r[side]["peak"] for r in rounds)
            line.append(f"{words} {clock:6.2f} s, processor {cpu:6.2f} s, {peak:5.0f} MB")
        for what, words in (("seconds", "clock"), ("cpu", "processor")):
            ratio = statistics.median(r["ours"][what] / r["by_hand"][what] for r in rounds)
            line.append(f"ratio {words} {ratio:4.2f}")
        print("   ".join(line), flush=True)
    if len(sizes) > 1:
        for side, words in sides.items():
            print(f"{words}, processor: {line_of(sizes, found[side])}")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in {"ours", "by_hand"}:
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        main([float(v) for v in sys.argv[1:]] or [1, 10, 100])
