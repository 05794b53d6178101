"""Several methods side by side where the model lets residuals of items vary together."""

from __future__ import annotations


def test_a_covariance_of_residuals_is_mls_alone() -> None:
    """Composites have none: the other methods give the same with and without it, and the choices say so."""
    from surveykit.model import simulate
    from surveykit.sem import fit

    frame = simulate("f =~ 0.8*a + 0.7*b + 0.7*c\ng =~ 0.8*d + 0.7*e + 0.7*h\ng ~ 0.4*f\na ~~ 0.2*d", 300, 3)
    text = "f =~ a + b + c\ng =~ d + e + h\ng ~ f"
    plain, joint = (fit(t, frame, method="compare", bootstrap=0) for t in (text, text + "\na ~~ d"))
    one, other = ({r["method"]: r["estimate"] for r in x.tidy().to_dict("records")} for x in (plain, joint))
    assert all(one[m] == other[m] for m in ("sum", "pls", "plsc"))
    assert abs(one["ml"] - other["ml"]) > 0.01
    assert "covariances that only ML estimates: a~~d" in joint.notes()
