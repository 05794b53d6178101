"""Groups of a PLS model: each as if alone, tests of the right size, MICOM that sees what differs and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.sem.pls import compare_groups
from surveykit.sem.pls.permute import permute

TEXT = "a =~ a1 + a2 + a3\nb =~ b1 + b2 + b3\nb ~ a"


def sample(n: int, seed: int, path: float = 0.5, **loadings: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = path * a + np.sqrt(1 - path**2) * rng.normal(size=n)
    found = {}
    for name, factor in (("a", a), ("b", b)):
        for i in (1, 2, 3):
            load = loadings.get(f"{name}{i}", 0.8)
            found[f"{name}{i}"] = load * factor + np.sqrt(1 - load**2) * rng.normal(size=n)
    return pd.DataFrame(found)


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([p.assign(g=f"g{k}") for k, p in enumerate(parts)], ignore_index=True)


def test_each_group_is_as_if_it_were_alone() -> None:
    parts = (sample(80, 1), sample(120, 2), sample(60, 3))
    found = compare_groups(TEXT, together(*parts), "g", permutations=19, bootstrap=40)
    for k, part in enumerate(parts):
        alone = sk.fit(TEXT, part, method="pls", bootstrap=0).tidy().query("op == '~'")["estimate"].iloc[0]
        row = found.tidy().query(f"group == 'g{k}'").iloc[0]
        assert row["estimate"] == pytest.approx(alone, abs=1e-12)
        assert row["n"] == len(part)
        assert row["low"] < row["estimate"] < row["high"]
    table = found.tables()["differences"].frame()
    assert list(zip(table.group_a, table.group_b, strict=True)) == [("g0", "g1"), ("g0", "g2"), ("g1", "g2")]


@pytest.mark.parametrize("missing", ["pairwise", "em", "mean"])
def test_each_group_is_as_if_alone_with_answers_missing(missing) -> None:
    data = together(sample(80, 1), sample(120, 2))
    holes = np.random.default_rng(3).random((200, 6)) < 0.1
    data.iloc[:, :6] = data.iloc[:, :6].mask(holes)
    found = compare_groups(TEXT, data, "g", missing=missing, permutations=49, bootstrap=40)
    for name, part in data.groupby("g"):
        alone = sk.fit(TEXT, part.reset_index(drop=True), method="pls", missing=missing, bootstrap=0)
        row = found.tidy().query(f"group == '{name}'").iloc[0]
        assert row["estimate"] == pytest.approx(
            alone.tidy().query("op == '~'")["estimate"].iloc[0], abs=1e-12
        )
        assert row["low"] < row["estimate"] < row["high"]
    assert found.tables()["micom"].frame().notna().all(axis=None)
    assert found.tables()["differences"].records()[0]["permutations"] == 49


def test_a_permutation_gives_whole_clusters_or_exchanges_people_within_them() -> None:
    stream = np.random.default_rng(1)
    whole, cluster = np.zeros((200, 60)), np.repeat(np.arange(15), 4)
    whole[0, :28] = 1.0
    permute(whole, cluster, stream)
    by = whole.reshape(200, 15, 4)
    assert (by.max(axis=2) == by.min(axis=2)).all()
    assert (by[:, :, 0].sum(axis=1) == 7).all()
    assert by[1:, :, 0].mean(axis=0) == pytest.approx(7 / 15, abs=0.15)  # four standard errors of 199
    crossed = np.zeros((200, 60))
    crossed[0] = stream.random(60) < 0.4
    permute(crossed, cluster, stream)
    counts = crossed.reshape(200, 15, 4).sum(axis=2)
    assert (counts == counts[0]).all()
    assert len(np.unique(crossed, axis=0)) > 190
    with pytest.raises(SurveykitError, match="too few clusters"):
        permute(whole, np.repeat([0, 1, 2], [28, 16, 16]), stream)


def test_clusters_that_are_alike_make_no_difference_between_groups() -> None:
    """Sixteen shops that differ in how their people answer; rows exchanged alone call that a difference of the groups."""
    shops = [sample(30, 100 + k, path) for k, path in enumerate(np.linspace(-0.5, 0.95, 16))]
    listed = zip(shops, "0001001011010111", strict=True)
    data = pd.concat([s.assign(shop=k, g=g) for k, (s, g) in enumerate(listed)], ignore_index=True)
    alone, whole = (
        sk.fit(TEXT, data, method="pls", group="g", permutations=199, bootstrap=100, **design)
        for design in ({}, {"cluster": "shop"})
    )
    p = [f.tables()["differences"].records()[0]["p_permutation"] for f in (alone, whole)]
    assert p[0] < 0.05 < p[1]
    assert any("whole clusters" in note for note in whole.choices)
    wide = [f.tidy()["se"].mean() for f in (alone, whole)]
    assert wide[1] > 1.3 * wide[0]


def test_a_real_difference_is_found_by_both_tests_and_none_where_there_is_none() -> None:
    apart = together(sample(250, 4, 0.1), sample(250, 5, 0.75))
    row = (
        compare_groups(TEXT, apart, "g", permutations=199, bootstrap=200).tables()["differences"].records()[0]
    )
    assert row["estimate"] < -0.3
    assert row["p_permutation"] == pytest.approx(1 / 200)
    assert row["p_henseler"] < 0.01
    alike = together(sample(250, 6), sample(250, 7))
    row = (
        compare_groups(TEXT, alike, "g", permutations=199, bootstrap=200).tables()["differences"].records()[0]
    )
    assert row["p_permutation"] > 0.05
    assert row["p_henseler"] > 0.05


def test_micom_tells_composition_from_means_and_variances() -> None:
    base = sample(300, 8)
    moved = sample(300, 9)
    moved[["b1", "b2", "b3"]] += 1.0
    found = compare_groups(TEXT, together(base, moved), "g", permutations=199, bootstrap=0)
    micom = found.tables()["micom"].frame().set_index("term")
    assert micom.loc["a", "invariance"] == "full"
    assert micom.loc["b", "invariance"] == "partial"
    assert micom.loc["b", "mean_high"] > 0 > micom.loc["b", "mean_difference"]
    other = sample(300, 10, b1=0.95, b2=0.2, b3=0.1)
    broken = compare_groups(TEXT, together(base, other), "g", permutations=199, bootstrap=0)
    assert broken.tables()["micom"].frame().set_index("term").loc["b", "invariance"] == "none"
    assert [c.about for c in broken.checks if c.code == "NOT_INVARIANT"] == [("b",)]


def test_micoms_c_and_differences_by_brute_force() -> None:
    data = together(sample(70, 11), sample(90, 12))
    row = compare_groups(TEXT, data, "g", permutations=19, bootstrap=0).tables()["micom"].records()[0]
    x = data[["a1", "a2", "a3", "b1", "b2", "b3"]]
    z = ((x - x.mean()) / x.std()).to_numpy()
    w = [sk.fit(TEXT, x[data.g == g], method="pls", bootstrap=0).solved.w[0][:, 0] for g in ("g0", "g1")]
    assert row["c"] == pytest.approx(np.corrcoef(z @ w[0], z @ w[1])[0, 1], abs=1e-10)
    score = z @ sk.fit(TEXT, x, method="pls", bootstrap=0).solved.w[0][:, 0]
    one, two = score[data.g == "g0"], score[data.g == "g1"]
    assert row["mean_difference"] == pytest.approx(one.mean() - two.mean(), abs=1e-10)
    assert row["log_variance_ratio"] == pytest.approx(np.log(one.var(ddof=1) / two.var(ddof=1)), abs=1e-10)


@pytest.mark.nightly
def test_the_size_of_the_tests() -> None:
    rejected = np.zeros(2)
    for seed in range(200):
        data = together(sample(60, 1000 + seed), sample(60, 5000 + seed))
        found = compare_groups(TEXT, data, "g", permutations=99, bootstrap=99, seed=seed)
        row = found.tables()["differences"].records()[0]
        rejected += [row["p_permutation"] <= 0.05, row["p_henseler"] <= 0.05]
    # three standard errors of a share of .05 over 200 samples
    assert (np.abs(rejected / 200 - 0.05) < 0.047).all()


def test_the_index_of_each_group_and_fit_with_group() -> None:
    items = "\n".join(f"  {i}: {{text: {{en: {i}}}, scale: s}}" for i in ("a1", "a2", "b1", "b2"))
    text = (
        f"id: q\ntitle: {{en: Q}}\nlanguages: [en]\nscales:\n  s: {{min: 1, max: 10}}\nitems:\n{items}\n"
        "  g: {text: {en: G}, type: single, options: {x: {en: X}, y: {en: Y}}}\ngroups: [g]\n"
    )
    rng = np.random.default_rng(13)
    base = rng.normal(size=(160, 1))
    values = np.clip(np.round(5 + 2 * base + rng.normal(size=(160, 4))), 1, 10)
    frame = pd.DataFrame(values, columns=["a1", "a2", "b1", "b2"]).assign(g=["x", "y"] * 80)
    data = sk.read(frame, Questionnaire.from_text(text))
    model = "a =~ a1 + a2\nb =~ b1 + b2\nb ~ a"
    found = sk.fit(model, data, method="pls", group="g", permutations=19, bootstrap=40)
    index = found.tables()["index"].frame().set_index(["group", "term"])
    alone = sk.read(frame[frame.g == "x"].reset_index(drop=True), Questionnaire.from_text(text))
    wanted = sk.fit(model, alone, method="pls", bootstrap=0).tables()["index"].frame().set_index("term")
    assert index.loc[("x", "b"), "estimate"] == pytest.approx(wanted.loc["b", "estimate"], abs=1e-10)
    assert index.loc[("x", "b"), "low"] < index.loc[("x", "b"), "estimate"] < index.loc[("x", "b"), "high"]


def test_what_groups_cannot_be_compared_on_is_refused() -> None:
    data = together(sample(40, 1), sample(40, 2))
    with pytest.raises(SurveykitError, match="two groups"):
        compare_groups(TEXT, data[data.g == "g0"], "g")
    with pytest.raises(SurveykitError, match="take complete rows"):
        compare_groups(TEXT, data, "g", missing="em", interactions=[("a", "b", "c")])
    with pytest.raises(SurveykitError, match="too few permutations"):
        compare_groups(TEXT, data, "g", permutations=5)
