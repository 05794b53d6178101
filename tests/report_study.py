"""A small study that findings and reports are tried on: simulated answers of 240 invented people."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.responses import Responses, read
from surveykit.results import Result
from surveykit.scoring import score
from surveykit.sem import fit

QUESTIONNAIRE = """
id: small
title: {en: Small survey, zh: 小型调查}
version: "1"
languages: [en, zh]
citation: "Author, A. (2001). A title with 3 numbers."
groups: [store]
scales:
  agree7: {min: 1, max: 7, labels: {1: {en: Disagree, zh: 不同意}, 7: {en: Agree, zh: 同意}}}
  likely: {min: 0, max: 10}
items:
  qua1: {text: {en: The product is good., zh: 产品很好。}, scale: agree7}
  qua2: {text: {en: The product lasts., zh: 产品耐用。}, scale: agree7}
  qua3: {text: {en: It does what I need., zh: 符合我的需要。}, scale: agree7}
  sat1: {text: {en: I am satisfied., zh: 我很满意。}, scale: agree7}
  sat2: {text: {en: It is close to ideal., zh: 接近理想。}, scale: agree7}
  sat3: {text: {en: It meets my hopes., zh: 符合我的期望。}, scale: agree7}
  loy1: {text: {en: I will come again., zh: 我会再来。}, scale: agree7}
  loy2: {text: {en: I will stay., zh: 我会继续使用。}, scale: agree7}
  loy3: {text: {en: I will not leave., zh: 我不会离开。}, scale: agree7}
  recommend: {text: {en: "Would you recommend us?", zh: 您会推荐我们吗？}, scale: likely}
  store:
    text: {en: "Which store?", zh: 哪家店？}
    type: single
    options: {north: {en: North, zh: 北店}, south: {en: South, zh: 南店}, vip: {en: Lounge, zh: 贵宾厅}}
  half:
    text: {en: Wave, zh: 波次}
    type: single
    options: {first: {en: Spring, zh: 春季}, second: {en: Summer, zh: 夏季}, third: {en: Autumn, zh: 秋季}}
constructs:
  Quality: {title: {en: Quality, zh: 质量}, items: [qua1, qua2, qua3]}
  Satisfaction: {title: {en: Satisfaction, zh: 满意}, items: [sat1, sat2, sat3]}
  Loyalty: {title: {en: Loyalty, zh: 忠诚}, items: [loy1, loy2, loy3]}
metrics:
  nps: {metric: nps, item: recommend, title: {en: Net Promoter Score, zh: 净推荐值}}
  satisfied: {metric: csat, item: sat1, top: 2, title: {en: Satisfied customers, zh: 满意顾客占比}}
paths:
  - Quality -> Satisfaction
  - Quality, Satisfaction -> Loyalty
"""

TITLES = {
    "chain": {"en": "Quality to loyalty", "zh": "从质量到忠诚"},
    "pls": {"en": "Quality to loyalty, composites", "zh": "从质量到忠诚（组合变量）"},
}


def answers(n: int = 240, vip: int = 4) -> pd.DataFrame:
    """Simulated answers: Satisfaction goes with Quality, Loyalty with Satisfaction; the lounge has ``vip`` guests."""
    draw = np.random.Generator(np.random.Philox(key=7))
    quality = draw.standard_normal(n)
    satisfaction = 0.7 * quality + 0.7 * draw.standard_normal(n)
    loyalty = 0.75 * satisfaction + 0.65 * draw.standard_normal(n)
    columns: dict[str, Any] = {}
    for name, factor in (("qua", quality), ("sat", satisfaction), ("loy", loyalty)):
        for i in (1, 2, 3):
            noisy = 0.85 * factor + 0.5 * draw.standard_normal(n)
            columns[f"{name}{i}"] = np.clip(np.round(4.4 + 1.2 * noisy), 1, 7).astype(int)
    columns["recommend"] = np.clip(np.round(7.4 + 2 * loyalty), 0, 10).astype(int)
    store = np.where(draw.random(n) < 0.6, "north", "south").astype(object)
    store[:vip] = "vip"
    columns["store"] = store
    columns["half"] = np.where(
        np.arange(n) < n // 3, "first", np.where(np.arange(n) < 2 * n // 3, "second", "third")
    )
    return pd.DataFrame(columns)


@cache
def study() -> tuple[Responses, dict[str, Result]]:
    """The answers bound to the questionnaire, and a result of each kind."""
    data = read(answers(), Questionnaire.from_text(QUESTIONNAIRE))
    assert data.questionnaire is not None
    constructs = list(data.questionnaire.constructs)
    results: dict[str, Result] = {
        "scores": score(data),
        "scores_by_store": score(data, by="store"),
        "correlation": analyse(data, "correlation", items=constructs),
        "drivers": analyse(
            data, "drivers", outcome="Loyalty", predictors=["Quality", "Satisfaction"], bootstrap=60
        ),
        "regression": analyse(data, "regression", outcome="Loyalty", predictors=["Quality", "Satisfaction"]),
        "nonlinear": analyse(data, "nonlinear", outcome="Loyalty", predictor="Satisfaction", bootstrap=99),
        "mediation": analyse(
            data,
            "mediation",
            outcome="Loyalty",
            predictor="Quality",
            mediators=["Satisfaction"],
            bootstrap=60,
        ),
        "crosstab": analyse(data, "crosstab", rows="sat1", columns="store"),
        "banner": analyse(
            data, "banner", rows=[*constructs, "sat1", "nps", "store"], banner=["store"], min_base=10
        ),
        "trend": analyse(
            data,
            "trend",
            rows=["Quality", "nps", "sat1"],
            wave="half",
            changed={"second": {"sat1": "caution"}, "third": ["Quality"]},
        ),
        "reliability": analyse(data, "reliability", constructs=constructs, bootstrap=40),
        "chain": fit(data.questionnaire.model or "", data),
        "pls": fit(data.questionnaire.model or "", data, method="pls", bootstrap=60),
        "comparison": fit(data.questionnaire.model or "", data, method="compare", bootstrap=60),
    }
    return data, results


@cache
def report(language: str) -> Report:
    """The report on the study."""
    data, results = study()
    facts = {
        "title": {"en": "A small survey", "zh": "一项小型调查"}, "client": {"en": "Client 7", "zh": "客户7"},
        "date": "2026-11-22", "seed": 1, "simulated": True, "titles": TITLES,
        "sample": {
            "population": {"en": "Guests", "zh": "顾客"}, "selection": "probability", "field_start": "2026-10-01",
            "field_end": "2026-11-02", "invited": 900,
        },
    }  # fmt: skip
    return Report(facts, data, results, language)


@cache
def form(language: str, kind: str) -> bytes:
    """The report as a file (``pdf``, ``docx``, ``pptx``), made once for all tests of a process."""
    made: bytes = getattr(report(language), kind)()
    return made
