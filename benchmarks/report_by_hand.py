"""The report of `report.py` as one would script it: pandas, semopy, matplotlib, WeasyPrint, XlsxWriter.

    python benchmarks/report_by_hand.py answers.csv questionnaire.yaml OUT

Written as a fair competitor: vectorised, one pass over what can be shared, no needless redraw. It leaves out what has no
short equivalent (refusals, cautions, suppression of small cells, composites, provenance, methods scripts, checks of the
input) and its words are templates with numbers, in both languages.
"""

# ruff: noqa: E501
from __future__ import annotations

import base64
import io
import itertools
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import semopy
import yaml
from scipy import stats
from weasyprint import HTML

CONSTRUCTS = {
    "Image": ["IMAG1", "IMAG2", "IMAG3", "IMAG4", "IMAG5"],
    "Expectation": ["CUEX1", "CUEX2", "CUEX3"],
    "Quality": [f"PERQ{i}" for i in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": ["CUSA1", "CUSA2", "CUSA3"],
    "Complaints": ["CUSCO"],
    "Loyalty": ["CUSL1", "CUSL2", "CUSL3"],
}
NAMES = {
    "en": dict(zip(CONSTRUCTS, ["Image", "Expectations", "Perceived quality", "Perceived value", "Satisfaction", "Complaint handling", "Loyalty"], strict=True)),
    "zh": dict(zip(CONSTRUCTS, ["品牌形象", "顾客期望", "感知质量", "感知价值", "顾客满意", "抱怨处理", "顾客忠诚"], strict=True)),
}  # fmt: skip
PATHS = [
    ("Image", "Expectation"), ("Image", "Satisfaction"), ("Image", "Loyalty"), ("Expectation", "Quality"),
    ("Expectation", "Value"), ("Expectation", "Satisfaction"), ("Quality", "Value"), ("Quality", "Satisfaction"),
    ("Value", "Satisfaction"), ("Satisfaction", "Complaints"), ("Satisfaction", "Loyalty"), ("Complaints", "Loyalty"),
]  # fmt: skip
PLACES = {
    "Image": (0, 0), "Expectation": (1, 1.4), "Quality": (2, 3), "Value": (3, 2), "Satisfaction": (4, 1.1),
    "Complaints": (5, 1.6), "Loyalty": (6, 0.4),
}  # fmt: skip
PREDICTORS = ["Image", "Expectation", "Quality", "Value"]
BLUE, ORANGE, GREY = "#1F5FA8", "#B45309", "#C9CFD6"
T: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Mobile phone customers: satisfaction and loyalty", "found": "What was found", "sample": "Sample",
        "scores": "Scores", "by": "By kind of customer", "chain": "The chain", "drivers": "What goes with Satisfaction",
        "assoc": "Associations", "measure": "Appendix: measurement", "method": "Appendix: method",
        "nps": "Net Promoter Score is {e:+.0f} (95% interval {l:+.0f} to {h:+.0f}, n = {n}).",
        "top": "Satisfaction goes most closely with {name}: {share:.0%} of the explained variance.",
        "path": "{b} is associated with {a} (standardised coefficient {e:.2f}, 95% interval {l:.2f} to {h:.2f}).",
        "none": "There is no evidence that {b} goes with {a} ({e:.2f}, 95% interval {l:.2f} to {h:.2f}).",
        "differs": "{name} differs between kinds of customer (p {p}).", "same": "No evidence that {name} differs.",
        "fit": "CFI {cfi:.3f}, TLI {tli:.3f}, RMSEA {rmsea:.3f}.", "cols": ["Name", "Value", "Low", "High", "n"],
        "causal": "Answers given at one time show what goes together, not what would follow from a change.",
        "rows": "{n} rows were read and used.", "contents": "Contents", "figure": "Figure {i}", "table": "Table {i}",
        "how": "Normal-theory intervals at 95%; R² shared out over all orders (LMG) with bootstrap percentiles.",
    },
    "zh": {
        "title": "手机用户的满意度与忠诚度", "found": "主要发现", "sample": "样本", "scores": "得分", "by": "按用户类型",
        "chain": "关系链", "drivers": "与顾客满意相关的因素", "assoc": "相关关系", "measure": "附录：测量", "method": "附录：方法",
        "nps": "净推荐值为{e:+.0f}（95%置信区间为{l:+.0f}至{h:+.0f}，n = {n}）。",
        "top": "与顾客满意关系最密切的是{name}：占已解释方差的{share:.0%}。",
        "path": "{a}与{b}相关（标准化系数为{e:.2f}，95%置信区间为{l:.2f}至{h:.2f}）。",
        "none": "没有证据表明{a}与{b}相关（{e:.2f}，95%置信区间为{l:.2f}至{h:.2f}）。",
        "differs": "不同类型用户的{name}有差异（p {p}）。", "same": "没有证据表明{name}有差异。",
        "fit": "CFI {cfi:.3f}，TLI {tli:.3f}，RMSEA {rmsea:.3f}。", "cols": ["名称", "数值", "下限", "上限", "n"],
        "causal": "同一时点的回答只能说明哪些方面相互关联，不能说明改变其中之一会带来什么。",
        "rows": "共读入并使用{n}行数据。", "contents": "目录", "figure": "图{i}", "table": "表{i}",
        "how": "95%正态近似区间；R²按所有进入次序平均分解（LMG），区间采用自助法百分位数。",
    },
}  # fmt: skip
STYLE = """
@page { size: A4; margin: 22mm; @bottom-right { content: counter(page) } @top-left { content: string(title) } }
body { font: 10pt "Noto Sans CJK SC", sans-serif; line-height: 1.5 } h1 { break-before: page; color: #1F5FA8; bookmark-level: 1 }
.cover { font-size: 30pt; margin-top: 80mm; color: #1F5FA8; string-set: title content() }
.contents a::after { content: target-counter(attr(href), page); float: right } a { color: inherit }
img { width: 100% } figure { break-inside: avoid; margin: 4mm 0 } figcaption, caption { font-weight: bold; text-align: left }
table { width: 100%; border-collapse: collapse; margin: 4mm 0 } thead { display: table-header-group } tr { break-inside: avoid }
th, td { border-bottom: .3pt solid #ccc; text-align: right; padding: 1mm; font-size: 8.5pt } th:first-child, td:first-child { text-align: left }
"""


