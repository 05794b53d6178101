"""PLS path models against seminr, cSEM, plspm and SmartPLS, and against populations with known weights."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.model import Model, composite, reflective
from surveykit.moments import Moments
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.sem.pls import fit_pls
from surveykit.sem.pls.design import design_of
from surveykit.sem.pls.kernel import solve
from surveykit.sem.pls.measures import heterotrait, misfit

ECSI = """Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Complaints =~ CUSCO
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Expectation ~ Image
Quality ~ Expectation
Value ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value
Complaints ~ Satisfaction
Loyalty ~ Image + Satisfaction + Complaints"""

# The stopping rule asks for changes below 1e-10, the oracles for 1e-12: what is left is smaller than this.
CLOSE = 1e-9


@pytest.fixture(scope="module")
def mobi(shared_data):
    return read(shared_data("mobi.csv"))


def matrix(stored, rows, columns) -> np.ndarray:
    frame = pd.DataFrame(stored["values"], index=stored["rownames"], columns=stored["colnames"], dtype=float)
    return frame.loc[list(rows), list(columns)].to_numpy()


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("pls_mobi_modeA_path", {"scheme": "path"}),
        ("pls_mobi_modeA_factor", {"scheme": "factor"}),
        ("pls_mobi_modeB_path", {"scheme": "path", "mode": "B"}),
        ("plsc_mobi_path", {"method": "plsc"}),
    ],
)
def test_seminr(case, options, reference, mobi) -> None:
    stored = reference(case)
    text = ECSI.replace("=~", "<~") if options.pop("mode", "A") == "B" else ECSI
    fit = fit_pls(text, mobi, bootstrap=0, **options)
    d, s = fit.design, fit.solved
    found = {
        "outer_weights": s.w[0],
        "outer_loadings": s.loadings[0],
        "path_coef": s.b[0],
        "total_effects": s.total[0],
    }
    for name, value in found.items():
        rows = d.indicators if name.startswith("outer") else d.constructs
        np.testing.assert_allclose(value, matrix(stored[name], rows, d.constructs), atol=CLOSE, err_msg=name)
    r2 = fit.tables()["r2"].frame().set_index("lhs")
    quality = fit.tables()["quality"].frame().set_index("lhs")
    wanted = matrix(stored["reliability"], d.constructs, ["alpha", "rhoA", "rhoC", "AVE"])
    np.testing.assert_allclose(
        quality.loc[list(d.constructs), ["alpha_standardised", "rho_a", "rho_c", "ave"]], wanted, atol=CLOSE
    )
    for at, name in enumerate(stored["rsquared"]["colnames"]):
        assert r2.loc[name, "r2"] == pytest.approx(stored["rsquared"]["values"][0][at], abs=CLOSE)
        assert r2.loc[name, "r2_adjusted"] == pytest.approx(stored["rsquared"]["values"][1][at], abs=CLOSE)
    if case == "pls_mobi_modeA_path":
        for at, name in enumerate(stored["it_criteria"]["colnames"]):
            assert r2.loc[name, "aic"] == pytest.approx(stored["it_criteria"]["values"][0][at], abs=1e-6)
            assert r2.loc[name, "bic"] == pytest.approx(stored["it_criteria"]["values"][1][at], abs=1e-6)


def test_seminrs_htmt_vifs_and_effect_sizes(reference, mobi) -> None:
    stored = reference("pls_mobi_modeA_path")
    tables = fit_pls(ECSI, mobi, bootstrap=0).tables()
    htmt = pd.DataFrame(
        stored["htmt"]["values"], stored["htmt"]["rownames"], stored["htmt"]["colnames"], dtype=float
    )
    for row in tables["htmt"].records():
        assert row["htmt"] == pytest.approx(htmt.loc[row["rhs"], row["lhs"]], abs=CLOSE)
    for row in tables["inner_vif"].records():
        assert row["vif"] == pytest.approx(stored["antecedent_vifs"][row["lhs"]][row["rhs"]], abs=1e-8)
    vifs = {item: v for block in stored["item_vifs"].values() for item, v in block.items()}
    for row in tables["item_vif"].records():
        assert row["vif"] == pytest.approx(vifs[row["item"]], abs=1e-8)


@pytest.mark.parametrize(
    ("scheme", "wanted"),
    [
        ("centroid", {"Expectation~Image": 0.50470564, "Loyalty~Satisfaction": 0.48347472, "Loyalty~Complaints": 0.07123241}),
        ("factorial", {"Expectation~Image": 0.50494314, "Loyalty~Satisfaction": 0.48305917, "Loyalty~Complaints": 0.07031057}),
        ("path", {"Expectation~Image": 0.50491393, "Loyalty~Satisfaction": 0.48547762, "Loyalty~Complaints": 0.06692607}),
    ],
)  # fmt: skip
def test_smartpls_output_in_three_schemes(scheme, wanted, mobi) -> None:
    """SmartPLS 2.0.M3 prints eight decimals."""
    tidy = fit_pls(ECSI, mobi, scheme=scheme, bootstrap=0).tidy()
    found = {f"{r.lhs}~{r.rhs}": r.estimate for r in tidy[tidy.op == "~"].itertuples()}
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=1e-8)


def test_csem_overall_fit_and_the_reason_for_another_d_g(reference, mobi) -> None:
    """SRMR and d_L agree; cSEM 0.6.1 takes the decimal logarithm in d_G, Dijkstra & Henseler (2015) the natural one."""
    glance = fit_pls(ECSI, mobi, bootstrap=0).glance().iloc[0]
    assert glance["srmr"] == pytest.approx(0.1236, abs=5e-5)
    assert glance["d_uls"] == pytest.approx(4.583, abs=5e-4)
    assert glance["d_g"] / np.log(10) ** 2 == pytest.approx(0.6112, abs=5e-5)


def test_importance_and_performance_are_csems(shared_data) -> None:
    data = read(shared_data("mobi.csv"), Questionnaire.load("ecsi"))
    tables = fit_pls(ECSI, data, bootstrap=0).tables()
    performance = {r["term"]: r["estimate"] for r in tables["index"].records()}
    assert performance["Satisfaction"] == pytest.approx(72.454, abs=5e-4)
    wanted = {
        "Image": 73.53,
        "Expectation": 72.47,
        "Quality": 74.98,
        "Value": 62.35,
        "Complaints": 67.42,
        "Loyalty": 70.91,
    }
    for name, value in wanted.items():
        assert performance[name] == pytest.approx(value, abs=5e-3)
    to_loyalty = {r["from"]: r["importance"] for r in tables["importance"].records() if r["to"] == "Loyalty"}
    wanted = {
        "Image": 0.6432,
        "Expectation": 0.3413,
        "Quality": 0.5052,
        "Value": 0.1092,
        "Satisfaction": 0.7897,
        "Complaints": 0.0579,
    }
    for name, value in wanted.items():
        assert to_loyalty[name] == pytest.approx(value, abs=5e-5)


def test_seminrs_bootstrap_replicate_by_replicate(reference, shared_data) -> None:
    """The same row indices give the same replicates: only what 1e-7 of seminr's stopping rule leaves differs."""
    stored = reference("pls_mobi_boot500")
    with gzip.open(shared_data("mobi_boot_indices_500x250_1based.csv.gz")) as file:
        rows = pd.read_csv(file, header=None).to_numpy() - 1
    design = design_of(Model.parse(ECSI))
    values = pd.read_csv(shared_data("mobi.csv"))[list(design.indicators)].to_numpy(float)
    r = np.stack([np.corrcoef(values[at].T) for at in rows])
    solved = solve(r, design, "path", consistent=False)
    for at, first in enumerate(stored["boot_paths_first3"]):
        np.testing.assert_allclose(
            solved.b[at], matrix(first, design.constructs, design.constructs), atol=1e-6
        )
    for name, row in zip(stored["paths"]["rownames"], stored["paths"]["values"], strict=True):
        source, target = (design.constructs.index(part) for part in name.split("  ->  "))
        drawn = solved.b[:, source, target]
        assert drawn.mean() == pytest.approx(row[1], abs=1e-6)
        assert drawn.std(ddof=1) == pytest.approx(row[2], abs=1e-6)


