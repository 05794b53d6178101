"""A study from file to files: what is read, what is chosen, what is written, and every finding at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import surveykit as sk
from surveykit.errors import ExitCode, SurveykitError
from surveykit.study import load_study
from surveykit.study.assemble import reports_of
from surveykit.study.execute import compute
from surveykit.study.prepare import prepare

QUESTIONNAIRE = """\
id: shop
title: {en: Shop, zh: 商店}
version: "1"
languages: [en, zh]
citation: none
groups: [town]
scales:
  agree5: {min: 1, max: 5, labels: {1: {en: no, zh: 否}, 5: {en: yes, zh: 是}}}
  likely: {min: 0, max: 10}
items:
  a1: {text: {en: The goods are good., zh: 商品好。}, scale: agree5}
  a2: {text: {en: The goods last., zh: 商品耐用。}, scale: agree5}
  a3: {text: {en: The goods suit me., zh: 商品适合我。}, scale: agree5}
  s1: {text: {en: I am satisfied., zh: 我满意。}, scale: agree5}
  s2: {text: {en: I am content., zh: 我满足。}, scale: agree5}
  s3: {text: {en: I am pleased., zh: 我高兴。}, scale: agree5}
  nps: {text: {en: I would recommend you., zh: 您会推荐我们吗？}, scale: likely}
  town: {text: {en: Town, zh: 城市}, type: single, options: {n: {en: North, zh: 北}, s: {en: South, zh: 南}}}
constructs:
  Goods: {title: {en: Goods, zh: 商品}, items: [a1, a2, a3]}
  Satisfaction: {title: {en: Satisfaction, zh: 满意}, items: [s1, s2, s3]}
metrics:
  nps: {metric: nps, item: nps}
paths:
  - Goods -> Satisfaction
"""

STUDY = """\
title: {en: The shop, zh: 商店}
questionnaire: q.yaml
data: answers.csv
simulated: true
seed: 7
"""

POPULATION = """
Goods =~ 0.8*a1 + 0.7*a2 + 0.75*a3
Satisfaction =~ 0.8*s1 + 0.8*s2 + 0.7*s3
Satisfaction ~ 0.5*Goods
nps ~~ 0*a1
"""


def write_study(
    folder: Path, study: str = STUDY, questionnaire: str = QUESTIONNAIRE, rows: int = 200
) -> Path:
    import numpy as np

    limits = dict.fromkeys(("a1", "a2", "a3", "s1", "s2", "s3"), (1, 5))
    frame = sk.simulate(POPULATION, rows, 7, scale={**limits, "nps": (0, 10)})
    frame["town"] = np.where(np.arange(rows) % 2 == 0, "n", "s")
    frame.to_csv(folder / "answers.csv", index=False)
    (folder / "q.yaml").write_text(questionnaire, encoding="utf-8")
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    return folder / "study.yaml"


def plan_of(path: Path):
    return prepare(path, lambda _text: None, lambda _loaded: None)


def test_a_run_writes_its_files_and_the_scripts_of_its_models(tmp_path):
    steps: list[str] = []
    done = sk.run(write_study(tmp_path), tmp_path / "out", progress=steps.append)
    written = sorted(p.name for p in (tmp_path / "out").iterdir())
    scripts = ["methods.R", "methods.py"]
    assert written == [*scripts, "report.html", "report.pdf", "results.json", "tables.xlsx"]
    assert [p.name for p in done.files] == [
        "report.pdf",
        "report.html",
        "results.json",
        "tables.xlsx",
        *scripts,
    ]
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert results["schema"] == 1
    assert {"scores", "descriptives", "correlation", "reliability", "regression", "model"} <= set(
        results["results"]
    )
    assert results["rows"]["read"] == results["rows"]["used"] + results["rows"]["aside"] == 200
    assert results["study"]["simulated"] is True
    assert "SIMULATED" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert steps[0].startswith("reading")
    assert steps[-1].startswith("writing")


def test_two_languages(tmp_path):
    study = write_study(tmp_path, STUDY + "languages: [en, zh]\nanalyses: []\nmodels: []\n")
    done = sk.run(study, tmp_path / "out")
    names = {p.name for p in done.files}
    assert {"report.en.pdf", "report.zh.pdf", "report.en.html", "report.zh.html", "results.json"} <= names
    assert "模拟数据" in (tmp_path / "out" / "report.zh.html").read_text("utf-8")


def test_what_was_chosen_is_said(tmp_path):
    plan = plan_of(write_study(tmp_path))
    assert [t.analysis for t in plan.analyses] == [
        "descriptives", "frequencies", "correlation", "reliability", "regression",
    ]  # fmt: skip
    assert plan.analyses[4].options == {"outcome": "Satisfaction", "predictors": ["Goods"]}
    assert [f.id for f in plan.fits] == ["model"]
    assert "regression of Satisfaction on Goods" in plan.notes[0]
    assert "maximum likelihood" in plan.notes[1]


def test_a_model_that_nobody_asked_for_stops_no_run(tmp_path):
    study = write_study(tmp_path, STUDY + "languages: [en, zh]\n")
    rows = (tmp_path / "answers.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "answers.csv").write_text("\n".join([rows[0], *rows[1:5] * 3]) + "\n", encoding="utf-8")
    plan = plan_of(study)
    results, notes = compute(plan, lambda _: None)
    assert "model" not in results
    assert any(n.startswith("model was left out: ") for n in notes)
    pages = {language: made.html() for language, made in reports_of(plan, results).items()}
    assert re.search("these answers do not allow it: [^.]*The questionnaire’s model", pages["en"])
    assert re.search("未作以下分析：[^。]*问卷模型", pages["zh"])


def test_named_analyses_and_models_are_what_is_run(tmp_path):
    more = """\
