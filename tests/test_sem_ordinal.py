"""Ordered items: polychoric correlations, their covariance, WLSMV and its kin, against lavaan and against theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.sem import Fit, polychoric
from surveykit.sem.wls.normal import bivariate_cdf, bivariate_density
from surveykit.sem.wls.pairs import PairTables, polychoric_of
from surveykit.sem.wls.statistics import Layout, OrdinalStatistics, statistics_of
from surveykit.sem.wls.structure import structures_of
from tests.sem_data import HS

ITEMS = [f"x{i}" for i in range(1, 10)]
NAMES = {"p_value": "pvalue", "rmsea_low": "rmsea_ci_lower", "rmsea_high": "rmsea_ci_upper"}


def ordered_holzinger() -> Any:
    """Holzinger & Swineford's items cut at their mean and one standard deviation around it: four categories."""
    from semopy.examples import holzinger39

    frame = holzinger39.get_data()[[*ITEMS, "school", "sex"]].copy()
    for name in ITEMS:
        x = frame[name].to_numpy(float)
        m, s = x.mean(), x.std(ddof=1)
        frame[name] = np.digitize(x, [m - s, m, m + s]) + 1
    return frame


def of_codes(codes: Any) -> OrdinalStatistics:
    names = tuple(f"x{i + 1}" for i in range(codes.shape[1]))
    categories = tuple(int(c.max()) + 1 for c in codes.T)
    return statistics_of(np.zeros((len(codes), 0)), codes, Layout(names, categories))


def row(fit: Fit, name: str, column: str, group: str = "") -> float:
    tidy = fit.tidy()
    names = tidy["lhs"] + tidy["op"] + tidy["rhs"]
    return float(tidy.loc[(names == name) & (tidy["group"] == group), column].iloc[0])


# --- the bivariate normal distribution ------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(-0.9999, 0.9999))
def test_bivariate_cdf_equals_the_integral_of_the_conditional(h: float, k: float, rho: float) -> None:
    from scipy.special import ndtr

    nodes, weights = np.polynomial.legendre.leggauss(40)
    kink, width = (k / rho if rho else 0.0), np.sqrt(1 - rho**2) / max(abs(rho), 1e-3)
    cuts = np.unique(np.clip([-9, h, *np.arange(-9, h, 0.5), *(kink + width * np.arange(-10, 11))], -9, h))
    low, half = cuts[:-1, None], np.diff(cuts)[:, None] / 2
    x = low + half * (nodes + 1)
    inner = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * ndtr((k - rho * x) / np.sqrt(1 - rho**2))
    assert bivariate_cdf(h, k, rho) == pytest.approx(float((half * inner * weights).sum()), abs=2e-14)


def test_bivariate_cdf_at_the_edges() -> None:
    assert bivariate_cdf(0, 0, [-0.5, 0, 0.5, 0.95]) == pytest.approx(
        0.25 + np.arcsin([-0.5, 0, 0.5, 0.95]) / (2 * np.pi), abs=1e-15
    )
    assert bivariate_cdf([np.inf, -np.inf, 0.0], [0.0, 0.0, np.inf], 0.7).tolist() == [0.5, 0.0, 0.5]
    step = 1e-6
    slope = (bivariate_cdf(0.4, -1.1, 0.6 + step) - bivariate_cdf(0.4, -1.1, 0.6 - step)) / (2 * step)
    assert slope == pytest.approx(float(bivariate_density(0.4, -1.1, 0.6)), abs=1e-9)  # Plackett's identity


# --- correlations and their covariance ------------------------------------------------------------


@pytest.mark.parametrize("rho", [-0.97, -0.5, 0.0, 0.3, 0.8, 0.99])
def test_polychoric_is_recovered_from_exact_cells(rho: float) -> None:
    first, second = (
        np.array([-np.inf, -1.0, 0.2, 1.1, np.inf]),
        np.array([-np.inf, -0.3, 0.9, np.inf, np.inf]),
    )
    grid = bivariate_cdf(first[:, None], second[None, :], rho)
    cells = np.diff(np.diff(grid, axis=0), axis=1)
    tables = PairTables(cells[None], first[None], second[None])
    assert polychoric_of(tables, np.array([0.0]))[0] == pytest.approx(rho, abs=1e-9)


