"""The parameter table holds lavaan's defaults, row for row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model, ParameterTable, Row

# What lavaan 0.6-14 makes of each text, by lavaanify(text, int.ov.free=TRUE, auto.fix.first=TRUE (FALSE with
# std.lv), auto.fix.single=TRUE, auto.var=TRUE, auto.cov.lv.x=TRUE, auto.cov.y=TRUE, fixed.x=TRUE, ...): the
# settings of sem(). One word a row: f=~x2:1 is free parameter 1, =0.5 a fixed or start value, ! a moment of an
# exogenous variable, taken from the sample. Rows that lavaan makes equal share their number here.
LAVAAN = [
    pytest.param(
        "f =~ x1 + a*x2 + start(0.5)*x3; f ~ z1 + z2; y ~ f + z1; y ~~ w",
        {},
        [
            """f=~x1=1 f=~x2:1 f=~x3:2=0.5 f~z1:3 f~z2:4 y~f:5 y~z1:6 y~~w:7 x1~~x1:8 x2~~x2:9 x3~~x3:10
                y~~y:11 w~~w:12 f~~f:13 z1~~z1! z1~~z2! z2~~z2!""",
        ],
        id="measurement, path, observed outcome",
    ),
    pytest.param(
        "y ~ b*m + c*x; m ~ a*x; ab := a*b; a == b; b > 0",
        {},
        [
            """y~m:1 y~x:2 m~x:3 y~~y:4 m~~m:5 x~~x!""",
        ],
        id="mediation",
    ),
    pytest.param(
        "f1 =~ x1 + x2 + x3; f2 =~ x4 + x5; f3 =~ x6; f3 ~ f1 + f2; o ~ f3",
        {},
        [
            """f1=~x1=1 f1=~x2:1 f1=~x3:2 f2=~x4=1 f2=~x5:3 f3=~x6=1 f3~f1:4 f3~f2:5 o~f3:6 x1~~x1:7
                x2~~x2:8 x3~~x3:9 x4~~x4:10 x5~~x5:11 x6~~x6=0 o~~o:12 f1~~f1:13 f2~~f2:14 f3~~f3:15
                f1~~f2:16""",
        ],
        id="single indicator",
    ),
    pytest.param(
        "g =~ f1 + f2; f1 =~ x1 + x2 + x3; f2 =~ x4 + x5 + x6; f1 ~ z; y ~ z",
        {},
        [
            """g=~f1=1 g=~f2:1 f1=~x1=1 f1=~x2:2 f1=~x3:3 f2=~x4=1 f2=~x5:4 f2=~x6:5 f1~z:6 y~z:7 x1~~x1:8
                x2~~x2:9 x3~~x3:10 x4~~x4:11 x5~~x5:12 x6~~x6:13 y~~y:14 g~~g:15 f1~~f1:16 f2~~f2:17 z~~z!""",
        ],
        id="second order",
    ),
    pytest.param(
        "f1 =~ x1 + x2 + x3; f2 =~ x4 + x5 + x6; f3 =~ y1 + y2 + y3; f2 ~ f1; f3 ~ f1; o ~ f1",
        {},
        [
            """f1=~x1=1 f1=~x2:1 f1=~x3:2 f2=~x4=1 f2=~x5:3 f2=~x6:4 f3=~y1=1 f3=~y2:5 f3=~y3:6 f2~f1:7
                f3~f1:8 o~f1:9 x1~~x1:10 x2~~x2:11 x3~~x3:12 x4~~x4:13 x5~~x5:14 x6~~x6:15 y1~~y1:16
                y2~~y2:17 y3~~y3:18 o~~o:19 f1~~f1:20 f2~~f2:21 f3~~f3:22 f2~~f3:23 f2~~o:24 f3~~o:25""",
        ],
        id="residual covariances of pure outcomes",
    ),
    pytest.param(
        "f1 =~ NA*x1 + x2 + x3; f2 =~ y1 + y2; f1 ~~ 1*f1; f1 ~~ 0*f2; x1 ~~ y1 + 0.3*x2",
        {},
        [
            """f1=~x1:1 f1=~x2:2 f1=~x3:3 f2=~y1=1 f2=~y2:4 f1~~f1=1 f1~~f2=0 x1~~y1:5 x1~~x2=0.3 x1~~x1:6
                x2~~x2:7 x3~~x3:8 y1~~y1:9 y2~~y2:10 f2~~f2:11""",
        ],
        id="fixed, freed, covariances",
    ),
    pytest.param(
        "g =~ y1 + y2; f <~ x1 + x2; h <~ z1; g ~ f + h",
        {},
        [
            """g=~y1=1 g=~y2:1 f<~x1:2 f<~x2:3 h<~z1:4 g~f:5 g~h:6 y1~~y1:7 y2~~y2:8 g~~g:9 f~~f=0 h~~h=0
                f~~h:10 x1~~x1! x1~~x2! x1~~z1! x2~~x2! x2~~z1! z1~~z1!""",
        ],
        id="composites",
    ),
    pytest.param(
        "y ~ x1 + x2 + x3; x1 ~~ x2",
        {"meanstructure": True},
        [
            """y~x1:1 y~x2:2 y~x3:3 x1~~x2:4 y~~y:5 x1~~x1:6 x2~~x2:7 x3~~x3! y~1:8 x1~1:9 x2~1:10 x3~1!""",
        ],
        id="exogenous variable with a written covariance",
    ),
    pytest.param(
        "y ~ x1 + x2; f =~ y1 + y2; f ~ x1",
        {"fixed_x": False, "meanstructure": True},
        [
            """y~x1:1 y~x2:2 f=~y1=1 f=~y2:3 f~x1:4 y1~~y1:5 y2~~y2:6 y~~y:7 f~~f:8 f~~y:9 x1~~x1:10
                x1~~x2:11 x2~~x2:12 y1~1:13 y2~1:14 y~1:15 x1~1:16 x2~1:17 f~1=0""",
        ],
        id="random exogenous variables",
    ),
    pytest.param(
        "f1 =~ x1 + x2 + x3; f2 =~ x4 + x5; f2 ~ f1 + z; x1 ~ 0*1; f2 ~ 1",
        {"meanstructure": True},
        [
            """f1=~x1=1 f1=~x2:1 f1=~x3:2 f2=~x4=1 f2=~x5:3 f2~f1:4 f2~z:5 x1~1=0 f2~1:6 x1~~x1:7 x2~~x2:8
                x3~~x3:9 x4~~x4:10 x5~~x5:11 f1~~f1:12 f2~~f2:13 z~~z! x2~1:14 x3~1:15 x4~1:16 x5~1:17 z~1!
                f1~1=0""",
        ],
        id="means",
    ),
    pytest.param(
        "f1 =~ x1 + x2; f2 =~ x3 + x4; f2 ~ f1",
        {"std_lv": True},
        [
            """f1=~x1:1 f1=~x2:2 f2=~x3:3 f2=~x4:4 f2~f1:5 x1~~x1:6 x2~~x2:7 x3~~x3:8 x4~~x4:9 f1~~f1=1
                f2~~f2=1""",
        ],
        id="unit variances",
    ),
    pytest.param(
        "f1 =~ x1 + x2; f2 =~ x3 + x4; f3 =~ x5 + x6",
        {"orthogonal": True},
        [
            """f1=~x1=1 f1=~x2:1 f2=~x3=1 f2=~x4:2 f3=~x5=1 f3=~x6:3 x1~~x1:4 x2~~x2:5 x3~~x3:6 x4~~x4:7
                x5~~x5:8 x6~~x6:9 f1~~f1:10 f2~~f2:11 f3~~f3:12 f1~~f2=0 f1~~f3=0 f2~~f3=0""",
        ],
        id="orthogonal",
    ),
    pytest.param(
        "f =~ a*x1 + NA*x1 + b*x2 + b*x3; g =~ a*y1 + NA*y1 + y2; f ~~ 1*f; g ~~ f; x1 ~~ f",
        {},
        [
            """f=~x1:1 f=~x2:2 f=~x3:2 g=~y1:1 g=~y2:3 f~~f=1 f~~g:4 f~~x1:5 x1~~x1:6 x2~~x2:7 x3~~x3:8
                y1~~y1:9 y2~~y2:10 g~~g:11""",
        ],
        id="labels that share",
    ),
    pytest.param(
        "f =~ x1 + c(a,b)*x2 + c(1,NA)*x3; y ~ c(d,d)*f; z := a - b",
        {"groups": ("g1", "g2"), "meanstructure": False},
        [
            """f=~x1=1 f=~x2:1 f=~x3=1 y~f:2 x1~~x1:3 x2~~x2:4 x3~~x3:5 y~~y:6 f~~f:7""",
            """f=~x1=1 f=~x2:8 f=~x3:9 y~f:2 x1~~x1:10 x2~~x2:11 x3~~x3:12 y~~y:13 f~~f:14""",
        ],
        id="groups with vectors",
    ),
    pytest.param(
        "f =~ x1 + x2 + x3; g =~ x4 + x5; g ~ f",
        {"groups": ("g1", "g2"), "meanstructure": True, "group_equal": ("loadings", "intercepts")},
        [
            """f=~x1=1 f=~x2:1 f=~x3:2 g=~x4=1 g=~x5:3 g~f:4 x1~~x1:5 x2~~x2:6 x3~~x3:7 x4~~x4:8 x5~~x5:9
                f~~f:10 g~~g:11 x1~1:12 x2~1:13 x3~1:14 x4~1:15 x5~1:16 f~1=0 g~1=0""",
            """f=~x1=1 f=~x2:1 f=~x3:2 g=~x4=1 g=~x5:3 g~f:17 x1~~x1:18 x2~~x2:19 x3~~x3:20 x4~~x4:21
                x5~~x5:22 f~~f:23 g~~g:24 x1~1:12 x2~1:13 x3~1:14 x4~1:15 x5~1:16 f~1:25 g~1:26""",
        ],
        id="equal loadings and intercepts",
    ),
    pytest.param(
        "f =~ x1 + x2; g =~ x3 + x4; y ~ f + z; x1 ~~ x3",
        {
            "groups": ("g1", "g2"),
            "meanstructure": True,
            "group_equal": (
                "loadings",
                "intercepts",
                "residuals",
                "residual.covariances",
                "means",
                "lv.variances",
                "lv.covariances",
                "regressions",
            ),
        },
        [
            """f=~x1=1 f=~x2:1 g=~x3=1 g=~x4:2 y~f:3 y~z:4 x1~~x3:5 x1~~x1:6 x2~~x2:7 x3~~x3:8 x4~~x4:9
                y~~y:10 f~~f:11 g~~g:12 f~~g:13 z~~z! x1~1:14 x2~1:15 x3~1:16 x4~1:17 y~1:18 z~1! f~1=0
                g~1=0""",
            """f=~x1=1 f=~x2:1 g=~x3=1 g=~x4:2 y~f:3 y~z:4 x1~~x3:5 x1~~x1:6 x2~~x2:7 x3~~x3:8 x4~~x4:9
                y~~y:10 f~~f:11 g~~g:12 f~~g:13 z~~z! x1~1:14 x2~1:15 x3~1:16 x4~1:17 y~1:18 z~1! f~1=0
                g~1=0""",
        ],
        id="all equal",
    ),
    pytest.param(
        "f =~ x1 + x2 + x3; g =~ x4 + x5; g ~ f",
        {"groups": ("g1", "g2"), "std_lv": True, "group_equal": ("loadings",), "meanstructure": False},
        [
            """f=~x1:1 f=~x2:2 f=~x3:3 g=~x4:4 g=~x5:5 g~f:6 x1~~x1:7 x2~~x2:8 x3~~x3:9 x4~~x4:10 x5~~x5:11
                f~~f=1 g~~g=1""",
            """f=~x1:1 f=~x2:2 f=~x3:3 g=~x4:4 g=~x5:5 g~f:12 x1~~x1:13 x2~~x2:14 x3~~x3:15 x4~~x4:16
                x5~~x5:17 f~~f:18 g~~g:19""",
        ],
        id="unit variances, equal loadings",
    ),
    pytest.param(
        "a ~ b; b ~ a + c; d ~ c; a ~~ d",
        {},
        [
            """a~b:1 b~a:2 b~c:3 d~c:4 a~~d:5 a~~a:6 b~~b:7 d~~d:8 c~~c!""",
        ],
        id="a loop",
    ),
    pytest.param(
        "x5 ~ 0*1; x3 ~~ a*x5; x1 ~ x6; x2 ~~ 0*x6; f =~ x7 + x8; g =~ x9 + x7; g ~~ f",
        {"meanstructure": True},
        [
            """x5~1=0 x3~~x5:1 x1~x6:2 x6~~x2=0 f=~x7=1 f=~x8:3 g=~x9=1 g=~x7:4 f~~g:5 x7~~x7:6 x8~~x8:7
                x9~~x9:8 x1~~x1:9 x6~~x6:10 x3~~x3:11 x5~~x5:12 x2~~x2:13 f~~f:14 g~~g:15 x7~1:16 x8~1:17
                x9~1:18 x1~1:19 x6~1:20 x3~1:21 x2~1:22 f~1=0 g~1=0""",
        ],
        id="order of covariances",
    ),
    pytest.param(
        "f =~ x1 + x2; g =~ x3 + x4; f ~ z; g ~ z; y ~ z",
        {"orthogonal": True},
        [
            """f=~x1=1 f=~x2:1 g=~x3=1 g=~x4:2 f~z:3 g~z:4 y~z:5 x1~~x1:6 x2~~x2:7 x3~~x3:8 x4~~x4:9
                y~~y:10 f~~f:11 g~~g:12 f~~g=0 f~~y:13 g~~y:14 z~~z!""",
        ],
        id="orthogonal outcomes",
    ),
    pytest.param(
        "f =~ x1 + x2; f ~~ f",
        {"std_lv": True},
        [
            """f=~x1:1 f=~x2:2 f~~f=1 x1~~x1:3 x2~~x2:4""",
        ],
        id="written variance with unit variances",
    ),
    pytest.param(
        "f <~ x1 + x2; g =~ y1 + y2; g ~ f",
        {"groups": ("g1", "g2"), "group_equal": ("loadings", "residuals"), "meanstructure": False},
        [
            """f<~x1:1 f<~x2:2 g=~y1=1 g=~y2:3 g~f:4 y1~~y1:5 y2~~y2:6 f~~f=0 g~~g:7 x1~~x1! x1~~x2!
                x2~~x2!""",
            """f<~x1:8 f<~x2:9 g=~y1=1 g=~y2:3 g~f:10 y1~~y1:5 y2~~y2:6 f~~f=0 g~~g:11 x1~~x1! x1~~x2!
                x2~~x2!""",
        ],
        id="composites in groups",
    ),
]


def compact(row: Row) -> str:
    value = "" if math.isnan(row.ustart) else f"={row.ustart:g}"
    return row.name + (f":{row.free}" if row.free else "") + value + ("!" if row.exo else "")


@pytest.mark.parametrize(("text", "options", "groups"), LAVAAN)
def test_rows_are_lavaans(text: str, options: dict[str, Any], groups: list[str]) -> None:
    table = Model.parse(text).table(**options)
    for number, expected in enumerate(groups, start=1):
        assert [compact(r) for r in table if r.group == number] == expected.split()
    assert table.k == max(r.free for r in table)


REFERENCE = """
    hs_cfa_ml hs_cfa_ml_stdlv hs_cfa_ml_orthogonal hs_cfa_ml_meanstructure hs_cfa_ml_effectcoding
    hs_second_order_ml hs_mimic_fixedx hs_mimic_fixedx_means hs_mg_configural_ml hs_mg_metric_ml
    hs_mg_scalar_ml hs_mg_means_ml hs_mg_nomeans_metric_ml pd_sem_ml pd_sem_ml_meanstructure pd_sem_indirect
    mobi_ecsi_ml mobi_ecsi_observed_complaints_ml mobi_chain_ml mobi_path_fixedx mobi_path_mediation_ml
    mobi_path_mediation_ml_meanstructure
