"""Where stages, products, corrections and indices meet: populations with known answers, and implied correlations by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.sem.pls import fit_pls
from surveykit.sem.pls.fit import fit_plan, plan_for, read_options
from surveykit.sem.pls.implied import implied_items
from surveykit.sem.pls.sample import PlsSample, read_sample

PARTS = ((0.9, 0.6), (0.7, 0.7), (0.8, 0.45))
"""Of each part its loading on the whole and the size of its items' errors."""
LOWER = "\n".join(f"{c} =~ {c}1 + {c}2 + {c}3" for c in "pqrmy")
AMONG = np.array([[1, 0.4, 0.3], [0.4, 1, 0.5], [0.3, 0.5, 1]])


def curved(n: int, whole: str, seed: int = 4) -> pd.DataFrame:
    """y = .4 w + .3 m + .25 wm + .15 w²; w is a factor (``=~``) or a composite (``<~``) of p, q, r."""
    draw = np.random.default_rng(seed)
    m = draw.normal(size=n)
    if whole == "=~":
        w = 0.3 * m + np.sqrt(0.91) * draw.normal(size=n)
        parts = [load * w + np.sqrt(1 - load**2) * draw.normal(size=n) for load, _ in PARTS]
    else:
        xi = draw.normal(size=(n, 3)) @ np.linalg.cholesky(AMONG).T
        v = np.array([0.5, 0.2, 0.6])
        w = xi @ (v / np.sqrt(v @ AMONG @ v))
        parts = list(xi.T)
        m = 0.3 * w + np.sqrt(0.91) * m
    y = 0.4 * w + 0.3 * m + 0.25 * (w * m - 0.3) + 0.15 * (w * w - 1)
    y = y + np.sqrt(1 - y.var()) * draw.normal(size=n)
    noises = (*(noise for _, noise in PARTS), 0.6, 0.6)
    columns = {}
    for name, eta, noise in zip("pqrmy", (*parts, m, y), noises, strict=True):
        for i in (1, 2, 3):
            columns[f"{name}{i}"] = np.sqrt(1 - noise**2) * eta + noise * draw.normal(size=n)
    return pd.DataFrame(columns)


@pytest.mark.parametrize("whole", ["=~", "<~"])
def test_plsc_takes_the_error_of_both_levels_out_of_a_product(whole) -> None:
    text = f"{LOWER}\nw {whole} p + q + r\ny ~ w + m"
    asked = {"interactions": [("w", "m", "y"), ("w", "w", "y")], "bootstrap": 0}
    frame = curved(60_000, whole)
    paths = (
        fit_pls(text, frame, method="plsc", **asked).tidy().query("op == '~'").set_index("rhs")["estimate"]
    )
    # three standard errors of a path with 60,000 rows
    assert paths.to_dict() == pytest.approx({"w": 0.4, "m": 0.3, "w_x_m": 0.25, "w_x_w": 0.15}, abs=0.02)
    plain = fit_pls(text, frame, **asked).tidy().query("op == '~'").set_index("rhs")["estimate"]
    assert plain["w_x_m"] < 0.22


def second_order() -> Moments:
    load = np.array([part for part, _ in PARTS])
    c = np.eye(5)
    c[:3, :3] = np.outer(load, load)
    c[:3, 3] = c[3, :3] = load * 0.5
    c[:3, 4] = c[4, :3] = load * 0.5 * 0.6
    c[3, 4] = c[4, 3] = 0.6
    np.fill_diagonal(c, 1.0)
    lead = np.kron(np.eye(5), np.array([[0.9], [0.8], [0.7]]))
    sigma = lead @ c @ lead.T
    np.fill_diagonal(sigma, 1.0)
    return Moments(n=300, cov=sigma, names=[f"{x}{i}" for x in "pqrmy" for i in (1, 2, 3)])


