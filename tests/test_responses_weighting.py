"""Weights made from margins: what they reach, from where they begin, what they do to scores, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read, weigh
from surveykit.scoring import score

RNG = np.random.Generator(np.random.Philox(key=4))
SEX = {"f": 52, "m": 48}
AGE = {"young": 30, "old": 70}


def answers(n=200):
    return pd.DataFrame(
        {
            "sex": RNG.choice(["f", "m"], n, p=[0.7, 0.3]),
            "age": RNG.choice(["young", "old"], n, p=[0.6, 0.4]),
            "x": RNG.normal(5, 2, n),
            "w": RNG.uniform(0.5, 2, n),
            "cluster": np.arange(n) // 10,
        }
    )


def shares(data, name):
    frame = data.frame([name], weights=True)
    found = frame.groupby(name)["_weight"].sum() / len(frame) * 100
    return found.to_dict()


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_margins_are_reached_from_the_base_weights(engine):
    frame = answers()
    base = read(frame, weight="w", engine=engine)
    data = weigh(base, {"sex": SEX, "age": AGE})
    assert shares(data, "sex") == pytest.approx(SEX, rel=1e-9)
    assert shares(data, "age") == pytest.approx(AGE, rel=1e-9)
    assert "raked to sex, age" in data.import_report.warnings[-1]
    ratio = data.frame(["surveykit_weight"])["surveykit_weight"] / frame.w
    assert np.ptp(ratio[(frame.sex == "f") & (frame.age == "old")]) < 1e-9
    assert base.weight == "w"  # nothing changed in the answers that were weighted


def test_counts_of_people_are_as_good_as_shares():
    frame = answers()
    by_share = weigh(read(frame), {"sex": SEX})
    by_count = weigh(read(frame), {"sex": {"f": 5200, "m": 4800}})
    a, b = (score(d, "mean", items=["x"]).tidy() for d in (by_share, by_count))
    assert a[["estimate", "se"]].to_numpy() == pytest.approx(b[["estimate", "se"]].to_numpy(), rel=1e-10)
    assert by_count.sampling().weights.sum() == pytest.approx(10_000)


def test_the_design_knows_that_weights_were_calibrated(reference, shared_data):
    """A cluster sample raked to two margins: R's calibrate(calfun = "raking")."""
    frame = pd.read_csv(shared_data("apiclus1.csv"), na_values=["NA", ""])
    data = read(frame, weight="pw", clusters="dnum", fpc="fpc")
    made = weigh(data, {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}})
    (row,) = score(made, "mean", items=["api00"]).tidy().to_dict("records")
    told = reference("survey_api")["results"]["calibrate_raking_clus1"]["mean_api00"]
    assert (row["estimate"], row["se"]) == pytest.approx((told["est"], told["se"]), rel=1e-9)


def test_trimmed_weights_stay_within_their_bounds():
    data = weigh(read(answers()), {"sex": {"f": 30, "m": 70}, "age": AGE}, bounds=(0.3, 2.5))
    w = data.frame(["x"], weights=True)["_weight"]
    assert w.min() >= 0.3 * (1 - 1e-9)
    assert w.max() <= 2.5 * (1 + 1e-9)
    assert "roughly" in data.import_report.warnings[-1]


def test_replicate_weights_are_raked_each():
    from surveykit.sampling import Sampling, jackknife

    frame = answers()
    made = jackknife(Sampling.of(200, clusters=[frame.cluster]))
    names = [f"r{i}" for i in range(20)]
    frame = pd.concat([frame.assign(one=1.0), pd.DataFrame(made.replicates, columns=names)], axis=1)
    data = weigh(read(frame, weight="one", replicates=names, replicate_kind="jk1"), {"sex": SEX})
    replicates = data.sampling().replicates
    female = (frame.sex == "f").to_numpy()
    assert replicates[female].sum(axis=0) / replicates.sum(axis=0) == pytest.approx(
        np.full(20, 0.52), rel=1e-6
    )
    plain = score(weigh(read(frame, clusters="cluster"), {"sex": SEX}), "mean", items=["x"]).tidy()["se"][0]
    assert score(data, "mean", items=["x"]).tidy()["se"][0] == pytest.approx(plain, rel=0.05)


@pytest.mark.parametrize(
    ("margins", "code"),
    [
        ({"sex": {"f": 50, "m": 40, "d": 10}}, "RAKE_EMPTY_CELL"),
        ({"sex": {"f": 100}}, "RAKE_UNKNOWN_CELL"),
        ({"sx": SEX}, "WEIGHTING"),
        ({}, "WEIGHTING"),
        ({"sex": {"f": 520, "m": 480}, "age": AGE}, "RAKE_TOTALS"),
        ({"gaps": {"f": 50, "m": 50}}, "RAKE_UNKNOWN_CELL"),
    ],
)
def test_margins_that_cannot_be_reached(margins, code):
    frame = answers().assign(gaps=lambda f: f.sex)
    frame.loc[0, "gaps"] = None
    with pytest.raises(SurveykitError) as raised:
        weigh(read(frame), margins)
    assert raised.value.code == code