def test_polychorics_of_holzinger_and_swineford_as_lavaan_has_them() -> None:
    found = of_codes(ordered_holzinger()[ITEMS].to_numpy(int) - 1)
    # lavaan 0.6-14 and 0.6-21
    wanted = [0.293773886, 0.509606581, 0.347303030]
    assert found.cov[[0, 0, 1], [1, 2, 2]] == pytest.approx(wanted, abs=2e-8)
    assert found.values[:3] == pytest.approx([-1.05296113700117, -0.0708443997498815, 0.969640107788005])


def test_covariance_of_a_threshold_is_the_binomial_one() -> None:
    codes = np.random.default_rng(2).integers(0, 2, (400, 2)) | np.array([[0, 0]])
    found = of_codes(codes)
    share, height = (codes == 0).mean(axis=0), np.exp(-(found.values[:2] ** 2) / 2) / np.sqrt(2 * np.pi)
    assert np.diagonal(found.gamma)[:2] == pytest.approx(share * (1 - share) / height**2, rel=1e-12)


def test_covariance_of_the_correlations_is_that_of_repeated_samples() -> None:
    rng, n = np.random.default_rng(11), 300
    mixing = np.linalg.cholesky(np.array([[1, 0.6, 0.3], [0.6, 1, 0.5], [0.3, 0.5, 1]]))
    samples = [
        of_codes(np.digitize(rng.normal(size=(n, 3)) @ mixing.T, [-0.8, 0.1, 0.9])) for _ in range(200)
    ]
    simulated = np.cov(np.array([s.values for s in samples]).T) * n
    average = np.mean([s.gamma for s in samples], axis=0)
    assert np.diagonal(average) == pytest.approx(np.diagonal(simulated), rel=0.3)  # 200 samples: 10 % each
    scale = np.sqrt(np.outer(np.diagonal(average), np.diagonal(average)))
    assert np.abs(simulated - average).max() < 0.3 * scale.max()


def test_oracle_correlations(reference: Any, shared_data: Any) -> None:
    stored = reference("polychoric")["results"]
    frame = pd.read_csv(shared_data("HS1939_ordered4.csv"))
    found = of_codes(frame[ITEMS].to_numpy(int) - 1).cov
    assert found == pytest.approx(np.array(stored["lavaan_HS"]["rho"]["values"]), abs=1e-7)
    bfi = stored["lavaan_bfi_A_listwise"]["rho"]
    answers = pd.read_csv(shared_data("bfi.csv"))[bfi["rownames"]].dropna()
    codes = answers.to_numpy(int) - 1
    assert of_codes(codes).cov == pytest.approx(np.array(bfi["values"]), abs=1e-6)
    four = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [40, 20, 15, 25], axis=0)
    found = of_codes(four).cov
    assert found[0, 1] == pytest.approx(stored["tetrachoric_40_20_15_25"]["rho"], abs=1e-4)


# --- fits -----------------------------------------------------------------------------------------

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "hs_ordered_wlsmv": ("HS1939_ordered4.csv", {"ordered": True}),
    "hs_ordered_wlsmv_theta": ("HS1939_ordered4.csv", {"ordered": True, "parameterization": "theta"}),
    "hs_ordered_dwls_plain": ("HS1939_ordered4.csv", {"ordered": True, "method": "dwls"}),
    "hs_ordered_wls": ("HS1939_ordered4.csv", {"ordered": True, "method": "wls"}),
    "hs_mg_ordered_configural_wlsmv": ("HS1939_ordered4.csv", {"ordered": True, "group": "school"}),
    "hs_cfa_dwls_cont": ("HolzingerSwineford1939.csv", {"method": "dwls"}),
    "hs_cfa_wls_adf": ("HolzingerSwineford1939.csv", {"method": "wls"}),
    "mobi_ecsi_dwls_cont": ("mobi.csv", {"method": "dwls"}),
}
DIFFERENT = ("cfi_robust", "tli_robust", "nnfi_robust", "rni_robust")
"""In several groups: see test_robust_cfi_of_groups."""