def test_the_full_model_is_inadmissible_under_plsc(mobi) -> None:
    fit = fit_pls(ECSI, mobi, method="plsc", bootstrap=200)
    assert fit.refused
    assert "NOT_POSITIVE_SEMIDEFINITE" in {c.code for c in fit.checks}
    tidy = fit.tidy()
    assert tidy["p"].isna().all()
    assert tidy["estimate"].notna().all()


def test_a_correlation_table_gives_what_rows_give(mobi) -> None:
    rows = fit_pls(ECSI, mobi, bootstrap=0)
    m = mobi.moments(list(rows.design.indicators))
    table = fit_pls(ECSI, Moments(n=250, cov=m.cor, names=m.names))
    np.testing.assert_allclose(table.solved.b, rows.solved.b, atol=1e-12)


def population(
    paths: dict[tuple[int, int], float], loadings: list[list[float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Σ of a factor model whose constructs have variance 1, and the construct correlations."""
    k = len(loadings)
    c = np.eye(k)
    for j in range(1, k):
        b = np.array([paths.get((i, j), 0.0) for i in range(j)])
        c[j, :j] = c[:j, j] = c[:j, :j] @ b
    wide = np.zeros((sum(map(len, loadings)), k))
    at = 0
    for j, block in enumerate(loadings):
        wide[at : at + len(block), j] = block
        at += len(block)
    sigma = wide @ c @ wide.T
    np.fill_diagonal(sigma, 1.0)
    return sigma, c


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.5, 0.9), min_size=9, max_size=9),
    st.tuples(st.floats(-0.5, 0.5), st.floats(0.1, 0.5), st.floats(0.1, 0.4)),
    st.sampled_from(["path", "factorial"]),
)
def test_plsc_recovers_the_factor_model(values, b, scheme) -> None:
    loadings = [values[:3], values[3:6], values[6:]]
    sigma, _ = population({(0, 1): b[0], (0, 2): b[1], (1, 2): b[2]}, loadings)
    names = [f"{c}{i}" for c in "abc" for i in range(3)]
    text = "a =~ a0 + a1 + a2\nb =~ b0 + b1 + b2\nc =~ c0 + c1 + c2\nb ~ a\nc ~ a + b"
    if abs(b[0]) < 0.05:
        return  # without correlations between the blocks the weights are not defined
    fit = fit_pls(text, Moments(n=500, cov=sigma, names=names), method="plsc", scheme=scheme)
    solved = fit.solved
    # A block that correlates negatively with the others is still oriented by its own loadings.
    np.testing.assert_allclose(solved.loadings[0].sum(axis=1), values, atol=1e-7)
    np.testing.assert_allclose(solved.b[0][[0, 0, 1], [1, 2, 2]], b, atol=1e-7)
    assert fit.glance()["srmr"].iloc[0] == pytest.approx(0, abs=1e-7)


def test_mode_b_recovers_the_population_weights_of_composites() -> None:
    """Composites η = w'x that depend on each other only through η: mode B finds w (Dijkstra 2017)."""
    rng = np.random.default_rng(3)
    blocks = []
    for _ in range(2):
        root = rng.normal(size=(3, 3)) * 0.4 + np.eye(3)
        s = root @ root.T
        d = 1 / np.sqrt(np.diag(s))
        blocks.append(s * np.outer(d, d))
    weights = []
    for s in blocks:
        v = np.array([0.5, 0.3, 0.4])
        weights.append(v / np.sqrt(v @ s @ v))
    between = 0.6 * np.outer(blocks[0] @ weights[0], blocks[1] @ weights[1])
    sigma = np.block([[blocks[0], between], [between.T, blocks[1]]])
    names = ["x1", "x2", "x3", "y1", "y2", "y3"]
    model = Model([composite("x", names[:3], mode="B"), composite("y", names[3:], mode="B")], [("x", "y")])
    solved = fit_pls(model, Moments(n=400, cov=sigma, names=names)).solved
    np.testing.assert_allclose(solved.w[0].sum(axis=1), np.concatenate(weights), atol=1e-8)
    assert solved.b[0, 0, 1] == pytest.approx(0.6, abs=1e-8)


def test_sum_scores_are_the_correlation_of_standardised_means() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(80, 4)) + rng.normal(size=(80, 1))
    names = ["a1", "a2", "b1", "b2"]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    wanted = np.corrcoef(z[:, :2].sum(axis=1), z[:, 2:].sum(axis=1))[0, 1]
    fit = fit_pls(
        "a =~ a1 + a2\nb =~ b1 + b2\nb ~ a", Moments.from_rows(x, names), modes={"a": "sum", "b": "sum"}
    )
    assert fit.solved.b[0, 0, 1] == pytest.approx(wanted, abs=1e-12)


def test_weights_count_as_repeated_rows_and_seeds_repeat() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(60, 4)) + rng.normal(size=(60, 1))
    frame = pd.DataFrame(x, columns=["a1", "a2", "b1", "b2"])
    w = rng.integers(1, 4, size=60)
    text = "a =~ a1 + a2\nb =~ b1 + b2\nb ~ ab*a\ntwice := 2 * ab"
    weighted = fit_pls(text, read(frame.assign(w=w), weight="w"), bootstrap=100)
    repeated = fit_pls(text, read(frame.loc[frame.index.repeat(w)].reset_index(drop=True)), bootstrap=0)
    np.testing.assert_allclose(weighted.solved.b, repeated.solved.b, atol=1e-10)
    again = fit_pls(text, read(frame.assign(w=w), weight="w"), bootstrap=100)
    pd.testing.assert_frame_equal(weighted.tidy(), again.tidy())
    rows = weighted.tidy().set_index("lhs")
    assert rows.loc["twice", "estimate"] == pytest.approx(2 * weighted.solved.b[0, 0, 1])
    assert rows.loc["twice", "se"] > 0


def test_missing_values_are_set_aside_or_replaced_and_it_is_said() -> None:
    rng = np.random.default_rng(7)
    x = pd.DataFrame(rng.normal(size=(60, 4)) + rng.normal(size=(60, 1)), columns=["a1", "a2", "b1", "b2"])
    x.loc[:4, "a1"] = np.nan
    text = "a =~ a1 + a2\nb =~ b1 + b2\nb ~ a"
    listwise, mean = (fit_pls(text, x, bootstrap=0, missing=m) for m in ("listwise", "mean"))
    assert (listwise.n, mean.n) == (55, 60)
    assert any("5 missing values replaced" in note for note in mean.notes())
    filled = fit_pls(text, x.fillna(x.mean()), bootstrap=0)
    np.testing.assert_allclose(mean.solved.b, filled.solved.b, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a =~ x1 + x2\nb =~ y1 + y2", "has no path"),
        ("a =~ x1 + x2\nb =~ y1 + y2\nb ~ a\na ~ b", "circle"),
        ("a =~ x1 + x2\nb =~ x2 + y2\nb ~ a", "indicator of 'a' and of 'b'"),
        ("a =~ x1 + x2\nb =~ y1 + y2\nb ~ a\nx1 ~~ y1", "no counterpart"),
        ("a =~ x1 + x2\nb =~ y1 + y2\nb ~ 0.5*a", "fixed"),
    ],
)
def test_what_pls_cannot_do_is_refused(text, says) -> None:
    m = Moments(n=50, cov=np.eye(4) * 0.5 + 0.5, names=["x1", "x2", "y1", "y2"])
    with pytest.raises(SurveykitError, match=says):
        fit_pls(text, m)


