"""Method appendix: how every number was made, with what, from which bytes."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.report._blocks import Block, Cell, Code, Column, Fixed, Heading, Listing, TableBlock, View
from surveykit.report._cells import label_text
from surveykit.report._estimators import estimators
from surveykit.report._registry import sections

WORDS = {
    "title": {"en": "Appendix: method", "zh": "附录：方法"},
    "formulas": {"en": "How the numbers were made", "zh": "计算方法"},
    "limits": {"en": "Limits", "zh": "局限"},
    "left_out": {
        "en": "Left out, because these answers do not allow it: {what}.",
        "zh": "因现有回答不足，未作以下分析：{what}。",
    },
    "models": {"en": "Models as fitted", "zh": "模型设定"},
    "and": {"en": "; ", "zh": "；"},
    "model": {"en": "{title} (lavaan syntax)", "zh": "{title}（lavaan语法）"},
    "made": {"en": "How to reproduce this report", "zh": "如何复现本报告"},
    "fact": {"en": "Fact", "zh": "项目"},
    "value": {"en": "Value", "zh": "内容"},
    "table": {"en": "Programs, seed and input", "zh": "软件、随机种子与输入文件"},
    "seed": {"en": "Seed of random numbers", "zh": "随机种子"},
    "questionnaire": {"en": "Questionnaire", "zh": "问卷"},
    "citation": {"en": "Source of the questionnaire", "zh": "问卷出处"},
    "input": {"en": "SHA-256 of {name}", "zh": "{name}的SHA-256"},
    "rounding": {
        "en": "Numbers are rounded once, for the page, with halves away from zero; results.json holds ten significant digits.",
        "zh": "仅在呈现时进行一次四舍五入；results.json保留十位有效数字。",
    },
    "hidden": {
        "en": "Statistics based on fewer than {k} answers are not shown.",
        "zh": "少于{k}份回答的统计量不予展示。",
    },
    "strength": {
        "en": "Evidence is called strong where the interval’s end nearest to zero keeps at least half of the estimate, moderate where it "
        "keeps a quarter, weak where it merely excludes zero; there is no evidence where the interval includes zero.",
        "zh": "若区间最接近零的一端不小于估计值的一半，称为证据充分；不小于四分之一，称为证据中等；仅不包含零，称为证据较弱；"
        "区间包含零，则称为没有证据。",
    },
    "capped": {
        "en": "Where few answers stand behind a model, evidence for its paths is called moderate at most; where the model fits poorly, weak at most.",
        "zh": "模型所依据的回答偏少时，有关其路径的证据最多称为中等；模型与数据吻合较差时，最多称为较弱。",
    },
    "groups": {
        "en": "For differences between groups, evidence is called strong, moderate or weak where the adjusted p is below {a}, {b} or {c}.",
        "zh": "组间差异在校正后的p值低于{a}、{b}与{c}时，依次称为证据充分、证据中等与证据较弱。",
    },
    "size": {
        "en": "An association is called close from a standardised coefficient of {a}, clear from {b}, loose from {c}, and very loose below that.",
        "zh": "标准化系数的绝对值不小于{a}为高度相关，不小于{b}为中度相关，不小于{c}为弱相关，更小则为极弱相关。",
    },
    "causal": {
        "en": "The answers were given at one point in time and nothing was varied by design: they show what goes together, not what would follow from a change.",
        "zh": "所有回答均在同一时点收集，未经实验操纵：结果只说明哪些方面相互关联，不能说明改变某一方面会有什么后果。",
    },
    "causal_waves": {
        "en": "Several waves of respondents were asked and nothing was varied by design: what differs between waves need not come from anything done in between.",
        "zh": "各波询问的是不同的受访者，且未经实验操纵：各波之间的差异不一定源于其间采取的任何措施。",
    },
    "unweighted": {
        "en": "The answers are not weighted: whether they speak for anyone beyond those who answered is not known.",
        "zh": "数据未经加权：能否代表受访者以外的人群，无从判断。",
    },
}  # fmt: skip

METHODS = {
    "nps": {
        "en": "Net Promoter Score: share of answers 9 and 10 minus share of answers 0 to 6, times 100; adjusted Wald interval (3/4, 3/2 and 3/4 "
        "answers added) unless the plain one was requested.",
        "zh": "净推荐值：9至10分的占比减去0至6分的占比，再乘以100；除非另行指定，采用调整Wald区间（三类各加3/4、3/2、3/4个回答）。",
    },
    "csat": {
        "en": "Customer satisfaction: share of top-box answers with Wilson’s interval; the mean with a t interval.",
        "zh": "顾客满意度：最高几档回答的占比，采用Wilson区间；均值采用t区间。",
    },
    "ces": {"en": "Customer Effort Score: mean with a t interval, or shares of easy and hard.", "zh": "顾客费力度：均值及其t区间，或轻松与费力的占比。"},
    "index": {
        "en": "Index: 100 (x − min) / (max − min) for each question, averaged within each person with the declared weights, then over people; t interval.",
        "zh": "指数：每题按100（x − 最小值）/（最大值 − 最小值）换算，按设定的权重对每人求平均，再对全体求平均；t区间。",
    },
    "mean": {"en": "Means with Student’s t interval.", "zh": "均值及其t区间。"},
    "loyalty": {
        "en": "Loyalty: dimensions of the chosen scheme on 0–100, weighted as declared; each scheme is a definition of its own.",
        "zh": "忠诚度：所选方案的各维度换算为0至100分，并按设定的权重加权；不同方案是不同的定义。",
    },
    "fit": {
        "en": "Structural models: {method}; standardised solution with delta-method intervals. χ², CFI, TLI, RMSEA (90% interval) and SRMR as in "
        "lavaan, the scaled ones under robust methods. A gate refuses inadmissible solutions.",
        "zh": "结构方程模型：{method}；标准化解，区间按Delta法计算。χ²、CFI、TLI、RMSEA（90%区间）与SRMR的定义同lavaan，稳健估计法采用其校正值。不可接受的解一律不予解读。",
    },
    "pls": {
        "en": "Composite models: {method}; all estimates are standardised; bootstrap intervals where resamples were drawn.",
        "zh": "组合模型：{method}；所有估计值均已标准化；抽取自助样本时给出自助法区间。",
    },
    "drivers": {
        "en": "Drivers: LMG, the gain in R² averaged over all orders, exact; Johnson’s relative weights for comparison; percentile bootstrap intervals. "
        "That a driver comes first is called strong evidence where it does in nine of ten bootstrap samples, moderate in eight; where none does, those of which one does "
        "in nine of ten are named. Of fewer than fifty complete answers it is called weak. That nothing goes with the outcome is said where no correlation differs from zero by Fisher’s z with Bonferroni’s adjustment.",
        "zh": "关键因素：LMG法，即所有进入次序下R²增量的精确平均值；并列Johnson相对权重；自助法百分位区间。某一因素在九成以上的自助样本中居首，称为证据充分，八成以上称为中等；若均未达到，"
        "则列出合计居首达九成的各项。完整回答不足五十份时，一律称为较弱。若按Fisher z区间并经Bonferroni校正后没有任何相关系数不同于零，则称没有证据表明与结果相关。",
    },
    "correlation": {"en": "Correlations with intervals by Fisher’s z; p-values adjusted.", "zh": "相关系数及Fisher z区间；p值经过校正。"},
    "regression": {"en": "Least squares with HC3 standard errors unless others were asked for.", "zh": "最小二乘回归；除非另行指定，采用HC3标准误。"},
    "reliability": {
        "en": "Alpha with its interval; omega, composite reliability and AVE from a one-factor model; HTMT from absolute correlations.",
        "zh": "α系数及其区间；ω系数、组合信度与AVE基于单因子模型；HTMT按相关系数的绝对值计算。",
    },
    "nonlinear": {
        "en": "Shape: quadratic term with HC3 errors; threshold by sup-F with a wild bootstrap; the two p-values adjusted by Holm.",
        "zh": "关系形态：二次项采用HC3标准误；阈值采用sup-F检验与野自助法；两个p值经Holm校正。",
    },
    "mediation": {"en": "Indirect effects as products of coefficients, percentile bootstrap intervals.", "zh": "间接效应为系数之积，采用自助法百分位区间。"},
    "banner": {
        "en": "Tables of groups: shares with Wilson’s interval, means with Student’s t, net scores with the adjusted Wald interval; between columns pooled z-tests of shares, Welch’s tests of means, z-tests of net scores, all at the effective n; under a survey design differences of domains. A difference is put into words where it holds after Holm’s adjustment over the whole table.",
        "zh": "分组表：比例采用Wilson区间，均值采用t区间，净推荐值采用调整Wald区间；列间比较对比例采用合并z检验，对均值采用不假定方差相等的t检验，对净推荐值采用z检验，均按有效样本量计算；有抽样设计时按域间差异计算。仅当差异经全表Holm校正后仍成立时才写成文字。",
    },
    "trend": {
        "en": "Trends: each wave against the one before, with the tests of the tables of groups, p-values adjusted for the number of differences; the first and the last of several waves are said to differ where their intervals do not touch; nothing is compared over a changed question.",
        "zh": "趋势：每一波与前一波比较，检验方法同分组表，p值按差异个数校正；多波之中，首波与末波的区间互不相交时才称二者存在差异；题目改动前后不作比较。",
    },
    "frequencies": {"en": "Answers by question: shares with Wilson’s interval.", "zh": "各题回答：比例及其Wilson区间。"},
    "nps_test": {
        "en": "Differences of the Net Promoter Score: adjusted Wald interval and z-test, p-values adjusted for the number of comparisons.",
        "zh": "净推荐值之差：调整Wald区间与z检验，p值按比较次数校正。",
    },
    "groups": {
        "en": "One PLS model in several groups: permutation tests of the paths and of the making of composites (MICOM), p-values not adjusted for their number.",
        "zh": "分组PLS模型：以置换检验比较各组的路径系数与组合变量的构成（MICOM），p值未按检验次数校正。",
    },
    "comparison": {
        "en": "One model by several methods: for each path, direction, evidence and strength are set beside each other; methods whose solution must not be interpreted are left out.",
        "zh": "同一模型的多种估计方法：逐条路径对照方向、有无证据与强弱；得出的解不可解读的方法不参与比较。",
    },
    "crosstab": {"en": "Column shares with Wilson’s interval; Pearson’s χ² and Cramér’s V.", "zh": "列百分比及Wilson区间；Pearson χ²检验与Cramér V系数。"},
    "logit": {"en": "Logistic regression by maximum likelihood.", "zh": "逻辑回归，极大似然估计。"},
    "ordinal": {"en": "Ordinal logistic regression (proportional odds), Brant’s test.", "zh": "有序逻辑回归（比例优势），Brant检验。"},
    "design": {
        "en": "Survey design: standard errors of scores and regressions are Taylor-linearised or from replicate weights; t intervals with clusters less strata as degrees of freedom, for shares on the logit scale, in place of the intervals named below.",
        "zh": "抽样设计：得分与回归的标准误采用泰勒线性化或复制权重计算；区间采用t分布，自由度为群数减层数，比例在logit尺度上计算，并取代下文所列的区间。",
    },
    "quality": {
        "en": "Doubtful answers: reasons of one family count once; nobody is removed unless the study says so.",
        "zh": "存疑答卷：同类疑点只计一次；除非研究方案另有规定，不剔除任何答卷。",
    },
    "sensitivity": {
        "en": "With and without doubtful answers: a conclusion holds if a test’s verdict stays the same or, without a test, if the estimate stays within the interval from all answers.",
        "zh": "剔除存疑答卷前后的比较：结论指检验的判定；没有检验时，指估计值是否仍在全部答卷的区间之内。",
    },
    "item_audit": {"en": "Items: correlation with the mean of the others of the scale, Fisher’s z interval.", "zh": "题目诊断：各题与同一量表其余题目均值的相关，Fisher z区间。"},
    "missingness": {"en": "Missing answers: Little’s test with means and covariance by the EM algorithm.", "zh": "缺失：Little检验，均值与协方差由EM算法估计。"},
    "early_late": {"en": "Early and late respondents: Welch’s test of the first and last parts, p-values by Holm.", "zh": "早期与晚期作答者：首尾两部分的Welch检验，p值经Holm校正。"},
    "cfa": {
        "en": "Measurement model: all constructs vary together freely; omega over the observed, composite reliability over the implied variance, AVE; intervals by the delta method on the logit scale; HTMT and HTMT2 from item correlations.",
        "zh": "测量模型：各构念自由相关；ω系数以观测方差为分母，组合信度以模型隐含方差为分母，另报告AVE；区间在logit尺度上按Delta法计算；HTMT与HTMT2由题目相关计算。",
    },
    "invariance": {
        "en": "Measurement invariance: nested models of several groups; a step holds where CFI falls by .010 or less, RMSEA rises by .015 or less and SRMR by .010 or less (equal loadings: .030); χ² differences scaled under robust methods; score tests of single equalities.",
        "zh": "测量不变性：多组嵌套模型；CFI下降不超过0.010、RMSEA上升不超过0.015且SRMR上升不超过0.010（载荷等值为0.030）即视为成立；稳健估计法采用校正的χ²差异；各项等值约束采用得分检验。",
    },
    "local_fit": {
        "en": "Local fit: residual covariances over the items’ standard deviations, with standard errors that know of the estimation; modification indices; p-values by Holm.",
        "zh": "局部拟合：残差协方差除以题目标准差，标准误已考虑参数估计的影响；修正指数；p值经Holm校正。",
    },
    "power": {
        "en": "Power: from standard errors, never from the estimates themselves; planned studies by simulation.",
        "zh": "检验力：依据标准误而非估计值计算；拟议研究采用模拟。",
    },
    "descriptives": {"en": "Standard deviations with divisor n − 1.", "zh": "标准差的除数为n − 1。"},
}  # fmt: skip

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")


@sections.register(
    "method",
    title=WORDS["title"],
    reference="Reichheld 2003; Rocks 2016; Wilson 1927; Hu and Bentler 1999; Grömping 2007",
    evidence="versions, seed and hashes are those of the run",
    order=90,
    style="flow",
)
def method(view: View) -> Sequence[Block]:
    """Formulas, limits, models, and what is needed to make the report again."""
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "method")]
    blocks += [Heading(view.word(WORDS["formulas"]), "formulas", 2), Listing(tuple(_methods(view)))]
    blocks += [Heading(view.word(WORDS["limits"]), "limits", 2)]
    limits: list[Cell] = [view.say(WORDS["causal_waves" if view.document.of("trend") else "causal"])]
    if not view.document.data["sample"].get("weight"):
        limits.append(view.say(WORDS["unweighted"]))
    left_out = view.document.data["study"].get("left_out") or ()
    if left_out:
        what = view.word(WORDS["and"]).join(view.word(title) for title in left_out)
        limits.append(view.say(WORDS["left_out"], what=Fixed(what, "given")))
    blocks.append(Listing(tuple(limits)))
    blocks += _models(view)
    return [*blocks, *_reproduce(view)]


def kinds_of(view: View) -> tuple[str, ...]:
    """The metrics, analyses and kinds of models that the report shows, in its order."""
    document = view.document
    kinds: list[str] = []
    for result in document.ids:
        entry = document.data["results"][result]
        if entry["kind"] == "scores":
            drawn = entry["glance"].get("df") is not None
            kinds += [*(["design"] if drawn else []), *(r.text("metric") for r in document.rows(result))]
        else:
            pls = str(entry.get("estimator", "")).startswith("pls")
            own = str(entry["id"] if entry["kind"] == "estimates" else entry["kind"])
            kinds.append("pls" if pls else own)
    return tuple(dict.fromkeys(kinds))


def _methods(view: View) -> Iterable[Cell]:
    for kind in kinds_of(view):
        if kind in METHODS:
            text = view.word(METHODS[kind]).replace("{method}", estimators(view, pls=kind == "pls"))
            yield (Fixed(text, "formula"),)
    sizes = {k: Fixed(v, "formula") for k, v in (("a", ".50"), ("b", ".30"), ("c", ".10"))}
    yield view.say(WORDS["strength"])
    if {"fit", "pls"} & set(kinds_of(view)):
        yield view.say(WORDS["capped"])
    if any(f.id.startswith("groups.") for f in view.findings):
        yield view.say(
            WORDS["groups"],
            a=Fixed(".001", "formula"),
            b=Fixed(".01", "formula"),
            c=Fixed(".05", "formula"),
        )
    yield view.say(WORDS["size"], **sizes)
    yield view.say(WORDS["hidden"], k=view.document.number("/study/min_cell", "count"))
    yield view.say(WORDS["rounding"])


def _models(view: View) -> Iterable[Block]:
    fits = [r for r in view.document.of("fit") if view.document.data["results"][r].get("model")]
    if fits:
        yield Heading(view.word(WORDS["models"]), "models", 2)
    alike: dict[str, list[str]] = {}
    for result in fits:
        text = view.document.data["results"][result]["model"].strip()
        alike.setdefault(text, []).append(label_text(view, result))
    for text, titles in alike.items():  # a model that was estimated in several ways stands here once
        title = view.word(WORDS["and"]).join(titles)
        yield Code(text, view.plain(view.say(WORDS["model"], title=title)))


def _reproduce(view: View) -> Iterable[Block]:
    from importlib.metadata import version

    study = view.document.data["study"]
    rows: list[tuple[Cell, ...]] = [
        (("surveykit",), (Fixed(str(view.document.data["surveykit"]), "version"),)),
    ]
    rows += [((name,), (Fixed(version(name), "version"),)) for name in LIBRARIES]
    if study.get("seed") is not None:
        rows.append(((view.word(WORDS["seed"]),), (view.document.number("/study/seed", "integer"),)))
    named = study.get("questionnaire")
    if named:
        rows.append(
            ((view.word(WORDS["questionnaire"]),), (Fixed(f"{named['id']} {named['version']}", "version"),))
        )
        if named.get("citation"):
            rows.append(((view.word(WORDS["citation"]),), (Fixed(named["citation"], "citation"),)))
    inputs = dict(study.get("inputs") or {})
    sample = view.document.data["sample"]
    if not inputs and sample["sha256"]:
        inputs = {sample["source"]: sample["sha256"]}
    for name, digest in inputs.items():
        label = view.say(WORDS["input"], name=Fixed(name, "given"))
        rows.append((label, (Fixed(digest, "version"),)))
    columns = (Column(view.say(WORDS["fact"]), "left"), Column(view.say(WORDS["value"]), "left", wide=True))
    yield Heading(view.word(WORDS["made"]), "reproduce", 2)
    yield TableBlock("table-reproduce", view.say(WORDS["table"]), columns, tuple(rows))


__all__ = ["METHODS", "kinds_of"]