@pytest.mark.parametrize("name", CASES)
def test_against_lavaan(reference: Any, shared_data: Any, name: str) -> None:
    stored, (file, options) = reference(name), CASES[name]
    fit = sk.fit(stored["model"], pd.read_csv(shared_data(file)), **options)
    assert isinstance(fit, Fit)
    several = "group" in options
    mine = {(r["lhs"], r["op"], r["rhs"], r["group"]): r for r in fit.tidy().to_dict("records")}
    rows = [r for r in stored["parameters"] if r["op"] != "r2"]
    assert len(rows) == len(mine)
    for r in rows:
        label = stored["group_label"][r["group"] - 1] if several else ""
        own = mine[r["lhs"], r["op"], r["rhs"], label]
        assert own["estimate"] == pytest.approx(r["est"], rel=1e-6, abs=1e-7), r
        assert own["se"] == pytest.approx(r["se"] or 0.0, rel=2e-6, abs=1e-12), r
        if r["std.all"] is not None:
            assert own["std"] == pytest.approx(r["std.all"], rel=1e-6, abs=1e-6), r
    compared = 0
    for key, value in stored["fit_measures"].items():
        name = {v: k for k, v in NAMES.items()}.get(key.replace(".", "_"), key.replace(".", "_"))
        if value is None or (several and name in DIFFERENT):
            continue
        compared += 1
        assert fit.measures[name] == pytest.approx(value, rel=1e-6, abs=1e-8), name
    assert compared >= 36


def test_robust_cfi_of_groups(reference: Any, shared_data: Any) -> None:
    """lavaan weights the groups' part of the baseline's correction with N / n_g, so that it counts twice."""
    frame = pd.read_csv(shared_data("HS1939_ordered4.csv"))
    stored = reference("hs_mg_ordered_configural_wlsmv")
    fit = sk.fit(stored["model"], frame, ordered=True, group="school")
    assert isinstance(fit, Fit)
    part = [of_codes(frame.loc[frame["school"] == s.label, ITEMS].to_numpy(int) - 1) for s in fit.samples]
    chisq = sum(-s.n * np.linalg.slogdet(s.cov)[1] for s in part)
    traces = np.array([np.diagonal(s.gamma)[27:].sum() for s in part])
    share = np.array([s.n / 301 for s in part])
    excess = (1 - fit.measures["cfi_robust"]) * (chisq - traces.sum())
    lavaan = 1 - excess / (chisq - (traces / share).sum())
    assert lavaan == pytest.approx(stored["fit_measures"]["cfi.robust"], rel=1e-7)


def test_without_the_stored_outputs() -> None:
    fit = sk.fit(HS, ordered_holzinger(), ordered=True)
    assert isinstance(fit, Fit)
    # lavaan 0.6-21
    assert row(fit, "visual=~x2", "estimate") == pytest.approx(0.540974330646155, rel=1e-6)
    assert row(fit, "visual=~x2", "se") == pytest.approx(0.090634543436237, rel=1e-6)
    assert row(fit, "speed=~x9", "std") == pytest.approx(0.796817993364867, rel=1e-6)
    wanted = {
        "chisq": 44.0565618713536,
        "chisq_scaled": 65.3350384289998,
        "cfi_scaled": 0.969234822793755,
        "cfi_robust": 0.940318203215445,
        "rmsea_robust": 0.0888003863398054,
        "srmr": 0.0595116199013867,
        "wrmr": 0.836247873476819,
    }
    assert {k: fit.measures[k] for k in wanted} == pytest.approx(wanted, rel=1e-6)
    assert np.isnan(fit.measures["p_value"])
    assert fit.method == "wlsmv"
    assert "method wlsmv" in fit.notes()[0]
    assert not fit.refused
    assert fit.tables()["htmt"].rows
    assert len(fit.tables()["r2"].rows) == 9


def test_equal_thresholds_in_groups() -> None:
    frame = ordered_holzinger()
    equal = ("thresholds", "loadings", "intercepts")
    # lavaan 0.6-14; its optimiser stops at 1e-5
    wanted = {
        "npar": 57,
        "df": 69,
        "chisq": 114.76690935,
        "chisq_scaled": 155.625583,
        "cfi_scaled": 0.932102099,
    }
    for form in ("delta", "theta"):
        fit = sk.fit(HS, frame, ordered=True, group="school", group_equal=equal, parameterization=form)
        assert isinstance(fit, Fit)
        assert {k: fit.measures[k] for k in wanted} == pytest.approx(wanted, rel=1e-7)
    free = sk.fit(HS, frame, ordered=True, group="school", group_equal=("thresholds", "loadings"))
    assert isinstance(free, Fit)
    assert (free.measures["npar"], free.measures["df"]) == (63, 63)  # lavaan since 0.6-17


MEDIATION = HS + "x9 ~ x1\n"


def test_parameterisations_agree_where_an_ordered_item_predicts() -> None:
    frame = ordered_holzinger()
    delta, theta = (sk.fit(MEDIATION, frame, ordered=True, parameterization=f) for f in ("delta", "theta"))
    assert isinstance(delta, Fit)
    assert isinstance(theta, Fit)
    for name in ("chisq", "chisq_scaled", "srmr", "cfi_robust"):
        assert delta.measures[name] == pytest.approx(theta.measures[name], rel=1e-7)
    assert delta.std.values == pytest.approx(theta.std.values, abs=1e-6)
    free = delta.std.se > 1e-9
    assert delta.std.se[free] == pytest.approx(theta.std.se[free], rel=1e-5)


