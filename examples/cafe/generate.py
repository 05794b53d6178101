"""Writes answers.csv: SIMULATED answers of 400 invented guests of a café. No real person was asked.

The export looks like one of a Chinese platform: questions as headers, labels in place of some codes, a few
full-width digits. Young guests are over-represented; the weights set that right.
"""

from pathlib import Path

import numpy as np

import surveykit as sk
from surveykit.files import write_atomic

N, SEED = 400, 1999

POPULATION = """
Quality =~ 0.85*qua1 + 0.75*qua2 + 0.75*qua3
Service =~ 0.80*ser1 + 0.75*ser2 + -0.65*ser3 + 0.75*ser4
Atmosphere =~ 0.80*atm1 + 0.65*atm2 + 0.75*atm3
Value =~ 0.85*val1 + 0.85*val2 + 0.70*val3
Satisfaction =~ 0.85*sat1 + 0.80*sat2 + 0.75*sat3 + 0.75*overall
Loyalty =~ 0.80*loy1 + 0.80*loy2 + 0.70*loy3 + 0.75*recommend

Quality ~~ 0.30*Service + 0.25*Atmosphere
Service ~~ 0.35*Atmosphere + 0.50*ease
Value ~ 0.35*Quality + 0.25*Service
Satisfaction ~ 0.35*Quality + 0.30*Service + 0.05*Atmosphere + 0.20*Value
Loyalty ~ 0.55*Satisfaction + 0.10*Value

qua1 ~ 0.6*1
ser1 ~ 0.5*1
ser3 ~ -0.5*1
sat1 ~ 0.9*1
sat2 ~ 0.6*1
sat3 ~ 0.4*1
loy1 ~ 0.3*1
loy2 ~ 0.8*1
ease ~ 0.7*1
overall ~ 0.7*1
recommend ~ 1.5*1
"""

questionnaire = sk.Questionnaire.load(Path(__file__).with_name("questionnaire.yaml"))
items = {i.id: i for i in questionnaire.items.values() if i.scale is not None}
scales = {name: (item.scale.min, item.scale.max) for name, item in items.items() if item.scale is not None}
answers = sk.simulate(POPULATION, N, SEED, scale=scales)[list(scales)]

draw = np.random.Generator(np.random.Philox(key=SEED + 1))
store = draw.choice(np.array(["park", "station", "campus"]), N, p=[0.3, 0.4, 0.3])
gender = draw.choice(np.array(["female", "male"]), N, p=[0.56, 0.44])
age = draw.choice(np.array(["young", "middle", "older"]), N, p=[0.55, 0.30, 0.15])
missing = draw.random(answers.shape) < 0.005
full_width = str.maketrans("0123456789", "０１２３４５６７８９")
written = answers.astype(str)
for name in ("ser3", "overall"):
    labels = {str(code): text["zh"] for code, text in items[name].scale.labels.items()}  # type: ignore[union-attr]
    written[name] = written[name].map(labels)
written.loc[draw.random(N) < 0.1, "recommend"] = written["recommend"].str.translate(full_width)
written = written.mask(missing, "").rename(columns={name: item.text["zh"] for name, item in items.items()})
for name, codes in (("store", store), ("gender", gender), ("age", age)):
    written[questionnaire.text(name, "zh")] = [
        questionnaire.items[name].options[code]["zh"] for code in codes
    ]
written["weight"] = np.select([age == "young", age == "middle"], [0.73, 1.17], 1.67)
write_atomic(Path(__file__).with_name("answers.csv"), written.to_csv(index=False, lineterminator="\n"))
