"""The statistics of a report, each explained in three sentences to somebody who never studied any."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surveykit.report._blocks import Block, Cell, Column, Fixed, Heading, TableBlock, View
from surveykit.report._registry import sections
from surveykit.report.method import kinds_of

WORDS = {
    "title": {"en": "Appendix: the statistics in plain words", "zh": "附录：统计量通俗解释"},
    "table": {"en": "What each statistic says", "zh": "各统计量的含义"},
    "name": {"en": "Statistic", "zh": "统计量"},
    "says": {"en": "What it says", "zh": "含义"},
}

Words = Mapping[str, str]
ALWAYS = ("*",)

# Name, kinds of results in which it occurs, and three sentences: what it is, how it is read, what to beware of.
EXPLAINED: tuple[tuple[Words, tuple[str, ...], Words], ...] = (
    (
        {"en": "95% interval", "zh": "95%置信区间"}, ALWAYS,
        {
            "en": "We asked some people, not everybody, so each figure could have come out a little differently. The interval shows the values that fit these answers well; a narrow one means that much is known. If the intervals of two figures lie far apart, the difference is unlikely to be chance.",
            "zh": "我们只询问了一部分人，换一批受访者，数字会略有不同。区间给出与这些回答相符的取值范围，区间越窄，把握越大。如果两个数字的区间相距较远，差异就很难用偶然来解释。",
        },
    ),
    (
        {"en": "p-value", "zh": "p值"},
        ("fit", "pls", "correlation", "regression", "logit", "ordinal", "crosstab", "nonlinear", "mediation", "early_late", "missingness", "nps_test", "invariance", "banner", "trend", "groups", "local_fit"),
        {
            "en": "Suppose there were no difference or association at all: how often would chance alone bring answers that speak as much against that, or more? That probability is p, so a small p speaks against mere chance. It does not say how large or how important something is.",
            "zh": "假定完全没有差异或关联，仅凭偶然出现这样的或更极端的回答，可能性有多大？这个可能性就是p值，p值越小，越难归因于偶然。它并不说明差异有多大、是否重要。",
        },
    ),
    (
        {"en": "Adjusted p-value", "zh": "校正后的p值"}, ("correlation", "banner", "trend", "early_late", "local_fit", "nps_test"),
        {
            "en": "Where many things are compared, some differ by chance alone. An adjusted p asks more of each single comparison, so that a false alarm in the whole table stays rare. The price is that some real differences go unnoticed.",
            "zh": "比较的次数一多，总有几项仅凭偶然就显出差异。校正后的p值对每一次比较提出更高要求，使整张表中很少出现误报。代价是部分真实的差异会被忽略。",
        },
    ),
    (
        {"en": "Repeated draws (bootstrap)", "zh": "反复抽样（自助法）"}, ("drivers", "pls", "mediation", "comparison", "groups"),
        {
            "en": "Nobody can repeat a survey a thousand times, so the computer draws new samples from the answers at hand and works everything out anew for each. How much the results differ from draw to draw shows how certain they are. It cannot show what people would have said whom the survey did not reach.",
            "zh": "调查不可能重复上千次，因此由计算机从现有回答中反复抽取新的样本，每次都重新计算。各次结果相差多少，就反映了结果有多确定。它无法反映调查未能触及的人会怎样回答。",
        },
    ),
    (
        {"en": "Net Promoter Score", "zh": "净推荐值（NPS）"}, ("nps", "nps_test"),
        {
            "en": "People say from 0 to 10 how likely they are to recommend. The score is the share of 9s and 10s minus the share of 0s to 6s; it runs from −100 to +100. It moves a lot in small samples, so look at its interval first.",
            "zh": "受访者用0至10分表示推荐的可能性。净推荐值等于9至10分者的占比减去0至6分者的占比，范围为−100至+100。样本较小时它的波动很大，请先看区间。",
        },
    ),
    (
        {"en": "Customer satisfaction (top boxes)", "zh": "顾客满意度（最高档占比）"}, ("csat",),
        {
            "en": "This is the share of people who chose one of the top answers. It is easy to picture: 60% means six in ten. It does not show how unhappy the others are; the answers to each question do.",
            "zh": "这是选择最高几档答案的人所占的比例。60%就是每十人中有六人，十分直观。它不反映其余的人有多不满意，这要看各题的回答分布。",
        },
    ),
    (
        {"en": "Share of answers", "zh": "选择比例"}, ("frequencies",),
        {
            "en": "Of those who answered a question, this part chose the option. The interval says how far it may be off because only some people were asked. Those who left the question out are not counted, so look at the number of answers too.",
            "zh": "这是回答该题的人中选择某一选项的比例。区间说明因只询问了一部分人而可能相差多少。未作答者不计在内，因此也要看回答人数。",
        },
    ),
    (
        {"en": "Customer Effort Score", "zh": "顾客费力度（CES）"}, ("ces",),
        {
            "en": "People say how easy it was to get something done. The score is their average answer, or the share of “easy” minus the share of “hard”. Which end of the scale is good depends on the wording, given in the table of answers.",
            "zh": "受访者表示办成一件事有多轻松。得分为平均回答，或轻松者占比减去费力者占比。量表哪一端为好取决于题目措辞，可查看各题回答表。",
        },
    ),
    (
        {"en": "Index from 0 to 100", "zh": "0至100分指数"}, ("index", "loyalty"),
        {
            "en": "Several questions on one subject are put on a scale from 0 (worst answer everywhere) to 100 (best answer everywhere) and averaged. That makes subjects asked on different scales comparable. It is not a percentage of people: 60 does not mean that 60% are satisfied.",
            "zh": "同一主题的若干题目换算为0分（每题均为最差）至100分（每题均为最好）后求平均。这样，采用不同量表的主题也可以相互比较。它不是人数百分比：60分并不表示60%的人满意。",
        },
    ),
    (
        {"en": "Mean and standard deviation", "zh": "均值与标准差"}, ("mean", "descriptives"),
        {
            "en": "The mean is the average answer. The standard deviation says how far people typically are from it: near zero they agree, and large values mean that opinions differ. The same mean can hide a split into fans and critics, so look at the answers too.",
            "zh": "均值就是平均回答。标准差说明各人与均值通常相差多少：接近零表示看法一致，数值大表示意见分歧。相同的均值背后也可能是两极分化，请同时查看回答分布。",
        },
    ),
    (
        {"en": "Correlation", "zh": "相关系数"}, ("correlation", "item_audit"),
        {
            "en": "It says how strongly two answers go together, from −1 (one is high where the other is low) through 0 (no connection) to 1 (in step). In surveys, .1 is slight, .3 is clear and .5 is close. Two things can go together because a third is behind both.",
            "zh": "相关系数说明两项回答同高同低的程度，从−1（一高一低）经0（没有关联）到1（完全同步）。在问卷调查中，0.1算小，0.3算明显，0.5算大。两者相关也可能是因为背后有共同的第三个因素。",
        },
    ),
    (
        {"en": "Regression coefficient", "zh": "回归系数"}, ("regression",),
        {
            "en": "It compares people who are one point apart on one question and alike on the others in the table. The coefficient is how far apart they are on the outcome, on average. It describes these people; it does not promise what a change would bring.",
            "zh": "它比较在某一题上相差一分、而在表中其他方面相同的人。系数就是他们在结果上的平均差异。它描述的是这些受访者，并不保证改变之后会怎样。",
        },
    ),
    (
        {"en": "R²", "zh": "R²"}, ("regression", "drivers", "fit", "pls"),
        {
            "en": "People differ in what they answer; R² is the share of these differences that goes with the other answers in the model. At 0 the model tells nothing, at 1 everything. In surveys .3 is a good deal; the rest is chance and things that were not asked.",
            "zh": "各人的回答有所不同，R²是这些差异中与模型中其他回答相关的部分。为0表示模型毫无说明力，为1表示完全说明。在问卷调查中，0.3已相当可观，其余来自未询问的因素与偶然。",
        },
    ),
    (
        {"en": "Share of a driver", "zh": "关键因素的份额"}, ("drivers",),
        {
            "en": "Several aspects go with an outcome, and they overlap. The share divides R² fairly among them by averaging over every order in which they could be added. A large share marks where to look first, not what a change there would achieve.",
            "zh": "若干方面都与结果相关，且彼此重叠。份额按所有进入次序求平均，把R²公平地分给各个方面。份额大说明应先关注何处，并不说明改变它能取得多大成效。",
        },
    ),
    (
        {"en": "Alpha and omega", "zh": "α系数与ω系数（信度）"}, ("reliability", "pls", "fit", "cfa"),
        {
            "en": "They say how well several questions on one subject agree, from 0 to 1. From about .7, their average is a usable measure of a group’s opinion. A very high value can also mean that the same thing was asked several times.",
            "zh": "它们说明同一主题的若干题目有多一致，范围为0至1。约0.7以上，其平均分可用来反映一群人的看法。数值极高也可能说明同一件事被重复询问。",
        },
    ),
    (
        {"en": "Loading", "zh": "因子载荷"}, ("fit", "pls", "reliability", "cfa"),
        {
            "en": "It says how closely a question belongs to the subject that it should measure. Above .7 it fits well; below .5 it mostly measures something else. Read the wording of a question with a low loading before dropping it.",
            "zh": "载荷说明一道题与它所要测量的主题有多密切。高于0.7表示契合良好；低于0.5则主要测量了别的东西。删除载荷低的题目之前，应先推敲其措辞。",
        },
    ),
    (
        {"en": "HTMT", "zh": "HTMT"}, ("reliability", "fit", "pls", "cfa"),
        {
            "en": "It compares how closely questions on two subjects agree with each other and among themselves. Near 1, people do not tell the two subjects apart; the usual limit is .90. Beyond it, the two should not be treated as different things.",
            "zh": "HTMT比较两个主题的题目彼此之间与各自内部的一致程度。接近1说明受访者未能区分这两个主题，通常以0.90为界。此时不宜把两者当作不同的事物来谈论。",
        },
    ),
    (
        {"en": "Path coefficient", "zh": "路径系数"}, ("fit", "pls", "comparison", "groups"),
        {
            "en": "A model draws arrows between subjects, such as from quality to satisfaction, and each coefficient says how closely two go together when the others are held equal. Standardised, it reads much like a correlation. The arrow is what the model assumes; answers given at one point in time cannot prove its direction.",
            "zh": "模型在各主题之间画出箭头，例如由质量指向满意，路径系数说明在其他方面相同时二者的密切程度。标准化之后，可大致像相关系数一样解读。箭头方向是模型的假定，同一时点的回答无法证明它。",
        },
    ),
    (
        {"en": "Indirect effect", "zh": "间接效应"}, ("fit", "pls", "mediation"),
        {
            "en": "Two subjects may be connected through a third: quality with satisfaction and satisfaction with loyalty. The indirect effect is the product of the steps. “Effect” is the technical word; whether one brings about the other is not shown.",
            "zh": "两个主题可以经由第三个主题相联系：质量与满意，满意与忠诚。间接效应为各段系数之积。“效应”是专门术语，并不说明一方造成另一方。",
        },
    ),
    (
        {"en": "CFI, TLI, RMSEA and SRMR", "zh": "CFI、TLI、RMSEA与SRMR"}, ("fit", "pls", "cfa", "invariance"),
        {
            "en": "They say how well a model reproduces the connections in the answers. Usual thresholds are .95 or more for CFI and TLI, .06 or less for RMSEA and .08 or less for SRMR. A good value shows that the model is possible, not that it is the only one.",
            "zh": "它们说明模型在多大程度上再现了回答之间的联系。通常要求CFI与TLI不低于0.95，RMSEA与SRMR分别不高于0.06与0.08。数值良好只说明模型可能成立，并不说明它是唯一的解释。",
        },
    ),
    (
        {"en": "Importance–performance map", "zh": "重要性—绩效图"}, ("pls",),
        {
            "en": "Subjects that go closely with the outcome are on the right; those with a low index are at the bottom. The bottom right is where to look first. The region around each point shows how uncertain its position is; where regions overlap, the order is open.",
            "zh": "越靠右的主题与结果的关系越密切，越靠下的主题得分越低。位于右下方的主题应先予关注。各点周围的区域表示位置的不确定程度，相互重叠时先后次序尚无定论。",
        },
    ),
    (
        {"en": "Threshold and curve", "zh": "阈值与曲线"}, ("nonlinear",),
        {
            "en": "Sometimes an outcome hardly differs up to a point and much more beyond it. The test asks whether a bend or a curve fits the answers better than a straight line. Where it finds none, a straight line is good enough for these data.",
            "zh": "有时结果在某一点之前几乎不变，之后变化明显。该检验判断折线或曲线是否比直线更符合这些回答。若未发现折点，直线即已足够。",
        },
    ),
    (
        {"en": "Odds ratio", "zh": "优势比"}, ("logit", "ordinal"),
        {
            "en": "Odds are how many people say yes for each one who says no. An odds ratio of 2 means that the odds are twice as high for people one point higher on a question; 1 means no connection. It is not a ratio of percentages and lies further from one than that would.",
            "zh": "优势是每有一人回答“否”时有多少人回答“是”。优势比为2，表示某题高一分的人，其优势是他人的两倍；为1表示没有关联。它不是百分比之比，且比后者离1更远。",
        },
    ),
    (
        {"en": "χ² and Cramér’s V", "zh": "χ²与Cramér V"}, ("crosstab",),
        {
            "en": "A table compares the answers of groups; χ² asks whether they differ by more than chance alone would. Cramér’s V says how much, from 0 (alike) to 1. With many answers even a small difference is found, so look at V and at the percentages.",
            "zh": "交叉表比较各组的回答，χ²检验判断差异是否超出偶然。Cramér V说明差异有多大，范围为0（相同）至1。回答很多时，微小的差异也会被发现，因此要看V值与百分比。",
        },
    ),
    (
        {"en": "Letters in tables of groups", "zh": "分组表中的字母"}, ("banner",),
        {
            "en": "Each column has a letter, and a value carries the letters of the columns that it exceeds by more than chance would easily produce. A capital letter is firmer evidence than a small one. In a large table some letters turn up by chance alone, so look for the same difference in several lines.",
            "zh": "表中每一列有一个字母，某个数值旁标出的字母，表示它高于这些列，且差异难以用偶然解释。大写字母的把握大于小写字母。表格较大时，总有一些字母纯属偶然，请留意多行中一致出现的差异。",
        },
    ),
    (
        {"en": "Trend over waves", "zh": "各波趋势"}, ("trend",),
        {
            "en": "The same questions were put to other people at several times, and each time has its value and interval. A step from one wave to the next counts only if it is larger than chance would easily produce. Where a question was changed the line breaks, because the new wording alone may move the answers.",
            "zh": "同样的题目在不同时间询问了不同的人，每一波都有各自的数值和区间。相邻两波之间的变化，只有大到难以用偶然解释时才算数。题目有改动之处折线中断，因为仅仅换了问法也可能改变回答。",
        },
    ),
    (
        {"en": "Weights and effective sample size", "zh": "权重与有效样本量"}, ("design",),
        {
            "en": "Where some groups answered less than others, each of their answers counts for more. That corrects the picture at the cost of certainty. The effective sample size says how many unweighted answers would be as certain.",
            "zh": "某些群体回答较少时，他们的每份回答计得更重。这能纠正偏差，但会降低精确程度。有效样本量说明相当于多少份未加权的回答。",
        },
    ),
    (
        {"en": "Doubted answers", "zh": "存疑答卷"}, ("quality", "sensitivity"),
        {
            "en": "Some people rush through or tick the same box everywhere. The table counts such signs; one alone proves little. What matters is whether a conclusion would change without them, and that is shown.",
            "zh": "有人匆忙作答，或各题都选同一选项。表中统计了此类迹象，单凭一项并不能说明问题。关键在于剔除之后结论是否改变，报告对此已作说明。",
        },
    ),
    (
        {"en": "Measurement invariance", "zh": "测量不变性"}, ("invariance",),
        {
            "en": "Before groups are compared, one must know that they understand the questions alike. The steps ask for more and more likeness: the same structure, the same loadings, the same starting points. Averages may be compared only where the last holds.",
            "zh": "比较各组之前，须先确认各组对题目的理解相同。检验逐步提高要求：结构相同、载荷相同、起点（截距）相同。只有最后一步成立，才能比较各组的均值。",
        },
    ),
    (
        {"en": "Local misfit", "zh": "局部不拟合"}, ("local_fit",),
        {
            "en": "A model may fit as a whole and still miss the connection between two questions. The table lists the pairs that it misses most. It is a list of places to look at, not of changes to make: a model that is changed until it fits describes these answers only.",
            "zh": "模型整体拟合时，仍可能未能再现某两道题之间的联系。表中列出差距最大的若干对题目。它提示应查看何处，而不是应如何修改：一再修改直至拟合的模型，只适用于这批回答。",
        },
    ),
    (
        {"en": "Power", "zh": "检验力"}, ("power",),
        {
            "en": "With few answers even a real connection can go unnoticed. Power is the chance to notice one of a given size; .80 is usual. Where it is low, “no evidence” says little.",
            "zh": "回答较少时，即使确有关联也可能发现不了。检验力是发现某一大小的关联的可能性，通常要求达到0.80。检验力低时，“没有证据”说明不了什么。",
        },
    ),
)  # fmt: skip


@sections.register(
    "explained",
    title=WORDS["title"],
    reference="Wasserstein and Lazar 2016 on what p is not",
    evidence="texts only; every statistic of a report has its entry",
    order=88,
    style="flow",
)
def explained(view: View) -> Sequence[Block]:
    """A table of the statistics that this report shows."""
    kinds = set(kinds_of(view))
    if not kinds:
        return []
    rows: list[tuple[Cell, ...]] = [
        ((Fixed(view.word(name), "formula"),), (Fixed(view.word(says), "formula"),))
        for name, where, says in EXPLAINED
        if where == ALWAYS or kinds & set(where)
    ]
    columns = (Column(view.say(WORDS["name"]), "left"), Column(view.say(WORDS["says"]), "left", wide=True))
    table = TableBlock("table-explained", view.say(WORDS["table"]), columns, tuple(rows))
    return [Heading(view.word(WORDS["title"]), "explained"), table]


__all__ = ["EXPLAINED"]
