"""The words for an estimator are true of the fit: weights make it pseudo ML, gaps make it full information."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.report._estimators import estimation
from surveykit.report.method import METHODS
from surveykit.responses import read
from surveykit.sem import fit
from tests.report_study import QUESTIONNAIRE, answers

MODEL = "Quality =~ qua1 + qua2 + qua3\nLoyalty =~ loy1 + loy2 + loy3\nLoyalty ~ Quality"
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "ml": ({"missing": "listwise"}, "maximum likelihood", "极大似然估计"),
    "mlr": (
        {"method": "mlr", "missing": "listwise"},
        "maximum likelihood, robust standard errors and test (MLR)",
        "极大似然估计，稳健标准误与校正后的检验（MLR）",
    ),
    "fiml": ({"method": "fiml"}, "full-information maximum likelihood", "完全信息极大似然估计"),
    "weights": (
        {"sampling_weights": "w", "missing": "listwise"},
        "pseudo maximum likelihood, with sampling weights, robust standard errors and test",
        "伪极大似然估计，采用抽样权重，稳健标准误与校正后的检验",
    ),
    "ordered": (
        {"ordered": True},
        "diagonally weighted least squares (WLSMV), from polychoric correlations of ordered items, robust",
        "对角加权最小二乘法（WLSMV），基于有序题目的多分格相关",
    ),
    "two_stage": ({"missing": "two_stage"}, "two-stage maximum likelihood", "两阶段极大似然估计"),
    "semopy": ({"engine": "semopy", "missing": "listwise"}, "maximum likelihood, estimates by semopy", "semopy"),
    "boot": ({"bootstrap": 20, "missing": "listwise"}, "maximum likelihood, bootstrap standard errors", "自助法标准误"),
    "pls": ({"method": "pls", "bootstrap": 20}, "partial least squares", "偏最小二乘法"),
}  # fmt: skip


@cache
def study() -> tuple[Any, dict[str, Any]]:
    rng = np.random.Generator(np.random.Philox(key=2))
    frame = answers(vip=0).assign(w=lambda f: rng.uniform(0.5, 2, len(f)))
    frame["qua1"] = frame["qua1"].astype(float).mask(rng.random(len(frame)) < 0.1)
    data = read(frame, Questionnaire.from_text(QUESTIONNAIRE), keep=["w"])
    return data, {name: fit(MODEL, data, **options) for name, (options, _, _) in CASES.items()}


@cache
def report(language: str) -> Report:
    data, results = study()
    return Report({"title": {"en": "T", "zh": "T"}}, data, results, language)


@pytest.mark.parametrize("name", CASES)
def test_the_words_are_true(name: str) -> None:
    _, english, chinese = CASES[name]
    assert estimation(report("en")._view, name).startswith(english)
    assert chinese in estimation(report("zh")._view, name)


def test_the_method_page_names_each_model_with_its_method() -> None:
    page = report("en").html()
    assert (
        "pseudo maximum likelihood, with sampling weights, robust standard errors and test (structural model weights)"
        in page
    )
    assert (
        'Estimated by <span class="formula" data-fixed="formula">full-information maximum likelihood' in page
    )
    assert "{method}" in METHODS["fit"]["zh"]
