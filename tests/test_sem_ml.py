"""Maximum likelihood on the two data sets that semopy carries, with lavaan 0.6-21's numbers as constants."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import worst
from surveykit.sem import fit
from surveykit.sem.result import FIRST_MEASURES
from tests.sem_data import (
    HS,
    PD,
    TWO_FACTORS,
    democracy,
    holzinger,
    holzinger_groups,
    rows_of_two_factors,
    sample,
)

# lavaan 0.6-21, gradients polished to 1e-15: estimate, se, std.all
HS_PARAMETERS = {
    ("visual", "=~", "x2"): (0.553500185826969, 0.0996651823624591, 0.423600648058866),
    ("textual", "=~", "x5"): (1.11307651269378, 0.0654200973593508, 0.855065440307692),
    ("speed", "=~", "x9"): (1.08153019237105, 0.151167409385717, 0.665009406429147),
    ("visual", "~~", "textual"): (0.408232372650271, 0.0735238799382043, 0.458509338075717),
}
HS_MEASURES = {
    "chisq": 85.3055217697941,
    "df": 24,
    "p_value": 8.50255321704907e-09,
    "cfi": 0.930559651799538,
    "tli": 0.895839477699307,
    "rmsea": 0.0921214845100345,
    "rmsea_low": 0.0714184904397985,
    "rmsea_high": 0.113678016811833,
    "srmr": 0.0652050562115922,
    "loglik": -3737.74492662611,
    "aic": 7517.48985325221,
    "bic": 7595.33916881194,
    "bic2": 7528.7391117306,
    "gfi": 0.943332048829408,
    "agfi": 0.893747591555139,
    "rmsea_pvalue": 0.000661236778076502,
    "ecvi": 0.422941932790014,
    "cn_05": 129.490200301725,
}
PD_MEASURES = {
    "chisq": 38.125218227914,
    "df": 35,
    "p_value": 0.329180353230941,
    "cfi": 0.995374529222156,
    "loglik": -1547.79094340263,
    "srmr": 0.0444175464655883,
}
INDIRECT = (1.24178135768851, 0.355422052633752, 0.395443103551754)
TOTAL = (1.81411812180885, 0.373588172143118, 0.577702746023603)


def test_holzinger_swineford() -> None:
    result = fit(HS, holzinger())
    measures = result.glance().iloc[0]
    assert list(result.glance().columns[:13]) == list(FIRST_MEASURES)
    for name, value in HS_MEASURES.items():
        # lavaan finds the interval's bounds to 1e-8
        assert measures[name] == pytest.approx(value, rel=1e-7 if name.startswith("rmsea_") else 1e-10), name
    rows = {(r["lhs"], r["op"], r["rhs"]): r for r in result.tidy().to_dict("records")}
    for place, expected in HS_PARAMETERS.items():
        found = [rows[place][c] for c in ("estimate", "se", "std")]
        assert found == pytest.approx(list(expected), rel=1e-10), place
    assert result.checks == ()
    assert not result.refused


def test_political_democracy_with_its_caution() -> None:
    result = fit(PD, democracy())
    measures = result.glance().iloc[0]
    for name, value in PD_MEASURES.items():
        assert measures[name] == pytest.approx(value, rel=1e-10), name
    rows = {r["lhs"]: r for r in result.tidy().query("op == ':='").to_dict("records")}
    for name, (estimate, se, std) in {"indirect": INDIRECT, "total": TOTAL}.items():
        found = [rows[name][c] for c in ("estimate", "se", "std")]
        assert found == pytest.approx([estimate, se, std], rel=1e-9)
    assert worst(result.checks) == "caution"
    high = next(c for c in result.checks if c.code == "LATENT_CORRELATION_HIGH")
    assert high.about == ("dem60", "dem65")
    assert high.values["correlation"] == pytest.approx(0.967, abs=5e-4)
    assert "0.967" in high.text("zh") or ".967" in high.text("zh")


def test_effects_equal_the_defined_ones() -> None:
    table = fit(PD, democracy()).tables()["effects"].records()
    found = {(r["from"], r["to"], r["kind"]): r for r in table}
    for kind, (estimate, se, std) in {"indirect": INDIRECT, "total": TOTAL, "chain": INDIRECT}.items():
        row = found["ind60", "dem65", kind]
        assert (row["estimate"], row["se"], row["std"]) == pytest.approx((estimate, se, std), rel=1e-9)
    assert found["ind60", "dem65", "chain"]["via"] == "dem60"
    # lavaan's standardizedSolution of the defined effect
    assert found["ind60", "dem65", "indirect"]["std_se"] == pytest.approx(0.0918798375252735, rel=1e-6)
    assert ("ind60", "dem60", "indirect") not in found


def test_groups_with_equal_loadings_and_intercepts() -> None:
    result = fit(HS, holzinger_groups(), group_equal=["loadings", "intercepts"])
    measures = result.glance().iloc[0]
    # lavaan 0.6-21: cfa(model, group="school", group.equal=c("loadings","intercepts"))
    assert measures["chisq"] == pytest.approx(164.10283092114, rel=1e-10)
    assert measures["df"] == 60
    assert measures["rmsea"] == pytest.approx(0.107371098087172, rel=1e-10)
    assert measures["srmr"] == pytest.approx(0.0824470060334697, rel=1e-10)
    assert measures["cfi"] == pytest.approx(0.88247181268515, rel=1e-10)
    assert set(result.tidy()["group"]) == {"Pasteur", "Grant-White"}


def test_second_order_equals_first_order_with_three_constructs() -> None:
    # three constructs: the second-order model is a reparameterisation, so the fit is the same
    result = fit(HS + "g =~ visual + textual + speed", holzinger())
    assert result.measures["chisq"] == pytest.approx(HS_MEASURES["chisq"], rel=1e-12)
    assert result.theta.shape == (21,)


def test_scale_of_the_constructs_does_not_matter() -> None:
    marker, standardised = fit(HS, holzinger()), fit(HS, holzinger(), std_lv=True)
    assert marker.measures["chisq"] == pytest.approx(standardised.measures["chisq"], rel=1e-12)
    loadings = [r for r in marker.table if r.op == "=~"]
    a = marker.standardised().set_index(["lhs", "op", "rhs"])["est"]
    b = standardised.standardised().set_index(["lhs", "op", "rhs"])["est"]
    for row in loadings:
        assert a[row.lhs, row.op, row.rhs] == pytest.approx(b[row.lhs, row.op, row.rhs], rel=1e-9)


@pytest.mark.parametrize("factor", [1e8, 1e-8, 1.0])
def test_units_do_not_matter(factor: float) -> None:
    rows = rows_of_two_factors()
    scales = np.full(6, factor) if factor != 1.0 else np.array([1e6, 1e-6, 1, 1e6, 1e-6, 1])
    plain, scaled = fit(TWO_FACTORS, sample(rows)), fit(TWO_FACTORS, sample(rows * scales))
    assert scaled.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-9)
    assert scaled.tidy()["z"].dropna().tolist() == pytest.approx(
        plain.tidy()["z"].dropna().tolist(), rel=1e-7
    )
    assert scaled.tidy()["std"].tolist() == pytest.approx(plain.tidy()["std"].tolist(), rel=1e-8)


def test_an_offset_of_a_billion_costs_only_the_digits_of_the_data() -> None:
    rows = rows_of_two_factors()
    plain = fit(TWO_FACTORS, sample(rows), meanstructure=True)
    far = fit(TWO_FACTORS, sample(rows + 1e9), meanstructure=True)
    assert far.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-6)


def test_order_of_the_variables_does_not_matter() -> None:
    m = holzinger()
    mixed = m.select([m.names[i] for i in (8, 2, 5, 0, 1, 7, 3, 6, 4)])
    assert fit(HS, mixed).theta.tolist() == pytest.approx(fit(HS, m).theta.tolist(), rel=1e-10)


def test_tails_keep_their_digits() -> None:
    # normal tail at z = 17: R gives 2*pnorm(-17.0215...) of the order 1e-65, lavaan prints 0
    row = fit(HS, holzinger()).tidy().query("rhs == 'x5'").iloc[0]
    assert 0 < row["p"] < 1e-60
    assert row["p"] == pytest.approx(math.erfc(row["z"] / math.sqrt(2)), rel=1e-10)


def test_a_correlation_matrix_is_fitted_with_a_caution() -> None:
    m = holzinger()
    alone = Moments(n=m.n, cov=m.cor, names=m.names)
    result = fit(HS, alone)
    assert [c.code for c in result.checks] == ["CORRELATION_INPUT"]
    with_sd = fit(HS, Moments(n=m.n, cov=m.cor, sd=m.sd, names=m.names))
    assert with_sd.checks == ()
    assert with_sd.measures["chisq"] == pytest.approx(HS_MEASURES["chisq"], rel=1e-10)


def test_a_frame_and_its_moments_give_the_same() -> None:
    from semopy.examples import political_democracy

    frame = political_democracy.get_data()
    assert fit(PD, frame).theta.tolist() == pytest.approx(fit(PD, democracy()).theta.tolist(), rel=1e-9)


def test_rows_set_aside_are_told() -> None:
    from semopy.examples import political_democracy

    frame = political_democracy.get_data().astype(float)
    frame.iloc[[3, 9], 0] = np.nan
    result = fit(PD, frame, missing="listwise")
    assert (result.n, result.n_total) == (73, 75)
    assert "n = 73 of 75 rows; 2 incomplete rows were set aside" in result.notes()[0]


def test_the_result_is_plain_data() -> None:
    result = fit(Model.parse(PD), democracy(), name="democracy")
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert data["id"] == "democracy"
    assert data["kind"] == "fit"
    assert set(data["tables"]) == {
        "r2", "effects", "latent_correlations", "residuals", "standardised", "htmt",
    }  # fmt: skip
    assert data["checks"][0]["texts"]["zh"]
    with pytest.raises(AttributeError):
        result.std = None  # type: ignore[misc,assignment]
    assert "democracy" in result.summary()
    assert "<table" in result._repr_html_()


def test_zero_degrees_of_freedom_have_no_p_value() -> None:
    result = fit("f =~ x1 + x2 + x3", sample(rows_of_two_factors()))
    measures = result.glance().iloc[0]
    assert (measures["df"], measures["chisq"], measures["cfi"], measures["rmsea"]) == (0, 0, 1, 0)
    assert math.isnan(measures["p_value"])
    assert math.isnan(measures["rmsea_pvalue"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "mlx"}, "method='mlx' is not possible"),
        ({"orthogonall": True}, "did you mean 'orthogonal'?"),
        ({"std_lv": "yes"}, "std_lv takes True or False"),
        ({"level": 2}, "level is between"),
        ({"strata": 3}, "strata takes the name of a column"),
        ({"cluster": "school"}, "need the answers themselves"),
        ({"cluster": "school", "method": "gls"}, "cluster goes with method 'ml' or 'mlr'"),
        ({"sampling_weights": 3}, "sampling_weights takes the name of a column"),
    ],
)
def test_options_are_judged(options: dict[str, object], words: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(HS, holzinger(), **options)
    assert words in str(caught.value)


def test_all_bad_options_at_once() -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(HS, holzinger(), likelihood="cauchy", nonsense=1)
    assert len(caught.value.errors) == 2


def test_few_rows_are_not_given_up_where_short_first_steps_arrive() -> None:
    # from its own start values the search runs away; lavaan 0.6-14 finds fx = 0.3255959
    from semopy.examples import holzinger39

    few = holzinger39.get_data()[[f"x{i}" for i in range(1, 10)]].sample(40, random_state=147)
    found = fit(HS, few)
    assert found.measures["fmin"] == pytest.approx(0.3255959, abs=1e-7)
    assert not found.refused
