"""The same study in ten lines of Python (SIMULATED answers)."""

from pathlib import Path

import surveykit as sk

here = Path(__file__).parent
data = sk.read(here / "answers.csv", here / "questionnaire.yaml")
scores = sk.score(data)
by_contract = sk.score(data, "nps", by="contract")
drivers = sk.analyse(data, "drivers", outcome="Satisfaction", predictors=["Image", "Quality", "Value"])
fit = sk.fit(data.questionnaire.model, data, method="ml")
print(scores, by_contract, drivers, fit, sep="\n\n")
sk.report(data, [scores, drivers, fit], simulated=True).save("findings.html")
