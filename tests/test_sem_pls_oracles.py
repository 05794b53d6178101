"""All that seminr and cSEM print of the mobile-phone model and that the other PLS tests do not read."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.model import Model
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.sem.pls import fit_pls
from surveykit.sem.pls.design import design_of
from surveykit.sem.pls.kernel import solve
from tests.test_sem_pls import ECSI, matrix
from tests.test_sem_pls_stages import MODERATED

# The stopping rules leave 1e-10 here and 1e-12 there; ratios of small numbers (f², VIF of collinear predictors) magnify it.
CLOSE, RATIO = 1e-9, 1e-7
FORMATIVE = ECSI.replace("=~", "<~")
QUALITY, LOYALTY = [f"PERQ{i}" for i in range(1, 8)], ["CUSL1", "CUSL2", "CUSL3"]
CASES = {
    "csem_mobi_modeA_path": (ECSI, {}),
    "csem_mobi_modeB_path": (FORMATIVE, {}),
    "csem_mobi_modeB_centroid": (FORMATIVE, {"scheme": "centroid"}),
    "csem_mobi_modeB_factorial": (FORMATIVE, {"scheme": "factorial"}),
    "csem_mobi_plsc_path": (ECSI, {"method": "plsc"}),
}


@pytest.fixture(scope="module")
def mobi(shared_data: Any) -> Any:
    return read(shared_data("mobi.csv"), Questionnaire.load("ecsi"))


def pairs(stored: dict[str, Any]) -> dict[tuple[str, str], float]:
    values = matrix(stored, stored["rownames"], stored["colnames"])
    return {
        (row, column): values[i, j]
        for i, row in enumerate(stored["rownames"])
        for j, column in enumerate(stored["colnames"])
    }


@pytest.mark.parametrize("case", CASES)
def test_csem(case: str, reference: Any, mobi: Any) -> None:
    stored, (text, options) = reference(case), CASES[case]
    fit = fit_pls(text, mobi, bootstrap=0, **options)
    d, s, tables = fit.design, fit.solved, fit.tables()
    for name, found, axes in (
        ("path", s.b[0].T, (d.constructs, d.constructs)),
        ("loadings", s.loadings[0].T, (d.constructs, d.indicators)),
        ("weights", s.w[0].T, (d.constructs, d.indicators)),
        ("construct_vcv", s.c[0], (d.constructs, d.constructs)),
    ):
        np.testing.assert_allclose(found, matrix(stored[name], *axes), atol=CLOSE, err_msg=name)
    r2 = tables["r2"].frame().set_index("lhs")
    for name, value in stored["R2"].items():
        assert r2.loc[name, "r2"] == pytest.approx(value, abs=CLOSE)
        assert r2.loc[name, "r2_adjusted"] == pytest.approx(stored["R2adj"][name], abs=CLOSE)
        # cSEM's n in the criteria is the same, its constant too
        assert r2.loc[name, "bic"] == pytest.approx(stored["assess"]["BIC"][name], abs=1e-5)
        assert r2.loc[name, "aic"] == pytest.approx(stored["assess"]["AIC"][name], abs=1e-5)
    for row in tables["inner_vif"].records():
        assert row["vif"] == pytest.approx(stored["VIF"][row["lhs"]][row["rhs"]], rel=RATIO)
    f2 = pairs(stored["assess"]["F2"])
    for row in tables["f2"].records():
        assert row["f2"] == pytest.approx(f2[row["lhs"], row["rhs"]], abs=RATIO)
    glance = fit.glance().iloc[0]
    assert glance["srmr"] == pytest.approx(stored["assess"]["SRMR"], abs=CLOSE)
    assert glance["d_uls"] == pytest.approx(stored["assess"]["DL"], abs=1e-8)
    # cSEM 0.6.1 takes the decimal logarithm
    assert glance["d_g"] / np.log(10) ** 2 == pytest.approx(stored["assess"]["DG"], abs=1e-8)
    effects = {(r["kind"], f"{r['to']} ~ {r['from']}"): r["estimate"] for r in tables["effects"].records()}
    for kind in ("total", "indirect"):
        for row in stored["effects"][kind]:
            assert effects[kind, row["Name"]] == pytest.approx(row["Estimate"], abs=CLOSE), row["Name"]


@pytest.mark.parametrize("case", [c for c in CASES if "plsc" not in c])
def test_csems_importance_and_performance(case: str, reference: Any, mobi: Any) -> None:
    stored, (text, options) = reference(case)["ipma"], CASES[case]
    tables = fit_pls(text, mobi, bootstrap=0, **options).tables()
    for row in tables["index"].records():
        points = (
            100 * (stored["construct_performance"][row["term"]] - 1) / 9
        )  # cSEM was told nothing of the scale
        assert row["estimate"] == pytest.approx(points, abs=1e-7)
    importance = pairs(stored["construct_importance"])
    for row in tables["importance"].records():
        assert row["importance"] == pytest.approx(importance[row["to"], row["from"]], abs=1e-8)
    items = pairs(stored["indicator_importance"])
    for row in tables["importance_items"].records():
        assert row["importance"] == pytest.approx(items[row["to"], row["item"]], abs=1e-8)
        points = 100 * (stored["indicator_performance"][row["item"]] - 1) / 9
        assert row["performance"] == pytest.approx(points, abs=1e-8)


def test_csems_reliability_and_validity_of_common_factors(reference: Any, mobi: Any) -> None:
    stored = reference("csem_mobi_plsc_path")["assess"]
    tables = fit_pls(ECSI, mobi, bootstrap=0, method="plsc").tables()
    for row in tables["quality"].records():
        if row["lhs"] == "Complaints":
            continue
        assert row["ave"] == pytest.approx(stored["AVE"][row["lhs"]], abs=CLOSE)
        for ours, theirs in (
            ("alpha_standardised", "Cronbachs_alpha"),
            ("rho_c", "Joereskogs_rho"),
            ("rho_a", "Dijkstra-Henselers_rho_A"),
        ):
            assert row[ours] == pytest.approx(stored["Reliability"][theirs][row["lhs"]], abs=CLOSE)
    one, two = pairs(stored["HTMT"]), pairs(stored["HTMT2"])
    between = mobi.moments([*QUALITY, *LOYALTY]).cor[: len(QUALITY), len(QUALITY) :]
    signed = np.abs(between).mean() / between.mean()
    for row in tables["htmt"].records():
        key = (row["rhs"], row["lhs"])
        # cSEM keeps signs, seminr takes absolute values; one correlation of these two constructs is negative
        wanted = one[key] if set(key) != {"Quality", "Loyalty"} else signed * one[key]
        assert row["htmt"] == pytest.approx(wanted, abs=CLOSE)
        if np.isfinite(two[key]):  # cSEM gives none where a correlation is negative
            assert row["htmt2"] == pytest.approx(two[key], abs=CLOSE)
    # cSEM prints squares: AVE on the diagonal, squared correlations beside it
    squares = pairs(stored["FL"])
    for row in tables["fornell_larcker"].records():
        for name, value in row.items():
            if name != "lhs" and value is not None and np.isfinite(value):
                assert value**2 == pytest.approx(squares[row["lhs"], name], abs=CLOSE)


@pytest.mark.parametrize(
    ("case", "options"),
    [("pls_mobi_modeA_path", {}), ("pls_mobi_modeA_factor", {"scheme": "factor"}), ("plsc_mobi_path", {"method": "plsc"})],
)  # fmt: skip
def test_what_else_seminr_prints(case: str, options: dict[str, Any], reference: Any, mobi: Any) -> None:
    stored = reference(case)
    fit = fit_pls(ECSI, mobi, bootstrap=0, **options)
    d, s, tables = fit.design, fit.solved, fit.tables()
    indirect = matrix(stored["total_indirect"], d.constructs, d.constructs)
    np.testing.assert_allclose(s.total[0] - s.b[0], indirect, atol=CLOSE)
    f2 = pairs(stored["fsquare"])
    r2 = tables["r2"].frame().set_index("lhs")["r2"]
    for target, left, text in (
        ("Value", "Expectation", ECSI.replace("Value ~ Expectation + Quality", "Value ~ Quality")),
        ("Loyalty", "Image", ECSI.replace("Loyalty ~ Image + ", "Loyalty ~ ")),
        ("Satisfaction", "Value", ECSI.replace(" + Quality + Value", " + Quality")),
    ):
        # seminr's f² finds all weights anew without the path; ours and cSEM's keep the constructs as they are
        without = fit_pls(text, mobi, bootstrap=0, **options).tables()["r2"].frame().set_index("lhs")["r2"]
        found = (r2[target] - without[target]) / (1 - r2[target])
        assert found == pytest.approx(f2[left, target], abs=RATIO)
    if case != "plsc_mobi_path":  # seminr's are those of the composites, also under PLSc
        fornell = pairs(stored["fl_criteria"])
        for row in tables["fornell_larcker"].records():
            for name, value in row.items():
                if name != "lhs" and value is not None and np.isfinite(value):
                    assert value == pytest.approx(fornell[row["lhs"], name], abs=CLOSE)
        np.testing.assert_allclose(
            s.cross[0], matrix(stored["cross_loadings"], d.indicators, d.constructs), atol=CLOSE
        )
        np.testing.assert_allclose(
            s.c[0], matrix(stored["construct_cor"], d.constructs, d.constructs), atol=CLOSE
        )


@pytest.mark.parametrize(
    ("approach", "field"), [("product", "product_indicator"), ("orthogonal", "orthogonal")]
)
def test_seminrs_products_of_indicators(approach: str, field: str, reference: Any, mobi: Any) -> None:
    stored = reference("pls_mobi_moderation")[field]
    fit = fit_pls(
        MODERATED,
        mobi,
        bootstrap=0,
        interactions=[("Image", "Expectation", "Satisfaction")],
        approach=approach,
    )
    paths = fit.tidy().query("op == '~'").set_index("rhs")["estimate"]
    wanted = pairs(stored["path_coef"])
    for name in ("Image", "Expectation", "Value"):
        # seminr stops at 1e-7
        assert paths[name] == pytest.approx(wanted[name, "Satisfaction"], abs=1e-6)
    # ours is of the standardised interaction; seminr divides by the mean spread of the products, weighted by loadings
    k = fit.design.constructs.index("Image_x_Expectation")
    of = fit.design.block(k)
    spread = np.average(fit.sample.moments.sd[of], weights=np.abs(fit.solved.loadings[0][of, k]))
    assert paths["Image_x_Expectation"] / spread == pytest.approx(
        wanted["Image*Expectation", "Satisfaction"], abs=1e-6
    )
    r2 = fit.tables()["r2"].records()[0]
    assert [r2["r2"], r2["r2_adjusted"]] == pytest.approx(
        [v[0] for v in map(np.atleast_1d, stored["rsquared"]["values"])], abs=1e-6
    )


def test_seminrs_plsc_bootstrap_on_the_same_rows(reference: Any, shared_data: Any) -> None:
    """seminr counts every replicate; so does this test. The fit itself leaves out and counts the inadmissible ones."""
    stored = reference("plsc_mobi_boot500")
    with gzip.open(shared_data("mobi_boot_indices_500x250_1based.csv.gz")) as file:
        rows = pd.read_csv(file, header=None).to_numpy() - 1
    design = design_of(Model.parse(ECSI))
    values = pd.read_csv(shared_data("mobi.csv"))[list(design.indicators)].to_numpy(float)
    solved = solve(np.stack([np.corrcoef(values[at].T) for at in rows]), design, "path", consistent=True)
    good = np.isfinite(solved.b).all(axis=(1, 2))
    assert good.sum() == stored["nboot_ok"]
    for table, found in (("paths", solved.b), ("loadings", solved.loadings)):
        for name, row in zip(stored[table]["rownames"], stored[table]["values"], strict=True):
            left, right = name.split("  ->  ")
            place = (design.constructs if table == "paths" else design.indicators).index(left)
            drawn = found[:, place, design.constructs.index(right)]
            # the corrected paths of nearly collinear constructs magnify what seminr's 1e-7 leaves
            assert drawn.mean() == pytest.approx(row[1], abs=2e-5)
            assert drawn.std(ddof=1) == pytest.approx(row[2], rel=2e-4, abs=1e-6)