groups: town
scores: [nps]
analyses:
  - {analysis: correlation, id: r, items: [Goods, Satisfaction], method: spearman}
models:
  - id: one
    model: |
      f =~ a1 + a2 + a3
"""
    done = sk.run(write_study(tmp_path, STUDY + more), tmp_path / "out")
    assert list(done.results) == ["scores", "scores_by_town", "r", "one"]
    assert done.notes == ()
    assert done.results["scores_by_town"].tidy()["group"].tolist() == ["n", "s"]


def test_the_seed_reaches_what_draws(tmp_path):
    more = "analyses:\n  - {analysis: drivers, outcome: nps, predictors: [a1, a2]}\n"
    plan = plan_of(write_study(tmp_path, STUDY + more))
    assert plan.analyses[0].options["seed"] == 7


def findings_of(path: Path, out: Path | None = None):
    with pytest.raises(SurveykitError) as caught:
        sk.run(path, out or path.parent / "out")
    return caught.value


def test_all_findings_come_together(tmp_path):
    wrong = """\
title: {en: The shop, zh: 商店}
questionaire: q.yaml
questionnaire: q.yaml
data: answers.csv
groups: [twon]
analyses:
  - analysis: corelation
  - {analysis: regression, outcome: Satisfaction, predictor: [Goods]}
models:
  - model: |
      f =~ a1 + a2
      g = a3
