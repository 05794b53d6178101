"""``to_lavaan()``: the script names what decides the numbers, and R with lavaan finds them from it."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from tests.sem_data import HS

ITEMS = [f"x{i}" for i in range(1, 10)]
GROUPS: dict[str, Any] = {
    "group": "school", "group_equal": ("loadings", "intercepts"), "group_partial": ("x3~1",),
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "moments": {}, "mlr": {"method": "mlr"}, "groups": GROUPS, "ordered": {"ordered": True},
    "fiml": {"method": "fiml"},
}  # fmt: skip
MORE: dict[str, dict[str, Any]] = {
    "mlm": {"method": "mlm"}, "mlmv": {"method": "mlmv"}, "mlmvs": {"method": "mlmvs"}, "gls": {"method": "gls"},
    "wls": {"method": "wls"}, "wishart": {"likelihood": "wishart", "std_lv": True},
    "observed": {"information": "observed", "orthogonal": True}, "effect_coding": {"effect_coding": True},
    "groups_mlr": {**GROUPS, "method": "mlr"},
    "strict": {"group": "school", "group_equal": ("loadings", "intercepts", "residuals", "lv_variances")},
    "theta": {"ordered": True, "parameterization": "theta"}, "mixed": {"ordered": ["x1", "x2", "x3"]},
    "ulsmv": {"ordered": True, "method": "ulsmv", "std_lv": True},
    "ordered_groups": {"ordered": True, "group": "school", "group_equal": ("thresholds", "loadings", "intercepts")},
    "weights": {"sampling_weights": "w"}, "clusters": {"cluster": "c"},
    "weights_clusters": {"sampling_weights": "w", "cluster": "c"},
    "weights_groups": {"sampling_weights": "w", "group": "school", "group_equal": ("loadings",)},
    "fiml_mlr": {"method": "mlr", "missing": "fiml"}, "fiml_expected": {"method": "fiml", "information": "expected"},
    "fiml_groups": {"method": "fiml", "group": "school", "group_equal": ("loadings", "intercepts")},
    "two_stage": {"missing": "two_stage"},
}  # fmt: skip


@cache
def answers(kind: str) -> pd.DataFrame:
    """Holzinger and Swineford's pupils with weights and clusters; with holes, or in four categories."""
    from semopy.examples import holzinger39

    rng = np.random.Generator(np.random.Philox(key=39))
    frame = holzinger39.get_data()[["school", *ITEMS]].reset_index(drop=True)
    frame["w"] = rng.uniform(0.5, 2, len(frame)).round(3)
    frame["c"] = rng.integers(1, 41, len(frame))
    if kind == "incomplete":
        holes = rng.random((len(frame), 9)) < 0.1
        frame[ITEMS] = frame[ITEMS].mask(holes)
    if kind == "ordered":
        cuts = frame[ITEMS].quantile([0.2, 0.5, 0.8]).to_numpy()
        frame[ITEMS] = np.array(
            [np.searchsorted(cuts[:, i], frame[v]) + 1 for i, v in enumerate(ITEMS)], dtype=float
        ).T
    return frame


def kind_of(options: dict[str, Any]) -> str:
    incomplete = options.get("method") == "fiml" or options.get("missing")
    return "incomplete" if incomplete else "ordered" if options.get("ordered") else "complete"


def fitted(options: dict[str, Any]) -> Any:
    return sk.fit(HS, answers(kind_of(options)), **options)


def run(cases: dict[str, dict[str, Any]], folder: Any) -> dict[str, tuple[Any, pd.DataFrame, float]]:
    """Every case in one R process: our fit, lavaan's parameters, its test statistic."""
    for kind in ("complete", "incomplete", "ordered"):
        answers(kind).to_csv(folder / f"{kind}.csv", index=False)
    lines, fits = ["suppressMessages(library(lavaan))"], {}
    for name, options in cases.items():
        fits[name] = fitted(options)
        script = fits[name].to_lavaan().replace('"answers.csv"', f'"{kind_of(options)}.csv"')
        kept = [
            x for x in script.splitlines() if not x.startswith(("library(", "summary(", "standardizedSol"))
        ]
        scaled = "chisq_scaled" in fits[name].measures
        lines += [
            "local({",
            *kept,
            f'write.csv(parameterEstimates(fit), "{name}_out.csv", row.names = FALSE)',
        ]
        lines += [
            f'write(sprintf("%.10f", fitMeasures(fit, "chisq{".scaled" * scaled}")), "{name}_chisq.txt")',
            "})",
        ]
    (folder / "all.R").write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(["Rscript", "all.R"], cwd=folder, capture_output=True, text=True, timeout=300)
    if "there is no package called" in done.stderr:
        pytest.skip("lavaan is not installed")
    assert done.returncode == 0, done.stderr
    return {
        name: (
            one,
            pd.read_csv(folder / f"{name}_out.csv", keep_default_na=False),
            float((folder / f"{name}_chisq.txt").read_text()),
        )
        for name, one in fits.items()
    }


