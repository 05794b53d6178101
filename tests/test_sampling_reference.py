"""Design-based estimates against R survey 4.1.1 on its California school data (means, totals, ratios, regressions)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit import sampling as sp

REL = 1e-8  # issue's demand; what is reached is 1e-12 and better (see docs/validation.md)
STYPE = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}


@pytest.fixture(scope="module")
def api(shared_data):
    names = ("apistrat", "apiclus1", "apiclus2", "apisrs")
    return {n: pd.read_csv(shared_data(f"{n}.csv"), na_values=["NA", ""]) for n in names}


def designs(api):
    """The designs of both reference files by the words that name them."""
    strat, one, two, srs = (api[n] for n in ("apistrat", "apiclus1", "apiclus2", "apisrs"))
    make = sp.Sampling.of
    return {
        "strat": (strat, make(len(strat), weights=strat.pw, strata=strat.stype, fpc=[strat.fpc])),
        "strat_nofpc": (strat, make(len(strat), weights=strat.pw, strata=strat.stype)),
        "clus1": (one, make(len(one), weights=one.pw, clusters=[one.dnum], fpc=[one.fpc])),
        "clus1_nofpc": (one, make(len(one), weights=one.pw, clusters=[one.dnum])),
        "clus2": (two, make(len(two), clusters=[two.dnum, two.snum], fpc=[two.fpc1, two.fpc2])),
        "srs": (srs, make(len(srs), weights=srs.pw, fpc=[srs.fpc])),
        "weights_only": (strat, make(len(strat), weights=strat.pw)),
    }


def named(call: str) -> str:
    if "strata" in call:
        return "strat"
    if "dnum+snum" in call:
        return "clus2"
    return "clus1" if "id=~dnum" in call else "weights_only"


def columns_of(frame, names):
    return np.column_stack([np.ones(len(frame)), frame[names]])


def found_for(case, frame, s):
    """Estimates and standard errors (bounds for a share's interval) of one reference case."""
    kind = case["case"]
    predictors = ["ell", "meals", "mobility"]
    if kind == "svyby":
        parts = [sp.mean(s, frame.api00, (frame.stype == g).to_numpy()) for g in case["names"]]
        return [p.estimate[0] for p in parts], [p.se[0] for p in parts]
    if kind == "svyquantile":
        parts = [sp.quantile(s, frame.api00, p) for p in (0.25, 0.5, 0.75)]
        return [p.estimate for p in parts], [p.se for p in parts]
    if kind == "svyciprop_logit":
        share = sp.mean(s, frame.api00 > 700)
        bounds = sp.share_interval(share.estimate[0], share.se[0], s.df())
        return share.estimate, [bounds.low, bounds.high]
    if kind == "deff":
        return [sp.design_effect(s, frame.api00, replace=False)], None
    made = {
        "svymean": lambda: sp.mean(s, frame[["api00", "enroll"]]),
        "svytotal": lambda: sp.total(s, frame.api00),
        "svyprop": lambda: sp.mean(s, np.column_stack([frame["sch.wide"] == v for v in ("No", "Yes")])),
        "svyratio": lambda: sp.ratio(s, frame.api00, frame.api99),
        "svyglm": lambda: sp.regression(s, frame.api00, columns_of(frame, predictors)),
        "svyvar": lambda: sp.variance(s, frame.api00),
    }[kind]()
    return made.estimate, made.se


def test_all_cases_of_r_survey(reference, api):
    cases = reference("survey")["cases"]
    assert len(cases) == 41
    known = designs(api)
    for case in cases:
        if case["case"] == "rake":
            continue
        estimate, se = found_for(case, *known[named(case["call"])])
        about = f"{case['case']} {case['call']}"
        assert np.asarray(estimate) == pytest.approx(np.array(case["est"]), rel=REL), about
        if se is not None:
            assert np.asarray(se) == pytest.approx(np.array(case.get("ci") or case["se"]), rel=REL), about


def test_raking_stopped_where_r_stops(reference, api):
    (case,) = (c for c in reference("survey")["cases"] if c["case"] == "rake")
    frame = api["apiclus1"]
    made = sp.rake(frame.pw, [frame.stype, frame["sch.wide"]], [STYPE, WIDE], tolerance=1.0)
    assert made.weights[:10] == pytest.approx(np.array(case["weights_head"]), rel=REL)
    assert made.weights.sum() == pytest.approx(case["weights_sum"], rel=REL)
    s = sp.Sampling.of(len(frame), clusters=[frame.dnum], calibrated=made)
    found = sp.mean(s, frame.api00)
    assert found.estimate == pytest.approx(np.array(case["est"]), rel=REL)
    assert found.se == pytest.approx(np.array(case["se"]), rel=REL)


def test_the_second_reference(reference, api):
    """survey_api.json, written by another run of R: rel. 1e-6 as the issue asks, reached 1e-10."""
    results = reference("survey_api")["results"]
    for name, (frame, s) in designs(api).items():
        told = results[name]
        assert s.df() == told["degf"], name
        several = sp.mean(s, frame[["api00", "api99", "ell", "meals"]])
        assert several.estimate == pytest.approx(np.array(told["mean_multi"]["est"]), rel=1e-10), name
        assert several.se == pytest.approx(np.array(told["mean_multi"]["se"]), rel=1e-10), name
        made = sp.total(s, frame.enroll)
        if told["total_enroll"]["se"] is not None:
            assert made.se[0] == pytest.approx(told["total_enroll"]["se"], rel=1e-10), name
        made = sp.ratio(s, frame["api.stu"], frame.enroll)
        if told["ratio_api_stu_enroll"]["se"] is not None:  # R was not told to leave missing values out
            assert made.se[0] == pytest.approx(told["ratio_api_stu_enroll"]["se"], rel=1e-10), name
        made = sp.variance(s, frame.api00)
        assert made.se[0] == pytest.approx(told["var_api00"]["se"], rel=1e-10), name
        assert sp.design_effect(s, frame.api00, replace=False) == pytest.approx(
            told["mean_api00"]["deff"], rel=1e-8
        ), name
        for row in told["by_stype"]:
            made = sp.mean(s, frame.api00, (frame.stype == row["stype"]).to_numpy())
            assert made.se[0] == pytest.approx(row["se"], rel=1e-10), name
        x = columns_of(frame, ["ell", "meals", "mobility"])
        made = sp.regression(s, frame.api00, x)
        assert made.estimate == pytest.approx(np.array([r["Estimate"] for r in told["glm_gauss"]]), rel=1e-9)
        assert made.se == pytest.approx(np.array([r["Std. Error"] for r in told["glm_gauss"]]), rel=1e-9)
        made = sp.regression(s, frame["sch.wide"] == "Yes", x, binary=True)
        assert made.estimate == pytest.approx(np.array([r["Estimate"] for r in told["glm_logit"]]), rel=1e-6)
        # R stops a logit at a relative deviance of 1e-8, which leaves its standard errors at 1e-4 or so
        assert made.se == pytest.approx(np.array([r["Std. Error"] for r in told["glm_logit"]]), rel=3e-4)
        share = sp.mean(s, frame["sch.wide"] == "Yes")
        bounds = sp.share_interval(share.estimate[0], share.se[0], s.df())
        assert [bounds.low, bounds.high] == pytest.approx(told["ciprop_logit"]["ci"], rel=1e-6), name


def test_weights_that_agree_with_known_totals(reference, api):
    results = reference("survey_api")["results"]
    frame = api["apiclus1"]

    def judged(made, told):
        assert made.weights == pytest.approx(np.array(told["weights"]), rel=1e-9)
        s = sp.Sampling.of(len(frame), clusters=[frame.dnum], fpc=[frame.fpc], calibrated=made)
        found = sp.mean(s, frame.api00)
        assert found.estimate[0] == pytest.approx(told["mean_api00"]["est"], rel=1e-9)
        assert found.se[0] == pytest.approx(told["mean_api00"]["se"], rel=1e-9)

    judged(sp.post_stratify(frame.pw, frame.stype, STYPE), results["poststrat_clus1"])
    dummies = np.column_stack(
        [np.ones(len(frame)), frame.stype == "H", frame.stype == "M", frame["sch.wide"] == "Yes"]
    )
    raking = sp.calibrate(frame.pw, dummies, [6194, 755, 1018, 5122], distance="raking")
    judged(raking, results["calibrate_raking_clus1"])
    linear = np.column_stack([np.ones(len(frame)), frame.stype == "H", frame.stype == "M", frame.api99])
    judged(sp.calibrate(frame.pw, linear, [6194, 755, 1018, 3914069]), results["calibrate_linear_clus1"])
    raked = sp.rake(frame.pw, [frame.stype, frame["sch.wide"]], [STYPE, WIDE])
    assert raked.weights == pytest.approx(raking.weights, rel=1e-9)
    cut = sp.trim(raked.weights, 20, 45)
    assert cut == pytest.approx(np.array(results["trim_clus1_20_45"]["weights"]), rel=1e-9)


def test_jackknife(reference, api):
    results = reference("survey_api")["results"]
    known = designs(api)
    for design, key in (("strat", "jkn_strat"), ("clus1_nofpc", "jk1_clus1")):
        frame, s = known[design]
        replicates = sp.jackknife(s)
        estimate, spread = replicates.spread_of_mean(frame.api00)
        assert estimate == pytest.approx(results[key]["est"], rel=1e-10)
        assert replicates.variance(spread) ** 0.5 == pytest.approx(results[key]["se"], rel=1e-10)
        assert replicates.df() == s.df()


def test_a_logit_that_r_was_told_to_finish(api):
    """svyglm(family=quasibinomial(), control=glm.control(epsilon=1e-15)) on the stratified design."""
    frame, s = designs(api)["strat"]
    x = columns_of(frame, ["ell", "meals", "mobility"])
    made = sp.regression(s, frame["sch.wide"] == "Yes", x, binary=True)
    told = [0.45562087836015641, 0.01325251021939058, 0.00919945360883833, 0.03193457693653938]
    assert made.se == pytest.approx(np.array(told), rel=1e-9)


def test_strata_of_one(api):
    """A sub-sample with one high school; svytotal under the four settings of survey.lonely.psu."""
    frame = api["apistrat"].iloc[[*range(5), 100, *range(189, 200)]]
    told = {
        "adjust": (38.7966995508205, 25943.6716471935288),
        "average": (47.5146940289792, 27661.6290639675281),
        "certainty": (38.7955852184885, 22585.6255536205026),
    }
    for lonely, (mean, total) in told.items():
        s = sp.Sampling.of(len(frame), weights=frame.pw, strata=frame.stype, lonely=lonely)
        assert sp.mean(s, frame.api00).se[0] == pytest.approx(mean, rel=1e-12)
        assert sp.total(s, frame.api00).se[0] == pytest.approx(total, rel=1e-12)