class Page:
    """HTML, figures and tables of one language, numbered as they come."""

    def __init__(self, language: str) -> None:
        self.t, self.language = T[language], language
        self.parts: list[str] = []
        self.heads: list[tuple[str, str]] = []
        self.figures = 0
        self.tables: list[tuple[str, pd.DataFrame]] = []

    def head(self, key: str) -> None:
        self.heads.append((key, self.t[key]))
        self.parts.append(f'<h1 id="{key}">{self.t[key]}</h1>')

    def say(self, key: str, **holes: Any) -> None:
        self.parts.append(f"<p>{self.t[key].format(**holes)}</p>")

    def figure(self, caption: str, alt: str) -> None:
        self.figures += 1
        out = io.BytesIO()
        plt.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
        plt.close()
        uri = base64.b64encode(out.getvalue()).decode()
        name = self.t["figure"].format(i=self.figures)
        self.parts.append(
            f'<figure><figcaption>{name} {caption}</figcaption><img src="data:image/svg+xml;base64,{uri}" alt="{alt}"></figure>'
        )

    def table(self, caption: str, frame: pd.DataFrame, digits: int = 2) -> None:
        self.tables.append((caption, frame))
        name = self.t["table"].format(i=len(self.tables))
        body = frame.to_html(border=0, float_format=lambda v: f"{v:.{digits}f}", na_rep="–")
        self.parts.append(body.replace("<thead>", f"<caption>{name} {caption}</caption><thead>", 1))

    def html(self) -> str:
        listed = "".join(f'<li><a href="#{k}">{v}</a></li>' for k, v in self.heads)
        return (
            f'<!DOCTYPE html><html lang="{self.language}"><head><meta charset="utf-8"><title>{self.t["title"]}</title>'
            f'<style>{STYLE}</style></head><body><p class="cover">{self.t["title"]}</p><h1>{self.t["contents"]}</h1>'
            f'<ol class="contents">{listed}</ol>{"".join(self.parts)}</body></html>'
        )


def mean_interval(values: pd.Series) -> tuple[float, float, float, int]:
    values = values.dropna()
    half = stats.t.ppf(0.975, len(values) - 1) * values.std() / math.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half, len(values)


def nps(values: pd.Series) -> tuple[float, float, float, int, float, float]:
    values = values.dropna()
    up, down, n = (values >= 9).mean(), (values <= 6).mean(), len(values)
    half = 1.96 * math.sqrt((up + down - (up - down) ** 2) / n)
    return 100 * (up - down), 100 * (up - down - half), 100 * (up - down + half), n, up, down