"""


@pytest.mark.parametrize("name", REFERENCE.split())
def test_rows_of_the_reference_fits(name: str, reference: Callable[[str], Any]) -> None:
    """Rows and order as lavaan 0.6-21 reports them; estimates that are equal there are one parameter here."""
    stored = reference(name)
    rows = [p for p in stored["parameters"] if p["op"] in ("=~", "~", "~~", "~1")]
    call = stored["call"]
    equal = stored["options"]["group.equal"] or []
    count = max(p.get("group") or 1 for p in rows)
    table = Model.parse(stored["model"]).table(
        std_lv="std.lv=TRUE" in call,
        orthogonal="orthogonal=TRUE" in call,
        effect_coding="effect.coding=TRUE" in call,
        fixed_x="fixed.x=FALSE" not in call,
        meanstructure=any(p["op"] == "~1" for p in rows),
        groups=tuple(f"g{i}" for i in range(count)),
        group_equal=[equal] if isinstance(equal, str) else equal,
    )
    ours = [r for r in table if r.group]
    assert [(r.lhs, r.op, r.rhs, r.group) for r in ours] == [
        (p["lhs"], p["op"], p["rhs"], p.get("group") or 1) for p in rows
    ]
    estimates: dict[int, set[float]] = {}
    for r, p in zip(ours, rows, strict=True):
        assert bool(r.free) == bool(p["se"]), r.name
        if r.free:
            estimates.setdefault(r.free, set()).add(round(p["est"], 8))
    assert all(len(values) == 1 for values in estimates.values())
    assert len({v for values in estimates.values() for v in values}) == table.k


# --- what the table says beside its rows ----------------------------------------------------------


def test_order_of_the_variables() -> None:
    model = Model.parse("y ~ f + z\nf =~ x2 + x1\nf ~ w\nq ~~ y\ng <~ c1 + c2")
    assert model.observed == ("x2", "x1", "y", "z", "w", "c1", "c2", "q")
    assert model.latents == ("f", "g")
    assert model.table().observed == model.observed


def test_names_of_parameters_in_messages() -> None:
    table = Model.parse("f =~ x1 + a*x2 + x3").table(groups=("north", "south"), group_equal=["loadings"])
    assert table.names()[:3] == ("a", "f=~x3 in group north", "x1~~x1 in group north")


def test_a_mean_structure_comes_with_intercepts_or_groups() -> None:
    assert not Model.parse("f =~ x1 + x2 + x3").table().meanstructure
    assert Model.parse("f =~ x1 + x2 + x3\nx1 ~ 1").table(meanstructure=False).meanstructure
    assert Model.parse("f =~ x1 + x2 + x3").table(groups=("a", "b")).meanstructure
    assert not Model.parse("f =~ x1 + x2 + x3").table(groups=("a", "b"), meanstructure=False).meanstructure


def test_equality_by_label_by_name_and_to_a_fixed_value() -> None:
    def free(text: str) -> dict[str, tuple[int, float]]:
        return {r.name: (r.free, r.ustart) for r in Model.parse(text).table() if r.op == "=~"}

    by_label = free("f =~ x1 + a*x2 + a*x3")
    assert by_label["f=~x2"][0] == by_label["f=~x3"][0] == 1
    by_name = free('f =~ x1 + x2 + equal("f=~x2")*x3')
    assert by_name["f=~x2"][0] == by_name["f=~x3"][0] == 1
    table = Model.parse('g =~ x1 + x2\nf =~ x3 + x4\nf ~~ g\nx3 ~~ x1 + equal("f~~g")*x1').table()
    assert {r.free for r in table if r.name in ("g~~f", "x1~~x3")} == {3}
    # x1 is the marker, fixed to 1: what is equal to it is fixed to 1 too
    assert free("f =~ a*x1 + a*x2 + x3")["f=~x2"] == (0, 1.0)
    with pytest.raises(SurveykitError, match="different values"):
        Model.parse("f =~ a*x1 + a*x2 + 0.5*x2 + x3").table()


def test_group_partial_leaves_parameters_free() -> None:
    table = Model.parse("f =~ x1 + x2 + x3").table(
        groups=("a", "b"), group_equal=("loadings", "intercepts"), group_partial=("f=~x2", "x3 ~ 1")
    )
    numbers = {(r.name, r.group): r.free for r in table}
    assert numbers["f=~x3", 1] == numbers["f=~x3", 2]
    assert numbers["x2~1", 1] == numbers["x2~1", 2]
    assert numbers["f=~x2", 1] != numbers["f=~x2", 2]
    assert numbers["x3~1", 1] != numbers["x3~1", 2]


def test_effect_coding_constrains_loadings_and_intercepts() -> None:
    table = Model.parse("f =~ x1 + x2 + x3").table(effect_coding=True, meanstructure=True)
    values = {"f=~x1": 0.9, "f=~x2": 1.1, "f=~x3": 1.0, "x1~1": 2.0, "x2~1": -1.5, "x3~1": -0.5}
    theta = np.zeros(table.k)
    for row in table:
        if row.free:
            theta[row.free - 1] = values.get(row.name, 0.0)
    kept = table.constraints(theta)
    assert [e.value for e in kept] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert [e.gradient.sum() for e in kept] == [3.0, 3.0]
    assert [r.name for r in table if r.op == "=="] == [".p1.==3 - .p2. - .p3.", ".p8.==0 - .p9. - .p10."]


def test_defined_effects_and_constraints_with_their_derivatives() -> None:
    table = Model.parse("y ~ b*m + c*x\nm ~ a*x\ntot := ind + c\nind := a*b\na == 2*b\nb > 0.1").table()
    assert [(r.op, r.lhs, r.rhs, r.free, r.group) for r in table][-4:] == [
        (":=", "tot", "ind + c", 0, 0),
        (":=", "ind", "a*b", 0, 0),
        ("==", "a", "2*b", 0, 0),
        (">", "b", "0.1", 0, 0),
    ]
    theta = np.array([0.5, 0.2, 0.4, 1.0, 1.0])  # b, c, a and two variances
    total, indirect = table.defined(theta)
    assert total.name == "tot"
    assert float(total.value) == pytest.approx(0.4)
    assert total.gradient == pytest.approx([0.4, 1.0, 0.5, 0.0, 0.0])
    assert indirect.gradient == pytest.approx([0.4, 0.0, 0.5, 0.0, 0.0])
    (equality,) = table.constraints(theta)
    assert float(equality.value) == pytest.approx(-0.6)
    assert equality.gradient == pytest.approx([-2.0, 0.0, 1.0, 0.0, 0.0])
    assert float(table.constraints(theta, ">")[0].value) == pytest.approx(0.4)


def test_defined_effects_of_stacked_parameters() -> None:
    table = Model.parse("y ~ b*m\nm ~ a*x\nind := a*b\nhalf := 1/2").table()
    stack = np.arange(12.0).reshape(3, 4)
    effect, half = table.defined(stack)
    assert effect.value == pytest.approx(stack[:, 0] * stack[:, 1])
    assert effect.gradient[:, :2] == pytest.approx(stack[:, [1, 0]])
    assert half.value == pytest.approx([0.5] * 3)


def test_notes_on_what_the_defaults_decided() -> None:
    def notes(text: str) -> list[tuple[str, tuple[str, ...]]]:
        table: ParameterTable = Model.parse(text).table()
        assert all(set(n.texts) == {"en", "zh"} for n in table.notes)
        return [(n.code, n.about) for n in table.notes]

    assert notes("f =~ x1\ng =~ y1 + y2 + y3\ng ~ f") == [("SINGLE_INDICATOR", ("f", "x1"))]
    assert notes("f =~ x1\nx1 ~~ 0.2*x1\ng =~ y1 + y2 + y3\ng ~ f") == []
    assert notes("y ~ x1 + x2\nx1 ~~ x2") == [("EXOGENOUS_RANDOM", ("x1", "x2"))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group_equal": ["loading"]}, "did you mean 'loadings'"),
        ({"group_partial": ["f=~x9"]}, "did you mean 'f=~x"),
        ({"std_lv": True, "effect_coding": True}, "exclude each other"),
        ({"groups": ("a", "a")}, "label of its own"),
        ({"groups": ("a", "b", "c")}, "2 entries, the data have 3 groups"),
    ],
)
def test_impossible_options(options: dict[str, Any], message: str) -> None:
    model = Model.parse("f =~ x1 + c(a,b)*x2 + x3")
    with pytest.raises(SurveykitError) as caught:
        model.table(**{"groups": ("a", "b"), **options})
    assert message in str(caught.value)


ORDERED = {"x1": 4, "x2": 4, "x3": 4}


def test_thresholds_need_the_number_of_categories() -> None:
    model = Model.parse("f =~ x1 + x2\nx1 | t1 + t2")
    assert model.to_text() == "f =~ x1 + x2\nx1 | t1 + t2"
    with pytest.raises(SurveykitError, match="number of its categories is not known"):
        model.table()
    with pytest.raises(SurveykitError, match="there is no threshold t2"):
        model.table(ordered={"x1": 2})


def test_ordered_items_as_lavaan_writes_them() -> None:
    # lavaan 0.6-14, cfa(std.lv = TRUE, ordered = c("x1", "x2", "x7", "x8"))
    text = "v =~ x1+x2\n x2 | t1 + b*t2\n s =~ x7+x8+x9\n x1~~x7"
    table = Model.parse(text).table(ordered={"x1": 4, "x2": 4, "x7": 4, "x8": 4}, std_lv=True)
    names = " ".join(f"{r.name}:{r.free}" if r.free else f"{r.name}={r.ustart:g}" for r in table)
    assert names == (
        "v=~x1:1 v=~x2:2 x2|t1:3 x2|t2:4 s=~x7:5 s=~x8:6 s=~x9:7 x1~~x7:8 x1|t1:9 x1|t2:10 x1|t3:11 x2|t3:12 "
        "x7|t1:13 x7|t2:14 x7|t3:15 x8|t1:16 x8|t2:17 x8|t3:18 x1~~x1=1 x2~~x2=1 x7~~x7=1 x8~~x8=1 x9~~x9:19 "
        "v~~v=1 s~~s=1 v~~s:20 x1~*~x1=1 x2~*~x2=1 x7~*~x7=1 x8~*~x8=1 x1~1=0 x2~1=0 x7~1=0 x8~1=0 x9~1:21 "
        "v~1=0 s~1=0"
    )
    assert table.meanstructure


@pytest.mark.parametrize(
    ("form", "equal", "freed"),
    [
        ("delta", ["loadings"], []),
        ("delta", ["thresholds", "loadings"], ["x1~*~x1", "x2~*~x2", "x3~*~x3", "x1~1", "x2~1", "x3~1"]),
        ("theta", ["thresholds", "loadings"], ["x1~~x1", "x2~~x2", "x3~~x3", "x1~1", "x2~1", "x3~1"]),
        ("delta", ["thresholds", "loadings", "intercepts"], ["x1~*~x1", "x2~*~x2", "x3~*~x3", "f~1"]),
        ("theta", ["thresholds", "loadings", "intercepts", "residuals"], ["f~1"]),
        ("theta", ["thresholds", "loadings", "intercepts", "residuals", "means"], []),
    ],
)
def test_equal_thresholds_free_the_scale_of_later_groups(
    form: str, equal: list[str], freed: list[str]
) -> None:
    model = Model.parse("f =~ x1 + x2 + x3")
    options: dict[str, Any] = {"ordered": ORDERED, "groups": ("a", "b"), "parameterization": form}
    table, plain = model.table(**options, group_equal=equal), model.table(**options)
    was = {(r.name, r.group) for r in plain if r.free}
    assert [r.name for r in table if r.free and (r.name, r.group) not in was] == freed
    thresholds = [{r.free for r in table if r.name == f"x1|t{t}"} for t in (1, 2, 3)]
    assert [len(numbers) for numbers in thresholds] == ([1, 1, 1] if "thresholds" in equal else [2, 2, 2])


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("f =~ x1 + x2 + x3", {"ordered": {"y": 3}}, "no observed variable"),
        ("f =~ x1 + x2 + x3\nf ~ z", {"ordered": {"z": 3}}, "only predicts"),
        ("f =~ x1 + x2 + x3\nx1 ~~ x1", {"ordered": ORDERED}, "no parameter of the delta parameterisation"),
        ("f =~ x1 + x2 + x3", {"ordered": ORDERED, "parameterization": "beta"}, "'delta' or 'theta'"),
    ],
)
def test_impossible_ordered_items(text: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        Model.parse(text).table(**options)
    assert message in str(caught.value)