@pytest.mark.parametrize("form", ["delta", "theta"])
def test_jacobian_equals_differences(form: str) -> None:
    layout = Layout(tuple(ITEMS), (4,) * 8 + (0,))
    ordered = dict.fromkeys(ITEMS[:8], 4)
    table = Model.parse(MEDIATION).table(
        ordered=ordered, parameterization=form, groups=("a", "b"), group_equal=("thresholds",)
    )
    structure = structures_of(table, [layout, layout], form == "theta")[1]
    theta = np.linspace(0.4, 0.9, table.k)
    point = structure.at(theta)
    assert point is not None
    numeric = np.empty_like(point.jacobian)
    for i, step in enumerate(np.eye(table.k) * 1e-6):
        up, down = structure.at(theta + step), structure.at(theta - step)
        assert up is not None
        assert down is not None
        numeric[:, i] = (up.values - down.values) / 2e-6
    assert point.jacobian == pytest.approx(numeric, abs=1e-7)


def test_population_is_recovered_from_many_answers() -> None:
    population = "f =~ 0.8*x1 + 0.7*x2 + 0.6*x3\ng =~ 0.7*x4 + 0.8*x5 + 0.5*x6\ng ~ 0.5*f"
    frame = sk.simulate(Model.parse(population), n=20000, seed=4)
    cut = frame.apply(lambda x: np.digitize(x, [-1.2, -0.3, 0.4, 1.5]))
    fit = sk.fit("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\ng ~ f", cut, ordered=True, method="ulsmv")
    assert isinstance(fit, Fit)
    wanted = {"f=~x1": 0.8, "f=~x2": 0.7, "f=~x3": 0.6, "g=~x5": 0.8, "g~f": 0.5}
    for name, value in wanted.items():
        assert row(fit, name, "std") == pytest.approx(value, abs=0.02)
    assert fit.measures["pvalue_scaled"] > 0.001


def test_mixed_with_continuous_items(shared_data: Any) -> None:
    frame = pd.read_csv(shared_data("HS1939_ordered4.csv"))
    frame[["x1", "x5"]] = pd.read_csv(shared_data("HolzingerSwineford1939.csv"))[["x1", "x5"]]
    ordered = [x for x in ITEMS if x not in ("x1", "x5")]
    # lavaan 0.6-14; its polyserial correlations are good to 1e-7
    wanted = {
        "wlsmv": {"npar": 37, "chisq": 44.68419899, "chisq_scaled": 69.71014582, "srmr": 0.05884312107,
                  "rmr": 0.05192639118, "crmr": 0.05228348505, "gfi": 0.9962257234},
        "ulsmv": {"npar": 37, "chisq": 51.0654554, "chisq_scaled": 61.62438693, "srmr": 0.05863302437,
                  "rmr": 0.05078447995, "crmr": 0.05209680927, "gfi": 0.99748503766},
    }  # fmt: skip
    for method, values in wanted.items():
        fit = sk.fit(HS, frame, ordered=ordered, method=method)
        assert isinstance(fit, Fit)
        assert {k: fit.measures[k] for k in values} == pytest.approx(values, rel=5e-7)
        x5 = {"wlsmv": (1.310074807, 0.1015795878), "ulsmv": (1.270593032, 0.1029720736)}[method]
        assert (row(fit, "textual=~x5", "estimate"), row(fit, "textual=~x5", "se")) == pytest.approx(
            x5, rel=1e-6
        )
        assert (row(fit, "x1~1", "estimate"), row(fit, "x1~1", "se")) == pytest.approx(
            (4.935769656, 0.0682536582), rel=1e-8
        )


# --- what is asked before and said beside ---------------------------------------------------------


def test_thresholds_in_the_text_make_an_item_ordered() -> None:
    frame = ordered_holzinger()
    fit = sk.fit("f =~ x1 + x2 + x3 + x4\nx1 | a*t1 + t2\nx2 | a*t1", frame)
    assert isinstance(fit, Fit)
    assert fit.method == "wlsmv"
    assert row(fit, "x1|t1", "estimate") == row(fit, "x2|t1", "estimate")
    assert [n for n in ITEMS if any(r.op == "|" and r.lhs == n for r in fit.table)] == ["x1", "x2"]


