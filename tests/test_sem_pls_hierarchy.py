"""Constructs of constructs and interactions in every form: populations with known paths, rows computed by hand, refits."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.moments import Moments
from surveykit.sem.pls import compare_groups, fit_pls, predict

ITEMS = [f"{c}{i}" for c in "abcde" for i in (1, 2, 3)]
LOWER = "\n".join(f"{c} =~ {c}1 + {c}2 + {c}3" for c in "abcde")


def population(c: np.ndarray, loadings: np.ndarray) -> Moments:
    """Σ of five common factors with correlations ``c``, three items each."""
    load = np.zeros((15, 5))
    for j in range(5):
        load[3 * j : 3 * j + 3, j] = loadings[j]
    sigma = load @ c @ load.T
    np.fill_diagonal(sigma, 1.0)
    return Moments(n=500, cov=sigma, names=ITEMS)


LOADINGS = np.array([[0.9, 0.8, 0.7], [0.85, 0.6, 0.75], [0.7, 0.9, 0.65], [0.8, 0.8, 0.6], [0.7, 0.75, 0.9]])


def test_plsc_recovers_a_factor_of_factors() -> None:
    second, b = np.array([0.8, 0.7, 0.9]), (0.6, 0.5)
    # d ~ whole, e ~ d, the whole measured by a, b, c
    own = {"whole": 1.0}
    c = np.eye(5)
    c[:3, :3] = np.outer(second, second)
    c[:3, 3] = c[3, :3] = second * b[0]
    c[:3, 4] = c[4, :3] = second * b[0] * b[1]
    c[3, 4] = c[4, 3] = b[1]
    np.fill_diagonal(c, own["whole"])
    text = LOWER + "\nwhole =~ a + b + c\nd ~ whole\ne ~ d"
    rows = fit_pls(text, population(c, LOADINGS), method="plsc").tidy()
    paths = rows[rows.op == "~"].set_index("lhs")["estimate"]
    assert paths["d"] == pytest.approx(b[0], abs=1e-6)
    assert paths["e"] == pytest.approx(b[1], abs=1e-6)
    whole = rows[(rows.op == "=~") & (rows.lhs == "whole")]["estimate"]
    np.testing.assert_allclose(whole, second, atol=1e-6)


def test_plsc_recovers_a_composite_of_factors() -> None:
    among = np.array([[1.0, 0.4, 0.3], [0.4, 1.0, 0.5], [0.3, 0.5, 1.0]])
    w = np.array([0.5, 0.2, 0.6])
    w = w / np.sqrt(w @ among @ w)
    c = np.eye(5)
    c[:3, :3] = among
    c[:3, 3] = c[3, :3] = among @ w * 0.7
    c[:3, 4] = c[4, :3] = among @ w * 0.7 * 0.5
    c[3, 4] = c[4, 3] = 0.5
    text = LOWER + "\nwhole <~ a + b + c\nd ~ whole\ne ~ d"
    rows = fit_pls(text, population(c, LOADINGS), method="plsc").tidy()
    paths = rows[rows.op == "~"].set_index("lhs")["estimate"]
    assert paths["d"] == pytest.approx(0.7, abs=1e-6)
    assert paths["e"] == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(rows[(rows.op == "<~") & (rows.lhs == "whole")]["estimate"], w, atol=1e-6)


def nonlinear(n: int, seed: int, noise: float = 0.6) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=n)
    m = 0.3 * x + np.sqrt(1 - 0.09) * draw.normal(size=n)
    y = 0.4 * x + 0.3 * m + 0.25 * (x * m - 0.3) + 0.15 * (x * x - 1)
    y = y + np.sqrt(1 - y.var()) * draw.normal(size=n)
    columns = {}
    for name, eta in (("a", x), ("m", m), ("y", y)):
        for i in (1, 2, 3):
            columns[f"{name}{i}"] = np.sqrt(1 - noise**2) * eta + noise * draw.normal(size=n)
    return pd.DataFrame(columns)


NONLINEAR = "a =~ a1 + a2 + a3\nm =~ m1 + m2 + m3\ny =~ y1 + y2 + y3\ny ~ a + m"
BOTH = [("a", "m", "y"), ("a", "a", "y")]


def test_plsc_takes_the_error_out_of_products_and_squares() -> None:
    frame = nonlinear(100_000, 3)
    found = fit_pls(NONLINEAR, frame, method="plsc", interactions=BOTH, bootstrap=0).tidy()
    paths = found[found.op == "~"].set_index("rhs")["estimate"]
    wanted = {"a": 0.4, "m": 0.3, "a_x_m": 0.25, "a_x_a": 0.15}
    # three standard errors of a path with 100,000 rows
    assert paths.to_dict() == pytest.approx(wanted, abs=0.015)
    plain = fit_pls(NONLINEAR, frame, interactions=BOTH, bootstrap=0).tidy()
    assert plain[plain.op == "~"].set_index("rhs")["estimate"]["a_x_m"] < 0.22


def by_hand(frame: pd.DataFrame, approach: str, second: str) -> pd.DataFrame:
    z = (frame - frame.mean()) / frame.std()
    left, right = [f"a{i}" for i in (1, 2, 3)], [f"{second}{i}" for i in (1, 2, 3)]
    pairs = (
        itertools.combinations_with_replacement(left, 2) if second == "a" else itertools.product(left, right)
    )
    made = pd.DataFrame({f"{p}_x_{q}": z[p] * z[q] for p, q in pairs})
    if approach == "orthogonal":
        by = np.column_stack([np.ones(len(z)), z[sorted({*left, *right})]])
        made = made - by @ np.linalg.lstsq(by, made.to_numpy(), rcond=None)[0]
    return pd.concat([frame, made], axis=1)


@pytest.mark.parametrize("approach", ["product", "orthogonal"])
@pytest.mark.parametrize("second", ["m", "a"])
def test_products_of_indicators_are_the_columns_one_would_make(approach: str, second: str) -> None:
    frame = nonlinear(150, 4)
    asked = {"interactions": [("a", second, "y")], "approach": approach}
    fit = fit_pls(NONLINEAR, frame, bootstrap=30, **asked)
    hand = by_hand(frame, approach, second)
    made = [c for c in hand if "_x_" in c]
    text = f"{NONLINEAR} + I\nI =~ {' + '.join(made)}"
    alone = fit_pls(text, hand, bootstrap=0).tidy()
    ours = fit.tidy()
    for op in ("~", "<~", "=~"):
        np.testing.assert_allclose(
            ours[ours.op == op].sort_values(["lhs", "rhs"])["estimate"],
            alone[alone.op == op].replace("I", f"a_x_{second}").sort_values(["lhs", "rhs"])["estimate"],
            atol=1e-8,
        )
    k = fit.design.constructs.index(f"a_x_{second}")
    if approach == "orthogonal":  # the paths of the constructs are those of the model without the interaction
        place = [fit.design.constructs.index(c) for c in ("a", "m")]
        assert abs(fit.solved.c[0, place[0], k]) < 1e-10
    slopes = fit.tables()["slopes"].frame().set_index("at")
    twice = 2 if second == "a" else 1
    score = fit.solved.w[0]
    z = (frame - frame.mean()) / frame.std()
    linear = [i for i in fit.design.indicators if i in frame]
    rows = [fit.design.indicators.index(i) for i in linear]
    of = [z[linear].to_numpy() @ score[rows, fit.design.constructs.index(c)] for c in ("a", second)]
    product = of[0] * of[1]
    columns = [fit.design.indicators.index(c) for c in made]
    composite = ((hand[made] - hand[made].mean()) / hand[made].std()).to_numpy() @ score[columns, k]
    if approach == "orthogonal":
        by = np.column_stack([np.ones(len(z)), z[[i for i in linear if i[0] in "a" + second]]])
        product = product - by @ np.linalg.lstsq(by, product, rcond=None)[0]
    per = np.cov(composite, product)[0, 1] / product.var(ddof=1)
    b = fit.solved.b[0, k, fit.design.constructs.index("y")]
    assert slopes.loc[1.0, "interaction"] == pytest.approx(twice * b * per, abs=1e-8)
    assert slopes.loc[1.0, "estimate"] - slopes.loc[0.0, "estimate"] == pytest.approx(
        slopes.loc[0.0, "interaction"]
    )


def test_repeated_indicators_are_a_model_with_the_items_twice() -> None:
    frame = nonlinear(200, 5).assign(t1=lambda f: f.y1 + f.a2, t2=lambda f: f.y2 - f.m1)
    lower = "a =~ a1 + a2 + a3\nm =~ m1 + m2 + m3\ny =~ y1 + y2 + y3\nt =~ t1 + t2\n"
    twice = frame.assign(**{f"{i}_": frame[i] for i in ("a1", "a2", "a3", "m1", "m2", "m3")})
    copies = " + ".join(c for c in map(str, twice) if c.endswith("_"))
    for op, extra in (("=~", "\na ~ whole\nm ~ whole"), ("<~", "\nwhole ~ a + m\na ~ t\nm ~ t")):
        mode = {"whole": "A"}
        fit = fit_pls(
            f"{lower}whole {op} a + m\nwhole ~ t\ny ~ whole",
            frame,
            hierarchy="repeated",
            bootstrap=40,
            modes=mode,
        )
        inner = "whole ~ t\n" if op == "=~" else ""
        # Becker, Klein & Wetzels: what explains a formative whole also points to its parts
        outer = f"{inner}y ~ whole{extra}" if inner else f"y ~ whole{extra}\nwhole ~ t"
        stated = fit_pls(f"{lower}whole =~ {copies}\n{outer}", twice, bootstrap=0)
        w = fit.solved.w[0][:, fit.design.constructs.index("whole")]
        theirs = stated.solved.w[0][:, stated.design.constructs.index("whole")]
        np.testing.assert_allclose(
            [w[fit.design.indicators.index(i)] for i in ("a1", "a2", "m3")],
            [theirs[stated.design.indicators.index(f"{i}_")] for i in ("a1", "a2", "m3")],
            atol=1e-8,
        )
        z = (frame - frame.mean()) / frame.std()
        scores = pd.DataFrame(
            z[list(fit.design.indicators)].to_numpy() @ fit.solved.w[0], columns=fit.design.constructs
        )
        rows = fit.tidy()
        path = rows[(rows.lhs == "whole") & (rows.op == "~")].iloc[0]
        assert path["estimate"] == pytest.approx(np.corrcoef(scores.whole, scores.t)[0, 1], abs=1e-10)
        assert path["low"] < path["estimate"] < path["high"]
        r2 = fit.tables()["r2"].frame().set_index("lhs")["r2"]
        assert r2["whole"] < 0.9  # not the 1 that its own parts would give
        parts = rows[(rows.lhs == "whole") & (rows.op == "=~")].set_index("rhs")["estimate"]
        assert parts["a"] == pytest.approx(np.corrcoef(scores.whole, scores.a)[0, 1], abs=1e-10)
        assert 0 < fit.glance()["srmr"].iloc[0] < 0.2


HIGHER = "a =~ a1 + a2 + a3\nm =~ m1 + m2 + m3\ny =~ y1 + y2 + y3\nboth <~ a + m\ny ~ both"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (HIGHER, {}),
        (HIGHER, {"method": "plsc"}),
        (HIGHER, {"hierarchy": "repeated"}),
        (NONLINEAR, {"interactions": BOTH}),
        (NONLINEAR, {"interactions": BOTH, "method": "plsc"}),
        (NONLINEAR, {"interactions": [("a", "m", "y")], "approach": "orthogonal"}),
    ],
)
def test_every_stage_is_taken_by_jackknife_inner_replicates_groups_and_weights(
    text: str, options: dict[str, Any]
) -> None:
    n = 300 if options.get("method") == "plsc" and "interactions" in options else 90
    frame = nonlinear(n, 6)
    bca = fit_pls(text, frame, bootstrap=20, interval="bca", **options)
    left = fit_pls(text, frame.drop(index=7).reset_index(drop=True), bootstrap=0, **options)
    assert bca.inference.jackknife is not None
    np.testing.assert_allclose(bca.inference.jackknife.solved.b[7], left.solved.b[0], atol=1e-7)
    studentised = fit_pls(text, frame, bootstrap=30, interval="studentised", **options)
    row = studentised.tidy().query("op == '~'").iloc[0]
    assert row["low"] < row["high"]
    weights = np.tile([1.0, 2.0, 1.0], n // 3)
    weighted = sk.read(frame.assign(w=weights), weight="w")
    repeated = frame.loc[frame.index.repeat(weights.astype(int))].reset_index(drop=True)
    one = sk.fit(text, weighted, **{"method": "pls", **options}, bootstrap=20)
    two = sk.fit(text, repeated, **{"method": "pls", **options}, bootstrap=0)
    # n − 1 of the weighted rows is not n − 1 of the repeated ones where a product has a spread of its own
    np.testing.assert_allclose(one.solved.b, two.solved.b, atol=2e-3)
    halves = frame.assign(g=np.repeat(["x", "y"], n // 2), w=weights)
    found = compare_groups(text, sk.read(halves, weight="w"), "g", permutations=19, bootstrap=20, **options)
    alone = sk.fit(
        text, sk.read(halves[halves.g == "y"].reset_index(drop=True), weight="w"),
        **{"method": "pls", **options}, bootstrap=0,
    ).tidy()  # fmt: skip
    np.testing.assert_allclose(
        found.tidy().query("group == 'y'")["estimate"], alone[alone.op == "~"]["estimate"], atol=2e-3
    )


def test_prediction_goes_through_both_stages() -> None:
    frame = nonlinear(120, 8)
    folds = np.arange(120) % 4
    found = predict(NONLINEAR, frame, interactions=[("a", "m", "y")], assigned=folds).tidy().set_index("term")
    z_items = list(fit_pls(NONLINEAR, frame, bootstrap=0).design.indicators)
    missed = np.empty(120)
    for k in range(4):
        train, test = frame[folds != k], frame[folds == k]
        mean, sd = train.mean(), train.std()
        first = fit_pls(NONLINEAR, train.reset_index(drop=True), bootstrap=0)
        w = pd.DataFrame(first.solved.w[0], index=z_items, columns=first.design.constructs)

        def product(
            rows: pd.DataFrame, w: pd.DataFrame = w, mean: pd.Series = mean, sd: pd.Series = sd
        ) -> pd.Series:
            scores = ((rows - mean) / sd)[z_items] @ w
            return scores["a"] * scores["m"]

        whole = train.assign(I=product(train)).reset_index(drop=True)
        last = fit_pls(f"{NONLINEAR} + I", whole, bootstrap=0)
        names = list(last.design.indicators)
        z = (test.assign(I=product(test))[names] - whole[names].mean()) / whole[names].std()
        y = (z.to_numpy() @ last.solved.w[0] @ last.solved.b[0])[:, last.design.constructs.index("y")]
        load = last.solved.loadings[0][names.index("y2"), last.design.constructs.index("y")]
        missed[folds == k] = test["y2"] - (mean["y2"] + sd["y2"] * load * y)
    assert found.loc["y2", "rmse_pls"] == pytest.approx(np.sqrt((missed**2).mean()), abs=1e-8)
    linear = predict(NONLINEAR, frame, assigned=folds).tidy().set_index("term")
    assert found.loc["y2", "rmse_pls"] != linear.loc["y2", "rmse_pls"]


def test_items_of_a_parts_construct_are_foretold_through_the_part() -> None:
    frame = nonlinear(150, 9)
    text = "a =~ a1 + a2 + a3\nm =~ m1 + m2 + m3\ny =~ y1 + y2 + y3\nboth =~ m + y\nboth ~ a"
    found = predict(text, frame, repeats=2, folds=5).tidy()
    assert set(found["term"]) == {"m1", "m2", "m3", "y1", "y2", "y3"}
    assert (found["rmse_pls"] < found["rmse_ia"]).mean() > 0.8
    weighted = sk.read(frame.assign(w=1.0 + (np.arange(150) % 2)), weight="w")
    assert predict(text, weighted, repeats=1, folds=5).tidy()["estimate"].notna().all()
    assert "training and errors weighted" in predict(text, weighted, repeats=1, folds=5).choices


def test_a_formative_construct_explains_its_global_item_or_is_cautioned() -> None:
    frame = nonlinear(300, 10)
    frame["all"] = frame.a1 + frame.a2 + 0.3 * frame.a3 + np.random.default_rng(1).normal(size=300)
    frame["none"] = np.random.default_rng(2).normal(size=300)
    text = NONLINEAR.replace("a =~", "a <~").replace("m =~", "m <~")
    fit = fit_pls(
        text, frame, bootstrap=60, redundancy={"a": "all", "m": "none"}, predict={"repeats": 1, "folds": 5}
    )
    rows = {r["lhs"]: r for r in fit.tables()["redundancy"].records()}
    r = frame[["a1", "a2", "a3", "all"]].corr().to_numpy()
    multiple = np.sqrt(r[3, :3] @ np.linalg.solve(r[:3, :3], r[:3, 3]))
    assert rows["a"]["estimate"] == pytest.approx(multiple, abs=1e-8)
    assert rows["a"]["low"] < multiple < rows["a"]["high"]
    assert [c.about for c in fit.checks if c.code == "REDUNDANCY_LOW"] == [("m", "none")]
    assert {"prediction", "cvpat"} <= set(fit.tables())
    for options, says in (
        ({"redundancy": {"z": "all"}}, "unknown construct 'z'"),
        ({"redundancy": {"a": "m1"}}, "a part of the model"),
        ({"predict": {"fold": 3}}, "no option 'fold'"),
        ({"predict": 3}, "True or its options"),
        ({"modes": ["a"]}, "modes takes"),
    ):
        with pytest.raises(sk.SurveykitError, match=says):
            fit_pls(text, frame, bootstrap=0, **options)


def test_a_frame_of_numbers_takes_the_short_way_to_the_same_fit() -> None:
    frame = nonlinear(120, 3)
    frame.iloc[3, 0] = np.nan
    text = "a =~ a1 + a2 + a3\ny =~ y1 + y2 + y3\ny ~ a"
    short, read = (sk.fit(text, s, method="pls", bootstrap=50) for s in (frame, sk.read(frame)))
    assert short.notes() == read.notes()
    pd.testing.assert_frame_equal(short.tidy(), read.tidy(), check_exact=True)
