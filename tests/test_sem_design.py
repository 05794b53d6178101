"""A fit takes the weights and clusters that its answers were read with, or says that it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.sem import fit

MODEL = "a =~ x1 + x2 + x3"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    school = np.repeat(np.arange(30), 10)
    factor = rng.normal(size=300) + 0.7 * rng.normal(size=30)[school]
    items = {f"x{i}": 0.8 * factor + rng.normal(size=300) for i in (1, 2, 3)}
    return pd.DataFrame({**items, "w": rng.uniform(0.5, 2, 300), "school": school, "area": school % 3})


def test_weights_of_the_answers_are_sampling_weights(frame) -> None:
    by_design = fit(MODEL, read(frame, weight="w"))
    by_name = fit(MODEL, read(frame), sampling_weights="w")
    np.testing.assert_allclose(by_design.theta, by_name.theta)
    np.testing.assert_allclose(by_design.vcov, by_name.vcov)
    assert any("weights w" in note for note in by_design.notes())
    assert "DESIGN_UNUSED" not in {c.code for c in by_design.checks}


def test_clusters_of_the_answers_widen_the_errors(frame) -> None:
    clustered = fit(MODEL, read(frame, clusters="school"))
    by_name = fit(MODEL, read(frame), cluster="school")
    np.testing.assert_allclose(clustered.vcov, by_name.vcov)
    plain = fit(MODEL, frame)
    variance = plain.table.names().index("a~~a")
    assert clustered.vcov[variance, variance] > plain.vcov[variance, variance]


def test_what_does_not_know_the_design_says_so(frame) -> None:
    found = fit(MODEL, read(frame, weight="w", clusters="school"), method="gls")
    check = next(c for c in found.checks if c.code == "DESIGN_UNUSED")
    assert check.about == ("weights", "clusters")
    assert "权重、整群" in check.text("zh")
    size = frame.assign(schools=300, pupils=30)
    two = read(size.assign(pupil=np.arange(300)), clusters=["school", "pupil"], fpc=["schools", "pupils"])
    drawn = fit(MODEL, two, bootstrap=20)  # draws schools, with their population
    assert next(c.about for c in drawn.checks if c.code == "DESIGN_UNUSED") == ("later stages of sampling",)


@pytest.mark.parametrize("options", [{"method": "pls", "bootstrap": 200}, {"bootstrap": 200}])
def test_a_bootstrap_draws_as_the_design_drew(frame, options) -> None:
    model = "a =~ x1 + x2\nx3 ~ a" if options.get("method") == "pls" else MODEL
    found = fit(model, read(frame, clusters="school"), **options)
    assert "DESIGN_UNUSED" not in {c.code for c in found.checks}
    wide, plain = (f.tidy()["se"] for f in (found, fit(model, read(frame), **options)))
    assert (wide / plain).max() > 1.2


def test_replicates_of_a_path_model_with_gaps_draw_clusters_too(frame) -> None:
    model = "a =~ x1 + x2\nx3 ~ a"
    options = {"method": "pls", "missing": "em", "bootstrap": 100}
    found, plain = (fit(model, read(frame, **design), **options) for design in ({"clusters": "school"}, {}))
    assert "DESIGN_UNUSED" not in {c.code for c in found.checks}
    assert (found.tidy()["se"] / plain.tidy()["se"]).max() > 1.05


@pytest.mark.parametrize(
    ("case", "design"),
    [
        (4, {"strata": "stype", "weight": "pw", "fpc": "fpc"}),
        (14, {"clusters": "dnum", "weight": "pw", "fpc": "fpc"}),
        (34, {"clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}),
    ],
)
def test_finite_populations_and_stages_are_those_of_svyglm(shared_data, reference, case, design) -> None:
    asked = reference("survey")["cases"][case]
    found = fit(
        "api00 ~ ell + meals + mobility", read(shared_data(asked["data"]), **design), meanstructure=True
    )
    rows = found.tidy().set_index(["op", "rhs"])
    at = [("~1", ""), ("~", "ell"), ("~", "meals"), ("~", "mobility")]
    first = rows[rows["lhs"] == "api00"]
    np.testing.assert_allclose([first.loc[k, "estimate"] for k in at], asked["est"], rtol=1e-6)
    np.testing.assert_allclose([first.loc[k, "se"] for k in at], asked["se"], rtol=1e-6)
    assert "DESIGN_UNUSED" not in {c.code for c in found.checks}


def test_a_population_drawn_whole_leaves_nothing_open(frame) -> None:
    sizes = {f: read(frame.assign(N=30 / f), clusters="school", fpc="N") for f in (1.0, 0.75)}
    endless = fit(MODEL, read(frame, clusters="school"))
    np.testing.assert_allclose(fit(MODEL, sizes[0.75]).vcov, endless.vcov / 4, rtol=1e-8, atol=1e-12)
    with pytest.raises(SurveykitError, match="nothing is left to estimate"):
        fit(MODEL, sizes[1.0])


def test_replicate_weights_are_refits_under_each(frame) -> None:
    schools = 30
    columns = {
        f"r{k}": frame["w"] * np.where(frame["school"] == k, 0.0, schools / (schools - 1))
        for k in range(schools)
    }
    data = frame.assign(**columns)
    found = fit(MODEL, read(data, weight="w", replicates=list(columns), replicate_kind="jk1"))
    thetas = np.array([fit(MODEL, data[data[c] > 0], sampling_weights=c).theta for c in columns])
    about = thetas - thetas.mean(axis=0)
    refitted = np.sqrt((schools - 1) / schools * (about**2).sum(axis=0))
    free = np.sqrt(np.diagonal(found.vcov))
    # the two agree to first order: 30 clusters leave terms of the order 1/30
    np.testing.assert_allclose(free, refitted, rtol=0.06)
    clustered = fit(MODEL, read(frame, weight="w", clusters="school"), meanstructure=False)
    np.testing.assert_allclose(free, np.sqrt(np.diagonal(clustered.vcov)), rtol=0.06)
    assert "DESIGN_UNUSED" not in {c.code for c in found.checks}


def test_groups_are_domains_of_the_design(frame) -> None:
    # rows without an answer keep their cluster in the design: what R does after subset()
    some = frame.assign(g=np.where(np.arange(300) % 2 == 0, "a", "b"))
    data = read(some, weight="w", clusters="school", strata="area")
    both = fit("x1 ~ x2", data, group="g", meanstructure=True).tidy()
    only = some[some["g"] == "a"]
    alone = fit(
        "x1 ~ x2", read(only, weight="w", clusters="school", strata="area"), meanstructure=True
    ).tidy()
    mine = both[both["group"] == "a"]
    for op in ("~", "~1"):
        a, b = (t[(t["lhs"] == "x1") & (t["op"] == op)]["se"].item() for t in (mine, alone))
        assert a == pytest.approx(b, rel=1e-6)


def test_a_rule_for_lonely_strata_holds_in_models(frame) -> None:
    alone = frame.assign(area=np.where(frame["school"] == 0, 9, frame["area"]))
    data = read(alone, weight="w", clusters="school", strata="area", lonely="adjust")
    assert np.isfinite(fit(MODEL, data).tidy()["se"]).all()


def test_strata_of_the_answers_are_taken(frame) -> None:
    found = fit(MODEL, read(frame, weight="w", clusters="school", strata="area"))
    by_name = fit(MODEL, read(frame), sampling_weights="w", cluster="school", strata="area")
    np.testing.assert_allclose(found.vcov, by_name.vcov)
    assert "DESIGN_UNUSED" not in {c.code for c in found.checks}
    assert any("strata area" in note for note in found.notes())


def test_the_middle_of_the_sandwich_is_centred_by_stratum(frame) -> None:
    # a regression with weights: its scores by hand, summed by cluster, about the mean of each stratum
    found = fit(
        "x1 ~ x2 + x3", frame, sampling_weights="w", cluster="school", strata="area", meanstructure=True
    )
    w = frame["w"].to_numpy() / frame["w"].mean()
    X = np.column_stack([np.ones(len(frame)), frame["x2"], frame["x3"]])
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    b = bread @ X.T @ (w * frame["x1"].to_numpy())
    scores = X * (w * (frame["x1"].to_numpy() - X @ b))[:, None]
    middle = np.zeros((3, 3))
    for _, part in frame.groupby("area"):
        sums = np.array([scores[rows.index].sum(axis=0) for _, rows in part.groupby("school")])
        about = sums - sums.mean(axis=0)
        middle += len(sums) / (len(sums) - 1) * about.T @ about
    by_hand = np.sqrt(np.diagonal(bread @ middle @ bread))
    rows = found.tidy().set_index(["lhs", "op", "rhs"])
    ours = [
        rows.loc[("x1", "~1", ""), "se"],
        rows.loc[("x1", "~", "x2"), "se"],
        rows.loc[("x1", "~", "x3"), "se"],
    ]
    np.testing.assert_allclose(ours, by_hand, rtol=1e-8)


def test_strata_are_those_of_the_survey_package(shared_data) -> None:
    # svyglm(api00 ~ ell + meals, svydesign(id = ~1, strata = ~stype, weights = ~pw)), survey 4.1
    frame = pd.read_csv(shared_data("apistrat.csv"))[["api00", "ell", "meals", "pw", "stype"]]
    found = fit("api00 ~ ell + meals", frame, sampling_weights="pw", strata="stype", meanstructure=True)
    rows = found.tidy().set_index(["op", "rhs"])
    assert rows.loc[("~1", ""), "se"].max() == pytest.approx(8.8946740562, rel=1e-8)
    assert rows.loc[("~", "ell"), "se"] == pytest.approx(0.3935903243, rel=1e-8)
    assert rows.loc[("~", "meals"), "se"] == pytest.approx(0.2799665549, rel=1e-8)


def test_strata_clusters_and_weights_are_those_of_lavaan_survey(shared_data) -> None:
    # Γ of the second moments by survey 4.1 (svymean of the products, clusters within strata), given to lavaan 0.6-14 as
    # NACOV with se = "robust.sem" and test = "satorra.bentler": what lavaan.survey does
    frame = pd.read_csv(shared_data("HS1939_weights_clusters.csv"))
    found = fit(
        "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6",
        frame,
        sampling_weights="w",
        cluster="clus",
        strata="sex01",
        se="robust_sem",
        test="satorra_bentler",
        information="expected",
        meanstructure=False,
    )
    se = found.tidy()["se"]
    assert se.iloc[[1, 2, 4, 6, 14]].tolist() == pytest.approx(
        [0.150828068, 0.171419544, 0.072844582, 0.158105306, 0.072128012], rel=2e-6
    )
    assert found.measures["chisq"] == pytest.approx(22.88824626, rel=1e-8)
    assert found.measures["chisq_scaled"] == pytest.approx(18.14496707, rel=1e-6)


def test_a_stratum_of_one_cluster_is_refused(frame) -> None:
    alone = frame.assign(area=np.where(frame["school"] == 0, 9, frame["area"]))
    with pytest.raises(SurveykitError) as caught:
        fit(MODEL, alone, cluster="school", strata="area")
    assert caught.value.code == "LONELY_STRATUM"


def test_a_weight_must_be_a_number(frame) -> None:
    for value, word in ((np.nan, "missing"), (-1.0, "negative")):
        weights = frame["w"].copy()
        weights[7] = value
        with pytest.raises(SurveykitError) as caught:
            fit(MODEL, frame.assign(w=weights), sampling_weights="w")
        assert word in caught.value.what
        assert caught.value.got == "rows 8"


def test_rows_without_a_group_or_any_answer_are_counted(frame) -> None:
    halves = np.where(np.arange(300) < 150, "a", "b").astype(object)
    halves[:10] = None
    found = fit(MODEL, frame.assign(g=halves), group="g")
    check = next(c for c in found.checks if c.code == "GROUP_MISSING")
    assert check.values["rows"] == 10
    assert found.n == 290
    empty = frame.copy()
    empty.loc[:19, ["x1", "x2", "x3"]] = np.nan
    partly = fit(MODEL, empty)
    assert (partly.n, partly.n_total) == (280, 300)
    assert "280 of 300" in partly.notes()[0]
