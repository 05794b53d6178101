"""How a model was estimated, in words: what was minimised, from which answers, with which standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveykit.report._blocks import View
from surveykit.report._cells import label_text

__all__ = ["estimation", "estimators"]

Words = Mapping[str, str]

MINIMISED: Mapping[str, Words] = {
    "ml": {"en": "maximum likelihood", "zh": "极大似然估计"},
    "gls": {"en": "generalised least squares", "zh": "广义最小二乘法"},
    "uls": {"en": "unweighted least squares", "zh": "未加权最小二乘法"},
    "dwls": {"en": "diagonally weighted least squares", "zh": "对角加权最小二乘法"},
    "wls": {"en": "weighted least squares with the full weight matrix", "zh": "采用完整权重矩阵的加权最小二乘法"},
    "wlsmv": {"en": "diagonally weighted least squares (WLSMV)", "zh": "对角加权最小二乘法（WLSMV）"},
    "wlsm": {"en": "diagonally weighted least squares (WLSM)", "zh": "对角加权最小二乘法（WLSM）"},
    "wlsmvs": {"en": "diagonally weighted least squares (WLSMVS)", "zh": "对角加权最小二乘法（WLSMVS）"},
    "ulsmv": {"en": "unweighted least squares (ULSMV)", "zh": "未加权最小二乘法（ULSMV）"},
    "pls": {"en": "partial least squares", "zh": "偏最小二乘法"},
    "plsc": {"en": "consistent partial least squares (PLSc)", "zh": "一致性偏最小二乘法（PLSc）"},
}  # fmt: skip
PSEUDO = {"en": "pseudo maximum likelihood", "zh": "伪极大似然估计"}
FULL = {
    "en": "full-information maximum likelihood from incomplete answers",
    "zh": "基于不完整回答的完全信息极大似然估计",
}
STAGES = {
    "en": "two-stage maximum likelihood (means and covariances by EM, then the model)",
    "zh": "两阶段极大似然估计（先由EM算法估计均值与协方差，再估计模型）",
}
WISHART = {"en": "with the Wishart likelihood", "zh": "采用Wishart似然"}
WEIGHTS = {"en": "with sampling weights", "zh": "采用抽样权重"}
CLUSTERS = {"en": "with clusters", "zh": "考虑整群"}
POLYCHORIC = {"en": "from polychoric correlations of ordered items", "zh": "基于有序题目的多分格相关"}
ROBUST = {"en": "robust standard errors and test ({name})", "zh": "稳健标准误与校正后的检验（{name}）"}
SANDWICH = {"en": "robust standard errors and test", "zh": "稳健标准误与校正后的检验"}
BOOTSTRAP = {"en": "bootstrap standard errors", "zh": "自助法标准误"}
OBSERVED = {"en": "standard errors from the observed information", "zh": "标准误依据观测信息矩阵"}
SEMOPY = {"en": "estimates by semopy", "zh": "估计值由semopy得出"}
OF = {"en": "{words} ({title})", "zh": "{words}（{title}）"}
COMMA, SEMICOLON = {"en": ", ", "zh": "，"}, {"en": "; ", "zh": "；"}


def estimation(view: View, result: str) -> str:
    """How one fit was estimated."""
    entry = view.document.data["results"][result]
    method = str(entry.get("estimator", ""))
    known: Mapping[str, Any] = entry.get("estimation") or {}
    if not known:
        return view.word(MINIMISED[method]) if method in MINIMISED else method.upper()
    parts = [view.word(w) for w in _parts(method, known)]
    name = method.upper()
    return view.word(COMMA).join(parts).replace("{name}", name)


def _parts(method: str, known: Mapping[str, Any]) -> list[Words]:
    likelihood = method not in MINIMISED or method == "ml"
    weighted, clustered = known.get("weights"), known.get("clusters")
    if not likelihood:
        first = [MINIMISED[method]]
    elif known.get("missing") == "two_stage":
        first = [STAGES]
    elif weighted or clustered:
        first = [PSEUDO]
    else:
        first = [FULL if known.get("missing") == "fiml" else MINIMISED["ml"]]
    said = [(weighted, WEIGHTS), (clustered, CLUSTERS), (known.get("ordered"), POLYCHORIC)]
    said.append((likelihood and known.get("likelihood") == "wishart", WISHART))
    first += [words for true, words in said if true]
    if known.get("bootstrap"):
        first.append(BOOTSTRAP)
    elif known.get("robust"):
        named = likelihood and method != "ml" and not (weighted or clustered)
        first.append(ROBUST if named else SANDWICH)
    elif likelihood and known.get("information") == "observed":
        first.append(OBSERVED)
    return [*first, *([SEMOPY] if known.get("engine") == "semopy" else [])]


def estimators(view: View, *, pls: bool) -> str:
    """The estimators of the covariance models, or those of the composite models; with their titles where they differ."""
    used: dict[str, list[str]] = {}
    for result in view.document.of("fit"):
        entry = view.document.data["results"][result]
        if str(entry.get("estimator", "")).startswith("pls") == pls:
            used.setdefault(estimation(view, result), []).append(label_text(view, result))
    if len(used) < 2:
        return next(iter(used), "")
    listed = view.word({"en": ", ", "zh": "、"})
    told = [
        view.word(OF).replace("{words}", words).replace("{title}", listed.join(titles))
        for words, titles in used.items()
    ]
    return view.word(SEMICOLON).join(told)