def alpha(items: pd.DataFrame) -> float:
    k = items.shape[1]
    return k / (k - 1) * (1 - items.var().sum() / items.sum(axis=1).var()) if k > 1 else math.nan


def lmg(data: np.ndarray) -> np.ndarray:
    """R² of the last column shared out over the others, averaged over all orders."""
    corr = np.corrcoef(data, rowvar=False)
    p = corr.shape[0] - 1
    r2: dict[tuple[int, ...], float] = {(): 0.0}
    for k in range(1, p + 1):
        for chosen in itertools.combinations(range(p), k):
            i = list(chosen)
            r2[chosen] = corr[p, i] @ np.linalg.solve(corr[np.ix_(i, i)], corr[i, p])
    shares = np.zeros(p)
    for order in itertools.permutations(range(p)):
        for place, j in enumerate(order):
            before = tuple(sorted(order[:place]))
            shares[j] += r2[tuple(sorted((*before, j)))] - r2[before]
    return shares / math.factorial(p)


def htmt(corr: pd.DataFrame, a: list[str], b: list[str]) -> float:
    def within(names: list[str]) -> float:
        return (
            float(np.mean([corr.loc[x, y] for x, y in itertools.combinations(names, 2)]))
            if len(names) > 1
            else 1.0
        )

    return float(corr.loc[a, b].to_numpy().mean() / math.sqrt(within(a) * within(b)))


def ols(data: pd.DataFrame, outcome: str, names: list[str]) -> pd.DataFrame:
    """Coefficients with HC3 errors."""
    used = data[[outcome, *names]].dropna()
    x = np.column_stack([np.ones(len(used)), used[names]])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ used[outcome]
    left = (used[outcome] - x @ beta) / (1 - np.einsum("ij,jk,ik->i", x, inverse, x))
    se = np.sqrt(np.diag(inverse @ (x.T * left.to_numpy() ** 2) @ x @ inverse))
    q = stats.t.ppf(0.975, len(used) - x.shape[1])
    return pd.DataFrame({"b": beta, "low": beta - q * se, "high": beta + q * se}, index=["Constant", *names])


def p_text(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".")


def compute(csv: str) -> dict[str, Any]:
    """Everything that both languages show."""
    data = pd.read_csv(csv)
    items = [i for names in CONSTRUCTS.values() for i in names]
    for c in CONSTRUCTS:
        data[c] = (data[CONSTRUCTS[c]].mean(axis=1) - 1) / 9 * 100
    found: dict[str, Any] = {"data": data, "items": items}
    found["nps"] = nps(data["recommend"])
    found["scores"] = {c: mean_interval(data[c]) for c in CONSTRUCTS}
    groups = list(data["contract"].dropna().unique())
    found["groups"] = groups
    found["nps_by"] = {g: nps(data.loc[data.contract == g, "recommend"]) for g in groups}
    found["scores_by"] = {
        c: {g: mean_interval(data.loc[data.contract == g, c]) for g in groups} for c in CONSTRUCTS
    }
    tests = [
        stats.alexandergovern(*[data.loc[data.contract == g, c].dropna() for g in groups]).pvalue
        for c in CONSTRUCTS
    ]
    order = np.argsort(tests)
    adjusted = np.maximum.accumulate(np.array(tests)[order] * (len(tests) - np.arange(len(tests)))).clip(
        max=1
    )
    found["differs"] = dict(zip([list(CONSTRUCTS)[i] for i in order], adjusted, strict=True))
    found["corr"] = data[list(CONSTRUCTS)].corr()
    used = data[[*PREDICTORS, "Satisfaction"]].dropna().to_numpy()
    rng = np.random.default_rng(2005)
    draws = np.array([lmg(used[rng.integers(0, len(used), len(used))]) for _ in range(1000)])
    found["lmg"] = lmg(used), np.percentile(draws, 2.5, axis=0), np.percentile(draws, 97.5, axis=0)
    found["ols"] = ols(data, "Loyalty", ["Satisfaction", "Image", "Complaints"])
    model = "\n".join(f"{c} =~ {' + '.join(v)}" for c, v in CONSTRUCTS.items() if len(v) > 1)
    model += "\n" + "\n".join(f"{b} ~ {a}" for a, b in PATHS).replace("Complaints", "CUSCO")
    sem = semopy.Model(model)
    sem.fit(data[items].dropna())
    found["sem"] = sem.inspect(std_est=True)
    found["fit"] = semopy.calc_stats(sem).loc["Value"]
    item_corr = data[items].corr()
    found["htmt"] = pd.DataFrame(
        {
            a: {b: htmt(item_corr, CONSTRUCTS[a], CONSTRUCTS[b]) if a != b else math.nan for b in CONSTRUCTS}
            for a in CONSTRUCTS
        }
    )
    found["alpha"] = {c: alpha(data[v].dropna()) for c, v in CONSTRUCTS.items()}
    found["rest"] = {
        i: data[i].corr(data[[j for j in v if j != i]].sum(axis=1)) if len(v) > 1 else math.nan
        for v in CONSTRUCTS.values() for i in v
    }  # fmt: skip
    return found