def test_options_are_judged_together() -> None:
    m = Moments(n=50, cov=np.eye(2) * 0.5 + 0.5, names=["x", "y"])
    with pytest.raises(SurveykitError) as caught:
        fit_pls("y ~ x", m, scheme="pathh", missing="fiml", ordered=True)
    assert len(caught.value.errors) == 3


def test_observed_variables_are_single_item_constructs() -> None:
    model = Model([reflective("a", ["a1", "a2"])], [("a", "y")])
    r = [[1, 0.5, 0.4], [0.5, 1, 0.4], [0.4, 0.4, 1]]
    fit = fit_pls(model, Moments(n=100, cov=r, names=["a1", "a2", "y"]))
    assert fit.design.constructs == ("a", "y")
    assert fit.solved.b[0, 0, 1] == pytest.approx(0.8 / np.sqrt(3))


def test_htmt_takes_absolute_correlations_and_misfit_is_zero_for_itself() -> None:
    design = design_of(Model.parse("a =~ a1 + a2\nb =~ b1 + b2\nb ~ a"))
    r = np.array([[1, 0.5, -0.1, 0.3], [0.5, 1, 0.2, 0.3], [-0.1, 0.2, 1, 0.5], [0.3, 0.3, 0.5, 1]])[None]
    _, one, two = heterotrait(r, design)
    assert one[0, 0] == pytest.approx((0.1 + 0.3 + 0.2 + 0.3) / 4 / 0.5)
    assert two[0, 0] == pytest.approx((0.1 * 0.3 * 0.2 * 0.3) ** 0.25 / 0.5)
    assert all(v[0] == pytest.approx(0, abs=1e-12) for v in misfit(r, r).values())