def test_a_category_that_nobody_chose_is_left_out_and_said() -> None:
    frame = ordered_holzinger()
    frame["x1"] = frame["x1"].replace({4: 5})
    fit = sk.fit(HS, frame, ordered=True)
    assert isinstance(fit, Fit)
    assert any("nobody chose" in note and "x1 (4)" in note for note in fit.notes())
    assert fit.measures["chisq"] == pytest.approx(44.0565618713536, rel=1e-6)


def test_incomplete_rows_are_set_aside_and_counted() -> None:
    frame = ordered_holzinger().astype(dict.fromkeys(ITEMS, float))
    frame.iloc[:10, 2] = np.nan
    fit = sk.fit(HS, frame, ordered=True)
    assert isinstance(fit, Fit)
    assert (fit.n, fit.n_total) == (291, 301)
    assert "10 incomplete rows were set aside" in fit.notes()[0]


def _changed(**columns: Any) -> Any:
    frame = ordered_holzinger()
    for name, value in columns.items():
        frame[name] = value
    return frame


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (lambda: _changed(), {"ordered": True, "method": "ml"}, "takes items as continuous"),
        (lambda: _changed(), {"method": "wlsmv"}, "ordered=True"),
        (lambda: _changed(), {"ordered": ["x10"]}, "does not have"),
        (lambda: _changed(), {"ordered": True, "missing": "fiml"}, "missing='pairwise'"),
        (
            lambda: _changed(),
            {"ordered": True, "se": "robust_huber_white"},
            "does not go with method 'wlsmv'",
        ),
        (lambda: _changed(), {"ordered": True, "parameterization": "beta"}, "'delta' or 'theta'"),
        (lambda: _changed(x1=1), {"ordered": True}, "no variance"),
        (lambda: _changed(x1=np.arange(301)), {"ordered": True}, "too many for an ordered item"),
        (lambda: _changed(x2=ordered_holzinger()["x1"]), {"ordered": True}, "determine each other"),
        (lambda: ordered_holzinger().head(9), {"ordered": True}, "too few complete rows"),
        (lambda: ordered_holzinger().head(60), {"ordered": True, "method": "wls"}, "needs more answers"),
        (
            lambda: _changed(
                x1=ordered_holzinger()["x1"].where(ordered_holzinger()["school"] == "Pasteur", 1)
            ),
            {"ordered": True, "group": "school"},
            "1 × 145, 2 × 0",
        ),
    ],
)
def test_what_cannot_be_fitted_is_an_error(make: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        sk.fit(HS, make(), **options)
    assert message in str(caught.value)


def test_a_construct_of_one_ordered_item_is_not_identified() -> None:
    with pytest.raises(SurveykitError) as caught:
        sk.fit("f =~ x1 + x2 + x3\ng =~ x4\ng ~ f", ordered_holzinger(), ordered=True)
    assert caught.value.code == "SEM_NOT_IDENTIFIED"
    assert "g~~g" in str(caught.value)


@pytest.mark.filterwarnings("error")
def test_items_that_order_respondents_alike_are_an_error() -> None:
    steps = np.repeat(np.arange(8), 3)
    frame = {"x1": steps // 2, "x2": (steps + 1) // 3, "x3": np.arange(24) % 2}
    with pytest.raises(SurveykitError, match="determine each other"):
        polychoric(pd.DataFrame(frame), ["x1", "x2", "x3"])


def test_moments_are_refused() -> None:
    frame = ordered_holzinger()
    with pytest.raises(SurveykitError, match="answers themselves"):
        sk.fit(HS, sk.read(frame).moments(ITEMS), ordered=True)


def test_continuous_least_squares_do_not_depend_on_units() -> None:
    from tests.sem_data import rows_of_two_factors, sample

    text = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\ng ~ f"
    rows = rows_of_two_factors(400)
    for method in ("dwls", "wls"):
        plain, large = (
            sk.fit(text, sk.Moments.from_rows(rows * unit, sample(rows).names, order=4), method=method)
            for unit in (1.0, np.array([1e6, 1e-6, 1, 1e3, 1e-3, 1]))
        )
        assert isinstance(plain, Fit)
        assert isinstance(large, Fit)
        assert large.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-7)
        assert large.std.values == pytest.approx(plain.std.values, abs=1e-7)


def test_the_script_for_lavaan_reads_the_answers() -> None:
    script = sk.fit(HS, ordered_holzinger(), ordered=ITEMS, parameterization="theta").to_lavaan()
    assert 'ordered = c("x1", "x2"' in script
    assert 'estimator = "WLSMV", parameterization = "theta"' in script


@pytest.mark.nightly
def test_the_script_runs_in_lavaan(tmp_path: Any) -> None:
    import shutil
    import subprocess

    if shutil.which("Rscript") is None:
        pytest.skip("no R")
    frame = ordered_holzinger()
    fit = sk.fit(HS, frame, ordered=True)
    assert isinstance(fit, Fit)
    frame.to_csv(tmp_path / "answers.csv", index=False)
    script = fit.to_lavaan() + 'cat("chisq", fitMeasures(fit, "chisq.scaled"))\n'
    (tmp_path / "fit.R").write_text(script, encoding="utf-8")
    done = subprocess.run(["Rscript", "fit.R"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert float(done.stdout.rsplit("chisq", 1)[1]) == pytest.approx(fit.measures["chisq_scaled"], rel=1e-5)


# --- correlations without a model -----------------------------------------------------------------


def test_polychoric_from_answers_and_from_counts() -> None:
    frame = ordered_holzinger()
    found = polychoric(frame, ["x1", "x2", "x3"])
    assert found.tidy()["estimate"].tolist() == pytest.approx(
        [0.293773886, 0.509606581, 0.347303030], abs=2e-8
    )
    # polycor 0.8-1, two steps, from the curvature: .05985; ours is Muthén's sandwich
    assert found.tidy()["se"][0] == pytest.approx(0.05985, rel=0.06)
    table = sk.Counts.from_rows({name: frame[name].tolist() for name in ("x1", "x2", "x3")})
    again = polychoric(table)
    numbers = ["n", "estimate", "se", "low", "high"]
    assert again.tidy()[numbers].to_numpy() == pytest.approx(found.tidy()[numbers].to_numpy(), rel=1e-9)
    thresholds = found.tables()["thresholds"].frame()
    assert len(thresholds) == 9
    assert thresholds["estimate"][0] == pytest.approx(-1.05296113700117)
    fit = sk.fit(HS, frame, ordered=True)
    assert isinstance(fit, Fit)
    assert thresholds["se"][0] * np.sqrt(301 / 300) == pytest.approx(row(fit, "x1|t1", "se"), rel=1e-9)


def test_polyserial_and_pearson() -> None:
    from semopy.examples import holzinger39

    frame, raw = ordered_holzinger(), holzinger39.get_data()
    frame[["x1", "x5"]] = raw[["x1", "x5"]]
    found = polychoric(frame, ["x1", "x2", "x5"], continuous=["x1", "x5"]).tidy()
    assert found["kind"].tolist() == ["polyserial", "pearson", "polyserial"]
    assert found["estimate"][0] == pytest.approx(0.30845, abs=6e-4)  # polycor, with the n - 1 deviation
    pearson = float(raw[["x1", "x5"]].corr().iloc[0, 1])
    assert found["estimate"][1] == pytest.approx(pearson, abs=1e-12)
    assert found["se"][1] == pytest.approx((1 - pearson**2) / np.sqrt(301), rel=0.15)  # under normality


@pytest.mark.parametrize(
    ("items", "continuous", "message"),
    [
        (["x1"], [], "two different items"),
        (["x1", "x1"], [], "two different items"),
        (["x1", "x2"], ["x3"], "not among the items"),
        (["x1", "x2"], ["x1", "x2"], "one of them ordered"),
        (["x1", "x22"], [], "x22"),
    ],
)
def test_correlations_that_cannot_be(items: list[str], continuous: list[str], message: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        polychoric(ordered_holzinger(), items, continuous=continuous)
    assert message in str(caught.value)


def test_a_residual_variance_under_delta_has_a_standardised_error() -> None:
    fit = sk.fit(HS, ordered_holzinger(), ordered=True)
    assert isinstance(fit, Fit)
    found = fit.standardised()
    own = found[(found["op"] == "~~") & (found["lhs"] == found["rhs"])].set_index("lhs")["se"]
    # lavaan 0.6-21; under delta the variance follows from the loading and has no standard error of its own
    assert own["x1"] == pytest.approx(0.100168162984567, rel=1e-6)
    assert own["visual"] == 0


def test_reliability_says_of_what() -> None:
    from surveykit.sem import reliability

    fit = sk.fit(HS, ordered_holzinger(), ordered=True)
    assert isinstance(fit, Fit)
    assert any("ordinal omega" in note for note in reliability(fit).notes())
