"""十行代码完成同一项研究（模拟数据）。The same study in ten lines of Python (SIMULATED answers)."""

from pathlib import Path

import surveykit as sk

here = Path(__file__).parent
data = sk.read(here / "answers.csv", here / "questionnaire.yaml")
scores = sk.score(data)
by_store = sk.score(data, "csat", by="store")
reliability = sk.analyse(data, "reliability", constructs=["Quality", "Service", "Satisfaction"])
fit = sk.fit(data.questionnaire.model, data, method="ml")
print(scores, by_store, reliability, fit, sep="\n\n")
sk.report(data, [scores, reliability, fit], language="zh", simulated=True).save("findings.html")
