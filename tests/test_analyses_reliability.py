"""Reliability: psych's alpha and item statistics, semTools' HTMT, keying, constants, missing answers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses._reliability import alpha, alpha_std, ave, omega, rho_c, standard_error
from surveykit.errors import SurveykitError
from surveykit.factor import one_factor
from surveykit.htmt import htmt, htmt2, membership
from surveykit.responses import read
from tests.published import analyse, attitude

SEVEN = ["rating", "complaints", "privileges", "learning", "raises", "critical", "advance"]
# R psych 2.x, alpha(attitude): raw_alpha, std.alpha, ase; r.drop and raw_alpha if dropped by item
PSYCH = {"alpha": 0.84314276956476, "alpha_std": 0.839083803029511}
ASE = 0.0424356955905744
R_DROP = [0.671262057223664, 0.742109710222238, 0.560711111480256, 0.714445498133676, 0.786275593834400,
          0.265034339196676, 0.460810549468496]  # fmt: skip
IF_DROPPED = [0.809760206308921, 0.796917457274140, 0.827847765938659, 0.803030975022574, 0.795386574198205,
              0.863872311446437, 0.840464868265457]  # fmt: skip


def measures(found, term="s"):
    tidy = found.tidy()
    return tidy[tidy["term"] == term].set_index("measure")


def test_attitude_against_psych():
    found = analyse(read(attitude()), "reliability", scales={"s": SEVEN})
    rows = measures(found)
    assert rows["estimate"][["alpha", "alpha_std"]].to_dict() == pytest.approx(PSYCH, rel=1e-10)
    assert rows.loc["alpha", "se"] == pytest.approx(ASE, rel=1e-10)
    items = found.tables()["items"].frame()
    assert items["item_rest"].tolist() == pytest.approx(R_DROP, rel=1e-10)
    assert items["alpha_if_dropped"].tolist() == pytest.approx(IF_DROPPED, rel=1e-10)
    assert rows["n"].unique().tolist() == [30]


def test_holzinger_visual():
    # psych on x1-x3: raw_alpha and Feldt's interval; the data travel with semopy
    from semopy.examples import holzinger39

    found = analyse(read(holzinger39.get_data()), "reliability", scales={"visual": ["x1", "x2", "x3"]})
    row = measures(found, "visual").loc["alpha"]
    expected = [0.626117131884981, 0.0374603766536770, 0.546503337102635, 0.693753346172296]
    assert row[["estimate", "se", "low", "high"]].tolist() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("case", "file"), [("alpha_HS", "HolzingerSwineford1939.csv"), ("alpha_mobi", "mobi.csv")]
)
def test_stored_psych(case, file, reference, shared_data):
    data = read(pd.read_csv(shared_data(file)))
    for name, scale in reference(case)["scales"].items():
        found = analyse(data, "reliability", scales={name: scale["items"]})
        rows = measures(found, name)
        total, feldt = scale["total"], scale["feldt"]
        expected = [total["raw_alpha"], feldt["lower.ci.raw_alpha"], feldt["upper.ci.raw_alpha"]]
        assert rows.loc["alpha", ["estimate", "low", "high"]].tolist() == pytest.approx(expected, rel=1e-8)
        assert rows.loc["alpha_std", "estimate"] == pytest.approx(total["std.alpha"], rel=1e-8)
        items = found.tables()["items"].frame()
        assert items["item_rest"].tolist() == pytest.approx(
            [i["r.drop"] for i in scale["item_stats"]], rel=1e-8
        )
        if len(items) > 2:
            stored = [i["raw_alpha"] for i in scale["alpha_drop"]]
            assert items["alpha_if_dropped"].tolist() == pytest.approx(stored, rel=1e-8)


@pytest.mark.parametrize(
    ("case", "file", "scales"),
    [
        ("hs", "HolzingerSwineford1939.csv",
         {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}),
        ("mobi", "mobi.csv", {
            "Image": [f"IMAG{i}" for i in range(1, 6)], "Expectation": ["CUEX1", "CUEX2", "CUEX3"],
            "Quality": [f"PERQ{i}" for i in range(1, 8)], "Value": ["PERV1", "PERV2"],
            "Satisfaction": ["CUSA1", "CUSA2", "CUSA3"], "Loyalty": ["CUSL1", "CUSL2", "CUSL3"]}),
    ],
)  # fmt: skip
def test_stored_htmt(case, file, scales, reference, shared_data):
    stored = reference("reliability_semtools")["results"][case]
    found = analyse(read(pd.read_csv(shared_data(file))), "reliability", scales=scales, bootstrap=0)
    pairs = found.tables()["htmt"].frame()
    assert len(pairs) == len(scales) * (len(scales) - 1) / 2
    for name in ("htmt", "htmt2"):
        table = pd.DataFrame(stored[name]["values"], stored[name]["rownames"], stored[name]["colnames"])
        expected = [table.loc[a, b] for a, b in zip(pairs["lhs"], pairs["rhs"], strict=True)]
        assert pairs[name].tolist() == pytest.approx(expected, rel=1e-8)


def test_population_values_are_recovered():
    loadings = np.array([0.9, 0.8, 0.7, 0.6])
    R = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    common = loadings.sum() ** 2
    assert omega(R).value == pytest.approx(common / R.sum(), rel=1e-10)
    assert rho_c(R * 4).value == pytest.approx(common / (common + (1 - loadings**2).sum()), rel=1e-10)
    assert ave(R * 9).value == pytest.approx((loadings**2).mean(), rel=1e-10)
    # equal loadings: alpha is omega
    equal = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    assert alpha(equal).value == pytest.approx(omega(equal).value, rel=1e-10)


def test_two_items_are_spearman_brown():
    S = np.array([[4.0, 1.2], [1.2, 1.0]])
    assert alpha_std(S).value == pytest.approx(2 * 0.6 / 1.6)
    assert (omega(S).value, rho_c(S).value) == pytest.approx((alpha(S).value, alpha_std(S).value))
    assert ave(S).value == pytest.approx(0.6)


def test_standard_errors_by_simulation():
    # the spread of 1500 estimates at n = 300; 6 % is about three Monte Carlo errors of a standard deviation
    loadings, sd = np.array([0.8, 0.7, 0.6, 0.5]), np.array([1.0, 2, 1, 3])
    sigma = (np.outer(loadings, loadings) + np.diag(1 - loadings**2)) * np.outer(sd, sd)
    root, rng = np.linalg.cholesky(sigma), np.random.default_rng(3)
    drawn = []
    for _ in range(1500):
        S = np.cov((rng.normal(size=(300, 4)) @ root.T).T)
        factor = one_factor(S)
        drawn.append([alpha(S).value, alpha_std(S).value, *(f(S, factor).value for f in (omega, rho_c, ave))])
    formulas = [standard_error(f(sigma), sigma, 300) for f in (alpha, alpha_std, omega, rho_c, ave)]
    np.testing.assert_allclose(np.std(drawn, axis=0), formulas, rtol=0.06)


def test_missing_answers_never_push_alpha_beyond_one():
    # R18: with pairwise deletion pingouin gives alpha 1.042 and an interval upside down
    rng = np.random.default_rng(0)
    common = rng.normal(size=200)
    rows = pd.DataFrame({f"i{j}": common + 0.3 * rng.normal(size=200) for j in range(4)})
    holes = rows.mask(rng.random(rows.shape) < 0.25)
    found = measures(analyse(read(holes), "reliability", scales={"s": list(rows)}))
    assert found.loc["alpha", "n"] == holes.notna().all(axis=1).sum()
    assert (found["low"] < found["estimate"]).all()
    assert (found["estimate"] < found["high"]).all()
    assert (found["high"] <= 1).all()


def test_unrecoded_reversed_item_is_named():
    # R19
    data = attitude().assign(raises=lambda d: 100 - d["raises"])
    found = analyse(read(data), "reliability", scales={"s": ["complaints", "learning", "raises", "rating"]})
    check = {c.code: c for c in found.checks}["keying"]
    assert check.about == ("s", "raises")
    assert check.values["raises"] < -0.4


def test_constant_item_is_left_out_and_named():
    data = attitude().assign(still=3.0)
    found = analyse(read(data), "reliability", scales={"s": ["complaints", "still", "learning", "raises"]})
    without = analyse(read(data), "reliability", scales={"s": ["complaints", "learning", "raises"]})
    assert {c.code: c for c in found.checks}["constant_items"].about == ("s", "still")
    np.testing.assert_allclose(found.tidy()["estimate"], without.tidy()["estimate"])


def test_one_varying_item_has_no_reliability():
    found = analyse(read(attitude().assign(still=3.0)), "reliability", scales={"s": ["raises", "still"]})
    assert found.tidy()["estimate"].isna().all()
    assert "too_few_items" in {c.code for c in found.checks}


def test_heywood_case_is_said():
    R = np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])
    z = np.random.default_rng(1).normal(size=(60, 3))
    z = (z - z.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
    rows = pd.DataFrame(z @ np.linalg.cholesky(R).T, columns=["a", "b", "c"])
    found = analyse(read(rows), "reliability", scales={"s": ["a", "b", "c"]})
    assert {c.code: c for c in found.checks}["heywood"].about == ("s", "a")


def test_htmt_of_equal_loadings_is_the_factor_correlation():
    # parallel items: HTMT = HTMT2 = the correlation of the constructs
    within, between = 0.64, 0.64 * 0.7
    R = np.full((6, 6), between)
    R[:3, :3] = R[3:, 3:] = within
    np.fill_diagonal(R, 1)
    member = membership([[0, 1, 2], [3, 4, 5]], 6)
    assert float(htmt(R, member)[0, 1]) == pytest.approx(0.7)
    assert float(htmt2(R, member)[0, 1]) == pytest.approx(0.7)


def test_htmt_is_missing_with_a_reason():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(100, 1))
    rows = pd.DataFrame(np.hstack([x, -x, x, x]) + rng.normal(size=(100, 4)), columns=list("abcd"))
    found = analyse(read(rows), "reliability", scales={"one": ["a", "b"], "two": ["c", "d"]}, bootstrap=0)
    pair = found.tables()["htmt"].records()[0]
    assert math.isnan(pair["htmt"])
    assert math.isnan(pair["htmt2"])
    assert pair["reason"] == "the items of one do not correlate positively"
    assert pair["negative"] == 3


def test_weights_repeat_rows():
    rows = attitude()[["complaints", "learning", "raises"]]
    doubled = pd.concat([rows, rows.iloc[:10]])
    weighted = rows.assign(w=[2.0] * 10 + [1.0] * 20)
    scales = {"s": list(rows)}
    a = measures(analyse(read(doubled), "reliability", scales=scales))
    b = measures(analyse(read(weighted, weight="w"), "reliability", scales=scales))
    # sampling weights have mean 1, so n − 1 differs (39 against 29), which alpha does not see
    np.testing.assert_allclose(a["estimate"], b["estimate"], rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "code"),
    [({}, "NO_SCALE"), ({"scales": {"s": ["raises"]}}, "NO_SCALE"), ({"constructs": ["x"]},
    "UNKNOWN_CONSTRUCT"),
     ({"scales": {"s": ["raises", "nobody"]}}, "UNKNOWN_COLUMN")],
)  # fmt: skip
def test_bad_input(options, code):
    with pytest.raises(SurveykitError) as error:
        analyse(read(attitude()), "reliability", **options)
    assert error.value.code == code