def test_a_model_that_holds_in_both_stages_misses_nothing() -> None:
    fit = fit_pls(f"{LOWER}\nw =~ p + q + r\nm ~ w\ny ~ m", second_order(), method="plsc")
    glance = fit.glance().iloc[0]
    assert glance[["srmr", "d_uls", "d_g", "srmr_saturated"]].to_numpy(float) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("hierarchy", "whole"), [("two_stage", "<~"), ("repeated", "=~"), ("repeated", "<~")]
)
def test_items_of_parts_go_with_the_rest_through_their_parts_and_the_whole(hierarchy, whole) -> None:
    frame = curved(200, "=~")
    fit = fit_pls(
        f"{LOWER}\nw {whole} p + q + r\nm ~ w\ny ~ m",
        frame, hierarchy=hierarchy, bootstrap=0, modes={"w": "A"},
    )  # fmt: skip
    r, sigma = (a[0] for a in implied_items(fit.behind, fit.solved, saturated=False))
    names = list(fit.behind.moments.names)
    np.testing.assert_allclose(r, frame[names].corr(), atol=1e-12)
    rows = fit.tidy()
    load = rows[rows.op == "=~"].set_index(["lhs", "rhs"])["estimate"]
    if hierarchy == "two_stage":
        first = fit.tables()["first_stage"].frame().set_index(["lhs", "item"])["loading"]
        load = pd.concat([load, first])
    path = rows[rows.op == "~"].set_index(["lhs", "rhs"])["estimate"]
    q1, y2, m3, r3 = (names.index(i) for i in ("q1", "y2", "m3", "r3"))
    chain = load["q", "q1"] * load["w", "q"] * path["m", "w"]
    assert sigma[q1, m3] == pytest.approx(chain * load["m", "m3"], abs=1e-12)
    assert sigma[q1, y2] == pytest.approx(chain * path["y", "m"] * load["y", "y2"], abs=1e-12)
    scores = {
        c: (frame[[f"{c}{i}" for i in (1, 2, 3)]] - frame.mean()).div(frame.std())[
            [f"{c}{i}" for i in (1, 2, 3)]
        ]
        @ _weights(fit, c, hierarchy)
        for c in "qr"
    }
    among = np.corrcoef(scores["q"], scores["r"])[0, 1]
    assert sigma[q1, r3] == pytest.approx(load["q", "q1"] * among * load["r", "r3"], abs=1e-10)
    d = (r - sigma)[np.tril_indices(len(r))]
    assert fit.glance()["srmr"].iloc[0] == pytest.approx(np.sqrt((d**2).mean()), abs=1e-12)


def _weights(fit, construct: str, hierarchy: str) -> np.ndarray:
    if hierarchy == "two_stage":
        first = fit.tables()["first_stage"].frame()
        return first[first.lhs == construct]["weight"].to_numpy()
    rows = fit.tidy()
    return rows[(rows.op == "<~") & (rows.lhs == construct)]["estimate"].to_numpy()


@pytest.mark.parametrize("options", [{}, {"hierarchy": "repeated"}, {"method": "plsc"}])
def test_the_test_of_overall_fit_goes_through_all_stages(options) -> None:
    """Answers transformed so that the model holds are answers of that model: on them nothing is missed, and the limits
    are those of their own replicates."""
    m = second_order()
    draws = np.random.default_rng(2).multivariate_normal(np.zeros(15), m.cov, size=1000)
    frame = pd.DataFrame(draws, columns=list(m.names))
    text = f"{LOWER}\nw =~ p + q + r\nm ~ w\ny ~ m"
    fit = fit_pls(text, frame, bootstrap=30, overall=True, **options)
    table = fit.tables()["overall_fit"].frame().set_index(["measure", "model"])
    assert len(table) == 6
    assert table.notna().all(axis=None)
    assert table.loc[("srmr", "estimated"), "value"] == pytest.approx(fit.glance()["srmr"].iloc[0], abs=1e-12)
    from surveykit.sem.pls.overall import _root

    r, sigma = (a[0] for a in implied_items(fit.behind, fit.solved, saturated=False))
    names = list(fit.behind.moments.names)
    z = ((frame - frame.mean()) / frame.std())[names].to_numpy() @ np.linalg.inv(_root(r)) @ _root(sigma)
    held = pd.DataFrame(z, columns=names)
    drawn = read_sample(held, names, missing="listwise", bootstrap=30, seed=1).replicates
    missed = [
        fit_pls(text, drawn.replicate(k), **{**options, "bootstrap": 0}).glance()["srmr"].iloc[0]
        for k in range(30)
    ]
    assert table.loc[("srmr", "estimated"), "quantile_95"] == pytest.approx(
        np.quantile(missed, 0.95), rel=1e-6
    )


def with_scales(text: str, moments: Moments, **options):
    asked = read_options({"bootstrap": 0, **options})
    plan = plan_for(Model.parse(text), asked)
    own = moments.select(list(plan.items))
    ends = np.ones(len(plan.items)), np.full(len(plan.items), 7.0)
    return fit_plan(plan, asked, PlsSample(own, None, *ends, ()))


