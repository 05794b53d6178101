"""Writes answers.csv: SIMULATED answers of 520 invented mobile phone customers. No real person was asked.

The population is a chain of the European Customer Satisfaction Index with moderate effects; some paths are
zero on purpose. A few cells are empty, some people answer "don't know".
"""

from pathlib import Path

import numpy as np

import surveykit as sk
from surveykit.files import write_atomic

N, SEED = 520, 2005

POPULATION = """
Image =~ 0.80*IMAG1 + 0.75*IMAG2 + 0.60*IMAG3 + 0.75*IMAG4 + 0.70*IMAG5
Expectation =~ 0.80*CUEX1 + 0.75*CUEX2 + 0.65*CUEX3
Quality =~ 0.85*PERQ1 + 0.70*PERQ2 + 0.80*PERQ3 + 0.80*PERQ4 + 0.75*PERQ5 + 0.80*PERQ6 + 0.80*PERQ7
Value =~ 0.85*PERV1 + 0.90*PERV2
Satisfaction =~ 0.85*CUSA1 + 0.80*CUSA2 + 0.80*CUSA3
Complaints =~ 1*CUSCO
Loyalty =~ 0.85*CUSL1 + 0.45*CUSL2 + 0.80*CUSL3 + 0.75*recommend

Expectation ~ 0.45*Image
Quality ~ 0.50*Expectation
Value ~ 0.10*Expectation + 0.50*Quality
Satisfaction ~ 0.25*Image + 0*Expectation + 0.35*Quality + 0.20*Value
Complaints ~ 0.45*Satisfaction
Loyalty ~ 0.15*Image + 0.50*Satisfaction + 0*Complaints

IMAG1 ~ 0.5*1
PERQ1 ~ 0.7*1
PERQ3 ~ 0.4*1
CUSA1 ~ 0.9*1
CUSA2 ~ 0.6*1
CUSA3 ~ 0.4*1
CUSL1 ~ 0.8*1
CUSL3 ~ 0.7*1
recommend ~ 1.5*1
"""

questionnaire = sk.Questionnaire.load(Path(__file__).with_name("questionnaire.yaml"))
scales = {i.id: (i.scale.min, i.scale.max) for i in questionnaire.items.values() if i.scale is not None}
answers = sk.simulate(POPULATION, N, SEED, scale=scales)

draw = np.random.Generator(np.random.Philox(key=SEED + 1))
liking = answers["recommend"].to_numpy() / 10 + draw.normal(0, 0.35, N)
contract = np.where(liking > 0.95, "business", np.where(liking > 0.6, "monthly", "prepaid"))
answers = answers[list(scales)].astype(str).mask(draw.random((N, len(scales))) < 0.005, "")
answers.loc[draw.random(N) < 0.015, "recommend"] = "98"
answers.insert(0, "id", [f"M{i:04d}" for i in range(1, N + 1)])
answers["contract"] = contract
write_atomic(Path(__file__).with_name("answers.csv"), answers.to_csv(index=False, lineterminator="\n"))