def agrees(name: str, one: Any, theirs: Any, chisq: float) -> None:
    """Estimates, standard errors and the test statistic.

    lavaan stops where its gradients are 1e-5 or smaller: the fifth digit of a standard error, in
    units of which estimates are compared (0.05 where a residual variance follows from others), and the sixth of χ².
    """
    labels = [g.label for g in one.solution.groups]
    ours = {(r.lhs, r.op, "" if r.op == "~1" else r.rhs, r.group): r for r in one.tidy().itertuples()}
    seen = 0
    for r in theirs.itertuples():
        group = labels[int(r.group) - 1] if len(labels) > 1 else ""
        mine = ours.get((r.lhs, r.op, r.rhs, group)) or ours.get((r.rhs, r.op, r.lhs, group))
        assert mine is not None, (name, r)
        assert abs(mine.estimate - r.est) < 2e-4 * max(r.se, 0.05), (name, r, mine)
        assert abs(mine.se - r.se) < 1e-4 * max(r.se, 0.01), (name, r, mine)
        seen += 1
    assert seen >= len(theirs) > 20
    measures = one.measures
    assert chisq == pytest.approx(measures.get("chisq_scaled", measures["chisq"]), rel=1e-5)


needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")


@needs_r
def test_lavaan_finds_the_same_numbers(tmp_path):
    for name, found in run(CASES, tmp_path).items():
        agrees(name, *found)


@needs_r
@pytest.mark.nightly
def test_lavaan_finds_the_same_numbers_in_every_way(tmp_path):
    for name, found in run(MORE, tmp_path).items():
        agrees(name, *found)


def test_the_call_names_what_decides_the_numbers():
    def call(**options: Any) -> str:
        script: str = fitted(options).to_lavaan()
        return next(line for line in script.splitlines() if line.startswith("fit <-"))

    assert call() == (
        "fit <- sem(model, sample.cov = S1, sample.nobs = 301, meanstructure = FALSE, "
        'estimator = "ML", fixed.x = TRUE)'
    )
    assert call(method="mlr") == (
        'fit <- sem(model, data = data, meanstructure = FALSE, estimator = "MLR", fixed.x = TRUE)'
    )
    groups = call(**GROUPS, method="fiml")
    assert 'missing = "ml"' in groups
    # the first group is what the others' latent means are compared with
    assert 'group = "school", group.label = c("Grant-White", "Pasteur")' in groups
    assert 'group.equal = c("loadings", "intercepts"), group.partial = c("x3~1")' in groups
    assert 'estimator = "WLSMV", parameterization = "theta", ordered = TRUE' in call(
        ordered=True, parameterization="theta"
    )
    assert 'estimator = "MLR", sampling.weights = "w", cluster = "c"' in call(
        sampling_weights="w", cluster="c"
    ).replace('information = "expected", ', "")
    assert 'se = "bootstrap", bootstrap = 20, iseed = 3' in call(bootstrap=20, seed=3)


def test_answers_are_read_where_moments_do_not_suffice():
    script = fitted({"sampling_weights": "w", "group": "school"}).to_lavaan()
    assert 'data <- read.csv("answers.csv"' in script
    assert "Columns: x1, x2, x3, x4, x5, x6, x7, x8, x9, school, w" in script
    assert "read.csv" not in fitted({}).to_lavaan()
    assert 'read.csv("wave 2.csv"' in fitted({}).to_lavaan("wave 2.csv")