"""
    error = findings_of(write_study(tmp_path, wrong))
    lines = {getattr(e.where, "line", None) for e in error.errors}
    assert {2, 5, 7, 8, 12} <= lines
    text = str(error)
    for hint in ("'questionnaire'", "'town'", "'correlation'", "'predictors'"):
        assert f"did you mean {hint}?" in text
    assert error.exit_code == ExitCode.BAD_INPUT
    assert not (tmp_path / "out").exists()


def test_study_and_data_findings_together(tmp_path):
    path = write_study(tmp_path, STUDY + "groups: [twon]\n")
    text = (tmp_path / "answers.csv").read_text().splitlines()
    text[3] = text[3].replace(text[3].split(",")[0], "77", 1)
    (tmp_path / "answers.csv").write_text("\n".join(text) + "\n")
    (tmp_path / "study.yaml").write_text(STUDY + "analyses: [{analysis: nonsense}]\n", encoding="utf-8")
    said = str(findings_of(path))
    assert "nonsense" in said
    assert "77" in said
    assert "data row 3" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("questionnaire: q.yaml", "no questionnaire 'nps2'"),
        ("data: answers.csv", "the answers are not there"),
        ("seed: 7", "seed"),
        ("title: {en: The shop, zh: 商店}", "title"),
    ],
)
def test_wrong_values_have_their_line(tmp_path, change, says):
    new = {"questionnaire": "nps2", "data": "answres.csv", "seed": "-1", "title": "{zh: 商店}"}
    key = change.split(":")[0]
    path = write_study(tmp_path, STUDY.replace(change, f"{key}: {new[key]}"))
    error = findings_of(path)
    assert says in str(error)
    assert any(getattr(e.where, "line", None) for e in error.errors)


def test_two_results_of_one_name(tmp_path):
    more = "analyses:\n  - analysis: descriptives\n  - analysis: descriptives\n"
    error = findings_of(write_study(tmp_path, STUDY + more))
    assert "two results named 'descriptives'" in str(error)


def test_a_result_named_like_a_construct(tmp_path):
    more = "models:\n  - {id: Goods}\n"
    error = findings_of(write_study(tmp_path, STUDY + more))
    assert "the id 'Goods' is a name in the questionnaire already" in str(error)
    assert "line 7" in str(error)


def test_a_finding_of_an_analysis_names_its_place(tmp_path):
    more = "analyses:\n  - {analysis: regression, outcome: Satisfaction, predictors: [Godos]}\n"
    error = findings_of(write_study(tmp_path, STUDY + more))
    assert "study.yaml, line 7" in str(error)
    assert "Goods" in str(error)


def test_folder_is_tried_before_the_answers_are_read(tmp_path):
    path = write_study(tmp_path)
    (tmp_path / "answers.csv").write_text("never read")
    (tmp_path / "file").write_text("x")
    assert findings_of(path, tmp_path / "file").exit_code == ExitCode.CANNOT_CREATE
    (tmp_path / "out" / "report.pdf").mkdir(parents=True)
    assert findings_of(path, tmp_path / "out").exit_code == ExitCode.CANNOT_CREATE


def test_an_output_never_overwrites_an_input(tmp_path):
    path = write_study(tmp_path, STUDY.replace("answers.csv", "results.json"))
    (tmp_path / "answers.csv").rename(tmp_path / "results.json")
    error = findings_of(path, tmp_path)
    assert "overwrite an input" in str(error)
    assert error.exit_code == ExitCode.BAD_INPUT
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert "overwrite an input" in str(findings_of(path, link))


def test_an_input_that_changes_during_the_run(tmp_path):
    path = write_study(tmp_path, STUDY + "analyses: []\nmodels: []\n")

    def meddle(step: str) -> None:
        if step.startswith("rendering results.json"):
            (tmp_path / "answers.csv").write_text("a1\n1\n")

    with pytest.raises(SurveykitError, match="changed during the run"):
        sk.run(path, tmp_path / "out", progress=meddle)
    assert not (tmp_path / "out").exists()


def test_load_study_alone(tmp_path):
    loaded = load_study(write_study(tmp_path))
    assert loaded is not None
    assert loaded.study.title == {"en": "The shop", "zh": "商店"}
    assert loaded.file("answers.csv") == tmp_path / "answers.csv"


def test_new_study_runs(tmp_path):
    from surveykit.study.new import new_study

    files = new_study(tmp_path / "mine", "nps")
    assert [f.name for f in files] == ["questionnaire.yaml", "answers.csv", "study.yaml"]
    done = sk.run(tmp_path / "mine" / "study.yaml", tmp_path / "out")
    assert "scores" in done.results
    with pytest.raises(SurveykitError) as caught:
        new_study(tmp_path / "mine", "nps")
    assert caught.value.exit_code == ExitCode.CANNOT_CREATE


def test_check_tells_the_kinds_apart(tmp_path):
    from surveykit.study.check import check_file

    study = write_study(tmp_path)
    assert check_file(study).kind == "study"
    assert check_file(study).errors == []
    assert check_file(tmp_path / "q.yaml").kind == "questionnaire"
    assert check_file(tmp_path / "answers.csv", str(tmp_path / "q.yaml")).errors == []
    (tmp_path / "bad.yaml").write_text("id: x\nitems: {a: {scael: y}}\n")
    assert check_file(tmp_path / "bad.yaml").errors


def test_verbs_on_frames(tmp_path):
    write_study(tmp_path)
    data = sk.read(tmp_path / "answers.csv", tmp_path / "q.yaml")
    scores = sk.score(data)
    assert data.questionnaire is not None
    assert data.questionnaire.model is not None
    fitted = sk.fit(data.questionnaire.model, data)
    single = sk.analyse(data, "correlation", items=["Goods", "Satisfaction"])
    path = sk.report(data, [scores, fitted, single], language="zh", simulated=True).save(tmp_path / "f.html")
    assert "商品" in path.read_text("utf-8")
    from_frame = sk.fit("f =~ a1 + a2 + a3", data.frame(["a1", "a2", "a3"]))
    from_moments = sk.fit("f =~ a1 + a2 + a3", data.moments(["a1", "a2", "a3"]))
    assert from_frame.tidy()["estimate"].tolist() == pytest.approx(from_moments.tidy()["estimate"].tolist())
    with pytest.raises(SurveykitError, match="no answers"):
        sk.score(None)


def test_a_theme_that_cannot_be_used_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "theme.yaml").write_text("logo: logo.png\n", encoding="utf-8")
    (tmp_path / "client" / "logo.png").write_bytes(b"no picture")
    (tmp_path / "answers.csv").write_text("recommend\n" + "9\n" * 40, encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text(
        "title: T\nquestionnaire: nps\ndata: answers.csv\nreport: {theme: client}\n", encoding="utf-8"
    )
    steps: list[str] = []
    with pytest.raises(SurveykitError) as caught:
        sk.run(study, tmp_path / "out", progress=steps.append)
    assert caught.value.code == "THEME_LOGO"
    assert not [s for s in steps if s.startswith("computing")]