def test_importance_under_plsc_is_that_between_true_scores() -> None:
    text = "a =~ a1 + a2 + a3\nb =~ b1 + b2 + b3\nb ~ a"
    load = {"a": np.array([0.9, 0.7, 0.6]), "b": np.array([0.8, 0.5, 0.75])}
    lead = np.zeros((6, 2))
    lead[:3, 0], lead[3:, 1] = load["a"], load["b"]
    sigma = lead @ np.array([[1, 0.55], [0.55, 1]]) @ lead.T
    np.fill_diagonal(sigma, 1.0)
    sd = np.array([1.1, 0.9, 1.4, 1.2, 1.0, 0.8])
    names = ["a1", "a2", "a3", "b1", "b2", "b3"]
    mean = np.array([4.0, 5.0, 3.0, 4.5, 5.5, 6.0])
    fit = with_scales(
        text, Moments(n=200, cov=sigma * np.outer(sd, sd), mean=mean, names=names), method="plsc"
    )
    shares = fit.solved.w[0] / sd[:, None]
    shares = shares / shares.sum(axis=0)
    # the true part of an item moves with its construct by its standard deviation times its loading
    true = {c: shares[:, j] @ (sd * lead[:, j]) for j, c in enumerate("ab")}
    row = fit.tables()["importance"].records()[0]
    assert row["importance"] == pytest.approx(0.55 * true["b"] / true["a"], abs=1e-8)
    assert row["performance"] == pytest.approx(shares[:, 0] @ ((mean - 1) / 6 * 100), abs=1e-8)
    assert "importance_items" not in fit.tables()
    assert any("freed of measurement error" in said for said in fit.choices)


def test_an_index_stands_beside_an_interaction_and_says_where_the_moderator_is() -> None:
    frame = (4 + curved(300, "=~")[[f"{c}{i}" for c in "pmy" for i in (1, 2, 3)]]).clip(1, 7)
    text = "\n".join(f"{c} =~ {c}1 + {c}2 + {c}3" for c in "pmy") + "\ny ~ p + m"
    asked = read_options({"bootstrap": 40, "interactions": [("p", "m", "y")]})
    plan = plan_for(Model.parse(text), asked)
    taken = read_sample(frame, plan.items, missing="listwise", bootstrap=40, seed=1, rows=True)
    n = len(plan.items)
    fit = fit_plan(plan, asked, PlsSample(**{**_fields(taken), "low": np.ones(n), "high": np.full(n, 7.0)}))
    index = fit.tables()["index"].frame().set_index("term")
    assert list(index.index) == ["p", "m", "y"]
    assert index.notna().all(axis=None)
    rows = fit.tidy()
    share = {}
    for c in "py":
        items = [f"{c}{i}" for i in (1, 2, 3)]
        w = rows[(rows.op == "<~") & (rows.lhs == c)]["estimate"].to_numpy() / frame[items].std().to_numpy()
        share[c] = (frame[items] - 1) / 6 * 100 @ (w / w.sum())
    assert index.loc["p", "estimate"] == pytest.approx(share["p"].mean(), abs=1e-10)
    path = rows[(rows.op == "~") & (rows.rhs == "p")]["estimate"].iloc[0]
    found = fit.tables()["importance"].frame().set_index("from")
    assert found.loc["p", "importance"] == pytest.approx(
        path * share["y"].std() / share["p"].std(), abs=1e-10
    )
    assert "p_x_m" not in found.index
    assert any("moderators are at their means" in said for said in fit.choices)


def _fields(taken: PlsSample) -> dict[str, Any]:
    return {name: getattr(taken, name) for name in PlsSample.__dataclass_fields__}


def test_what_has_no_answer_says_so_and_what_to_do_instead() -> None:
    frame = curved(120, "=~")
    text = f"{LOWER}\nw =~ p + q + r\ny ~ w + m"
    product = [("w", "m", "y")]
    for options, says in (
        ({"interactions": product, "overall": True}, "no test of overall fit for a model with interactions"),
        ({"hierarchy": "repeated", "method": "plsc"}, "cannot correct a construct that repeats"),
        (
            {"interactions": product, "method": "plsc", "approach": "product"},
            "PLSc takes interactions in two stages",
        ),
        ({"interactions": product, "missing": "pairwise"}, "interactions need complete rows"),
        ({"scaled": False}, "scaled items only"),
    ):
        with pytest.raises(SurveykitError, match=says):
            fit_pls(text, frame, bootstrap=0, **options)