def test_fit_dispatches_and_says_what_is_possible() -> None:
    m = Moments(n=50, cov=np.eye(4) * 0.5 + 0.5, names=["x1", "x2", "y1", "y2"])
    text = "a =~ x1 + x2\nb =~ y1 + y2\nb ~ a"
    assert sk.fit(text, m, method="pls", scheme="factor").options.scheme == "factorial"
    assert sk.fit(text, m, method="plsc").method == "plsc"
    with pytest.raises(SurveykitError, match="belongs to PLS") as caught:
        sk.fit(text, m, scheme="path")
    assert "method='plsc'" in caught.value.hint
    with pytest.raises(SurveykitError) as caught:
        sk.fit(text, m, method="plss")
    assert "'pls' or 'plsc' or 'compare'" in caught.value.expected
    with pytest.raises(SurveykitError, match="'std_lv' is not possible under PLS"):
        sk.fit(text, m, method="pls", std_lv=True)


@pytest.mark.parametrize("name", ["ecsi-centroid", "ecsi-factorial", "ecsi-path", "ecsi-plsc"])
def test_the_published_ecsi_model_from_its_correlation_table(name) -> None:
    from surveykit.reproduce import reproduce

    outcome = reproduce(name)
    assert outcome.passed, outcome.text()
    assert len(outcome.comparisons) == 12