def dots(labels: list[str], rows: Sequence[tuple[float, ...]], size: float) -> None:
    _, axes = plt.subplots(figsize=(7, size))
    y = np.arange(len(rows))[::-1]
    middle, low, high = (np.array([r[i] for r in rows]) for i in range(3))
    axes.errorbar(middle, y, xerr=[middle - low, high - middle], fmt="o", color=BLUE)
    axes.set_yticks(y, labels)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def stacked(labels: list[str], parts: list[list[float]], colours: list[Any]) -> None:
    _, axes = plt.subplots(figsize=(7, 0.8 + 0.45 * len(labels)))
    left = np.zeros(len(labels))
    for values, colour in zip(np.array(parts).T, colours, strict=True):
        axes.barh(labels[::-1], values[::-1], left=left[::-1], color=colour)
        left += values
    axes.set_xlim(0, 1)


def write(page: Page, found: dict[str, Any], texts: dict[str, str]) -> None:
    """The report in one language."""
    t, names, data = page.t, NAMES[page.language], found["data"]
    e, l, h, n, up, down = found["nps"]  # noqa: E741
    shares, low, high = found["lmg"]
    top = int(np.argmax(shares))
    page.head("found")
    page.say("nps", e=e, l=l, h=h, n=n)
    page.say("top", name=names[PREDICTORS[top]], share=shares[top] / shares.sum())
    driver_rows = [(shares[i], low[i], high[i]) for i in np.argsort(-shares)]
    driver_names = [names[PREDICTORS[i]] for i in np.argsort(-shares)]
    dots(driver_names, driver_rows, 2)
    page.figure(t["drivers"], page.parts[-1][3:-4])
    page.say("causal")
    page.head("sample")
    page.say("rows", n=len(data))
    page.table(t["sample"], pd.DataFrame({"n": data[found["items"]].notna().sum()}).rename(index=texts), 0)
    page.head("scores")
    rows = [found["scores"][c] for c in CONSTRUCTS]
    page.table(
        t["scores"], pd.DataFrame(rows, index=[names[c] for c in CONSTRUCTS], columns=t["cols"][1:]), 1
    )
    dots([names[c] for c in CONSTRUCTS], rows, 3)
    page.figure(t["scores"], t["scores"])
    stacked(["NPS"], [[down, 1 - up - down, up]], [ORANGE, GREY, BLUE])
    page.figure("NPS", "NPS")
    page.head("by")
    for c, p in found["differs"].items():
        page.say("differs" if p < 0.05 else "same", name=names[c], p=p_text(p))
    by = found["nps_by"]
    stacked(list(by), [[v[5], 1 - v[4] - v[5], v[4]] for v in by.values()], [ORANGE, GREY, BLUE])
    page.figure("NPS", "NPS")
    page.table("NPS", pd.DataFrame([v[:4] for v in by.values()], index=list(by), columns=t["cols"][1:]), 0)
    for c in CONSTRUCTS:
        groups = found["scores_by"][c]
        dots(list(groups), list(groups.values()), 1.4)
        page.figure(names[c], names[c])
        page.table(
            names[c], pd.DataFrame(list(groups.values()), index=list(groups), columns=t["cols"][1:]), 1
        )
    page.head("chain")
    fit, sem = found["fit"], found["sem"]
    page.say("fit", cfi=fit["CFI"], tli=fit["TLI"], rmsea=fit["RMSEA"])
    paths = sem[sem.op == "~"].copy()
    latent = {**{c: c for c in CONSTRUCTS}, "CUSCO": "Complaints"}
    paths = paths[paths.lval.isin(latent) & paths.rval.isin(latent)]
    est, scale = (
        paths["Est. Std"].astype(float),
        paths["Est. Std"].astype(float) / paths["Estimate"].astype(float),
    )
    half = 1.96 * pd.to_numeric(paths["Std. Err"], errors="coerce") * scale.abs()
    drawn = {}
    for (_, row), value, width in zip(paths.iterrows(), est, half, strict=True):
        a, b = latent[row.rval], latent[row.lval]
        drawn[a, b] = (value, value - width, value + width)
        page.say(
            "path" if abs(value) > width else "none",
            a=names[a],
            b=names[b],
            e=value,
            l=value - width,
            h=value + width,
        )
    _, axes = plt.subplots(figsize=(11, 5.5))
    for (a, b), (value, below, above) in drawn.items():
        (x0, y0), (x1, y1) = PLACES[a], PLACES[b]
        style = "-" if below * above > 0 else "--"
        axes.annotate(
            "", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", "ls": style, "shrinkA": 28, "shrinkB": 28}
        )
        axes.text(
            (x0 + x1) / 2, (y0 + y1) / 2, f"{value:.2f}\n[{below:.2f}, {above:.2f}]", fontsize=7, ha="center"
        )
    for c, (x, y) in PLACES.items():
        axes.text(
            x, y, names[c], ha="center", va="center", bbox={"boxstyle": "ellipse", "fc": "white", "ec": BLUE}
        )
    axes.set_xlim(-0.6, 6.6)
    axes.set_ylim(-0.6, 3.6)
    axes.axis("off")
    page.figure(t["chain"], "; ".join(f"{names[a]} – {names[b]}: {v[0]:.2f}" for (a, b), v in drawn.items()))
    index = [f"{names[a]} – {names[b]}" for a, b in drawn]
    page.table(t["chain"], pd.DataFrame(list(drawn.values()), index=index, columns=t["cols"][1:4]))
    loadings = sem[(sem.op == "~") & sem.rval.isin(CONSTRUCTS) & sem.lval.isin(found["items"])]
    page.table(t["measure"], loadings.set_index("lval")[["Est. Std"]].astype(float).rename(index=texts))
    page.head("drivers")
    dots(driver_names, driver_rows, 2)
    page.figure(t["drivers"], t["drivers"])
    page.table(t["drivers"], pd.DataFrame(driver_rows, index=driver_names, columns=t["cols"][1:4]), 3)
    page.head("assoc")
    corr = found["corr"].rename(index=names, columns=names)
    page.table(t["assoc"], corr)
    page.table(names["Loyalty"], found["ols"].rename(index=names))
    page.head("measure")
    colours = plt.get_cmap("RdYlBu")(np.linspace(0.05, 0.95, 10))
    for c, v in CONSTRUCTS.items():
        counts = [[(data[i] == k).sum() / data[i].notna().sum() for k in range(1, 11)] for i in v]
        stacked([texts[i][:44] for i in v], counts, list(colours))
        page.figure(names[c], names[c])
        frame = pd.DataFrame(counts, index=[texts[i] for i in v], columns=[str(k) for k in range(1, 11)])
        page.table(names[c], frame.map(lambda s: f"{s:.0%}"))
    page.table("Cronbach’s α", pd.DataFrame({"α": found["alpha"]}).rename(index=names))
    page.table("Item–rest r", pd.DataFrame({"r": found["rest"]}).rename(index=texts))
    page.table("HTMT", found["htmt"].rename(index=names, columns=names))
    page.head("method")
    page.say("how")


def main(csv: str, questionnaire: str, out: str) -> None:
    """Write report.LANGUAGE.pdf, report.LANGUAGE.html and tables.LANGUAGE.xlsx."""
    plt.rcParams["font.family"] = ["Noto Sans CJK JP", "DejaVu Sans"]
    found = compute(csv)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    items = yaml.safe_load(Path(questionnaire).read_text("utf-8"))["items"]
    for language in ("en", "zh"):
        page = Page(language)
        write(page, found, {name: item["text"][language] for name, item in items.items()})
        html = page.html()
        (folder / f"report.{language}.html").write_text(html, encoding="utf-8")
        HTML(string=html).write_pdf(folder / f"report.{language}.pdf", pdf_variant="pdf/ua-1")
        with pd.ExcelWriter(folder / f"tables.{language}.xlsx", engine="xlsxwriter") as book:
            for i, (_, frame) in enumerate(page.tables, 1):
                frame.to_excel(book, sheet_name=f"{i}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