def test_plspm_on_russett(reference, shared_data) -> None:
    """plspm orients constructs in another way, so that signs are compared by construct."""
    data = pd.read_csv(shared_data("russett_plspm.csv"))
    for case, modes, scheme in (("A_centroid", "AAA", "centroid"), ("BBA_path", "BBA", "path")):
        stored = reference("plspm_russett")[case]
        blocks: dict[str, list[str]] = {}
        for row in stored["outer_model"]:
            blocks.setdefault(row["block"], []).append(row["name"])
        text = "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in blocks.items())
        chosen = dict(zip(blocks, modes, strict=True))
        fit = fit_pls(
            text + "\nPOL ~ AGRI + IND", data[[i for b in blocks.values() for i in b]],
            scheme=scheme, modes=chosen, bootstrap=0,
        )  # fmt: skip
        d = fit.design
        for row in stored["outer_model"]:
            at = d.indicators.index(row["name"]), d.constructs.index(row["block"])
            assert abs(fit.solved.loadings[0][at]) == pytest.approx(abs(row["loading"]), abs=1e-5)


def test_weights_from_items_in_their_own_units() -> None:
    """Mode B does not depend on units; mode A does, and units of 1 change nothing."""
    rng = np.random.default_rng(9)
    x = (rng.normal(size=(80, 4)) + rng.normal(size=(80, 1))) * [1.0, 5.0, 2.0, 0.5]
    frame = pd.DataFrame(x, columns=["a1", "a2", "b1", "b2"])
    text = "a =~ a1 + a2\nb =~ b1 + b2\nb ~ a"
    raw, usual = (fit_pls(text, frame, bootstrap=30, scaled=s) for s in (False, True))
    assert abs(raw.solved.b[0, 0, 1] - usual.solved.b[0, 0, 1]) > 1e-4
    formative = text.replace("=~", "<~")
    raw, usual = (fit_pls(formative, frame, bootstrap=30, scaled=s) for s in (False, True))
    np.testing.assert_allclose(raw.solved.b, usual.solved.b, atol=1e-8)
    np.testing.assert_allclose(raw.replicates.b, usual.replicates.b, atol=1e-6)
    unit = frame / frame.std()
    raw, usual = (fit_pls(text, unit, bootstrap=0, scaled=s) for s in (False, True))
    np.testing.assert_allclose(raw.solved.w, usual.solved.w, atol=1e-9)
    # by hand: the two-block case, whose mode A weights are covariances with the other composite
    s = np.cov(x.T)
    w, v = np.ones(2), np.ones(2)
    for _ in range(200):
        w = s[:2, 2:] @ v
        v = s[2:, :2] @ (w / np.sqrt(w @ s[:2, :2] @ w))
        v = v / np.sqrt(v @ s[2:, 2:] @ v)
    w = w / np.sqrt(w @ s[:2, :2] @ w)
    found = fit_pls(text, frame, bootstrap=0, scaled=False).solved
    assert found.b[0, 0, 1] == pytest.approx(w @ s[:2, 2:] @ v, abs=1e-9)


def test_a_questionnaire_with_composites_is_fitted_by_pls_where_the_study_names_no_models() -> None:
    from surveykit.study.defaults import default_fits

    items = "\n".join(f"  {i}: {{text: {{en: {i}}}, scale: s}}" for i in ("a1", "a2", "b1", "b2"))
    text = (
        f"id: q\ntitle: {{en: Q}}\nlanguages: [en]\nscales:\n  s: {{min: 1, max: 10}}\nitems:\n{items}\nconstructs:\n"
        "  A: {title: {en: A}, items: [a1, a2], measurement: composite}\n  B: {title: {en: B}, items: [b1, b2]}\n"
        "paths:\n  - A -> B\n"
    )
    tasks, said = default_fits(Questionnaire.from_text(text), seed=7)
    assert [(t.method, dict(t.options)) for t in tasks] == [("pls", {"seed": 7})]
    assert "by PLS (composites: A)" in said[0]
