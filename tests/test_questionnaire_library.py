"""The library and the records: every file loads, is bilingual, fits the schema and survives a round trip."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire, data_dir, json_schema, library, lint, strict
from surveykit.questionnaire.definitions import Frozen

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "questionnaire-format.md"
LIBRARY = ("ces", "csat", "ecsi", "loyalty-commitment", "loyalty-dependence", "loyalty-relationship",
           "loyalty-state", "loyalty-tripartite", "nps")  # fmt: skip
FILES = [*sorted(library().values()), *sorted((ROOT / "examples").glob("*/questionnaire.yaml"))]
SCHEMES = {
    "loyalty-state": ("purchase", "evaluation", "recommendation"),
    "loyalty-dependence": ("dependence", "repurchase", "preference"),
    "loyalty-commitment": ("preference", "commitment"),
    "loyalty-tripartite": ("behaviour", "affect", "cognition"),
    "loyalty-relationship": ("satisfaction", "trust", "relationship"),
}
ECSI_PATHS = {
    ("Image", "Expectation"), ("Image", "Satisfaction"), ("Image", "Loyalty"), ("Expectation", "Quality"),
    ("Expectation", "Value"), ("Expectation", "Satisfaction"), ("Quality", "Value"), ("Quality", "Satisfaction"),
    ("Value", "Satisfaction"), ("Satisfaction", "Complaints"), ("Satisfaction", "Loyalty"),
    ("Complaints", "Loyalty"),
}  # fmt: skip


def name_of(path: Path) -> str:
    return path.stem if path.parent.name == "questionnaires" else path.parent.name


def test_what_the_library_holds() -> None:
    assert set(LIBRARY) <= set(library())
    told = DOCS.read_text(encoding="utf-8")
    assert [name for name in library() if f"| `{name}` |" not in told] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_is_complete_in_both_languages(path: Path) -> None:
    q = Questionnaire.load(path)
    assert q.id == name_of(path)
    assert set(q.languages) == {"en", "zh"}
    texts = [q.title, q.note, *(i.text for i in q.items.values()), *(c.title for c in q.constructs.values())]
    texts += [m.title or Frozen() for m in q.metrics.values()]
    texts += [t for i in q.items.values() for t in i.options.values()]
    texts += [t for s in q.scales.values() for t in s.labels.values()]
    assert all(set(t) == {"en", "zh"} for t in texts)
    assert not any(re.search(r"[\u4e00-\u9fff]", t["en"]) for t in texts)
    assert all(re.search(r"[\u4e00-\u9fff]", t["zh"]) for t in texts)
    assert not any(re.search(r"[,;?!](?! )", t["zh"]) for t in texts), "Chinese takes full-width punctuation"
    assert q.citation
    assert q.metrics


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_survives_a_round_trip(path: Path) -> None:
    q = Questionnaire.load(path)
    again = Questionnaire.from_text(q.to_yaml())
    assert again == q
    assert hash(again) == hash(q)
    assert again.model == q.model
    assert (again.path, q.path) == (None, path)
    assert q.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_fits_the_schema_for_editors(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    assert [e.message for e in validator.iter_errors(strict.load(path).data)] == []


def test_the_schema_refuses_what_reading_refuses() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = strict.load(library()["nps"]).data
    assert validator.is_valid(good)
    changes: list[dict[str, object]] = [
        {"itmes": {}},
        {"version": 1},
        {"items": {"q": {"text": "a", "reverse": "no"}}},
        {"title": 3},
    ]
    for change in changes:
        assert not validator.is_valid({**good, **change})
    assert not validator.is_valid({"id": "x", "title": "x"})


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_lint_has_nothing_to_say_but_what_is_known(path: Path) -> None:
    # ECSI is published with two items of value and a single one of complaints
    known = {"ecsi": ["FEW_ITEMS"] * 2, "mobile-phone": ["FEW_ITEMS"] * 2}
    assert [w.code for w in lint(Questionnaire.load(path))] == known.get(name_of(path), [])


@pytest.mark.parametrize(("name", "dimensions"), SCHEMES.items())
def test_each_loyalty_scheme_has_its_dimensions(name: str, dimensions: tuple[str, ...]) -> None:
    q = Questionnaire.load(name)
    assert q.metrics["loyalty"].metric == "loyalty"
    assert q.metrics["loyalty"].options["dimensions"] == dimensions
    assert all(len(q.constructs[d].items) in (3, 4) for d in dimensions)
    model = q.model
    assert model is not None
    assert set(q.items) == set(model.observed)
    assert set(dimensions) <= set(model.latents)
    if name != "loyalty-commitment":
        assert set(dimensions) == set(q.constructs)
        assert next(c for c in model.constructs if c.name == "loyalty").indicators == dimensions


def test_ecsi_is_the_published_model() -> None:
    q = Questionnaire.load("ecsi")
    ids = [*(f"IMAG{i}" for i in range(1, 6)), *(f"CUEX{i}" for i in range(1, 4)),
           *(f"PERQ{i}" for i in range(1, 8)), "PERV1", "PERV2", *(f"CUSA{i}" for i in range(1, 4)), "CUSCO",
           *(f"CUSL{i}" for i in range(1, 4))]  # fmt: skip
    assert list(q.items) == ids
    assert {(i.scale.min, i.scale.max) for i in q.items.values() if i.scale} == {(1, 10)}
    assert not any(i.reverse for i in q.items.values())
    assert list(q.constructs) == [
        "Image",
        "Expectation",
        "Quality",
        "Value",
        "Satisfaction",
        "Complaints",
        "Loyalty",
    ]
    assert [len(c.items) for c in q.constructs.values()] == [5, 3, 7, 2, 3, 1, 3]
    assert set(q.paths) == ECSI_PATHS
    assert len(q.paths) == 12
    assert q.model is not None
    assert set(q.model.paths) == ECSI_PATHS


def test_ecsi_binds_to_the_mobile_phone_data(shared_data: Callable[[str], Path]) -> None:
    header, *rows = shared_data("mobi.csv").read_text(encoding="utf-8").splitlines()
    q = Questionnaire.load("ecsi")
    assert sorted(name.strip('"') for name in header.split(",")) == sorted(q.items)
    assert {int(cell) for row in rows for cell in row.split(",")} <= set(range(1, 11))


def test_effort_has_two_versions_on_their_own_scales() -> None:
    q = Questionnaire.load("ces")
    ends = {
        m.options["version"]: (scale.min, scale.max)
        for m in q.metrics.values()
        if (scale := q.items[m.options["item"]].scale) is not None
    }
    assert ends == {1: (1, 5), 2: (1, 7)}


# -- the records -----------------------------------------------------------------------------------


def doc_examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_docs() -> None:
    q = Questionnaire.from_text(doc_examples()[0])
    assert lint(q) == []
    assert q.paths == (("tea", "satisfaction"), ("tea", "loyalty"), ("satisfaction", "loyalty"))
    assert [i.type for i in q.items.values()] == ["scale"] * 10 + ["single", "number"]
    assert dict(q.items["tea1"].missing) == {"98": "dont_know", "99": "refused"}
    assert q.items["sat1"].aliases == ("Q4", "Overall satisfaction")
    assert (q.weight, q.groups) == ("w", ("city",))
    assert q.constructs["satisfaction"].min_valid == 0.6
    assert Questionnaire.from_text(q.to_yaml()) == q


def test_model_text_of_the_docs_takes_the_measurement_from_the_constructs() -> None:
    whole, text, *_ = doc_examples()
    q = Questionnaire.from_text(re.sub(r"(?m)^paths:\n(  - .*\n)+", text, whole))
    assert q.model is not None
    assert q.model.latents == ("tea", "satisfaction", "loyalty")
    assert dict(q.model.defined).keys() == {"indirect"}
    assert set(q.model.paths) == {("tea", "satisfaction"), ("tea", "loyalty"), ("satisfaction", "loyalty")}


def test_the_docs_name_every_key_of_the_format() -> None:
    told = DOCS.read_text(encoding="utf-8")
    schema = json_schema()
    keys = set(schema["properties"])
    for form in schema["$defs"].values():
        keys |= set(form.get("properties", {}))
    assert [k for k in sorted(keys - {"constructs"}) if f"`{k}" not in told and f"{k}:" not in told] == []


def test_reverse_may_be_a_list() -> None:
    text = "id: x\ntitle: X\nscales: {a: {min: 1, max: 5}}\nreverse: q2\nitems:\n"
    q = Questionnaire.from_text(text + "".join(f"  q{i}: {{text: t{i}, scale: a}}\n" for i in (1, 2)))
    assert [i.reverse for i in q.items.values()] == [False, True]
    scale = q.items["q2"].scale
    assert scale is not None
    assert [scale.reversed(v) for v in (1, 2, 5)] == [5, 4, 1]
    assert scale.points == 5


def test_a_plain_text_is_in_the_first_language() -> None:
    text = "id: x\ntitle: 标题\nlanguages: [zh, en]\nitems: {问题1: {text: 好吗, type: text}}"
    q = Questionnaire.from_text(text)
    assert q.text("问题1", "zh") == "好吗"
    assert q.text("问题1", "en") == "好吗"  # nothing better to show
    assert q.title == {"zh": "标题"}
    assert Questionnaire.from_text(
        "id: x\ntitle: {zh: 标题}\nitems: {q: {text: 好, type: text}}"
    ).languages == ("zh",)
    assert Questionnaire.from_text("id: x\ntitle: a\nitems: {q: {text: a, type: text}}").languages == ("en",)


def test_words_for_readers() -> None:
    q = Questionnaire.load("loyalty-state")
    assert q.text("purchase", "zh") == "持续购买行为"
    assert q.text("loyalty", "en") == "Loyalty (state of mind)"  # the second-order factor: its metric's title
    assert q.text("PUR1", "en").startswith("I buy")
    with pytest.raises(SurveykitError) as caught:
        q.text("PUR4", "en")
    assert caught.value.hint.startswith("did you mean 'PUR")
    assert q.construct_of("REC2") == "recommendation"
    assert q.construct_of("nothing") is None


def test_a_questionnaire_cannot_be_changed() -> None:
    q = Questionnaire.load("nps")
    with pytest.raises(AttributeError):
        q.id = "other"  # type: ignore[misc]
    for change in (
        lambda: q.items.pop("recommend"),
        lambda: q.title.update(en="x"),
        lambda: q.items.__setitem__("a", q.items["reason"]),
        lambda: q.items["recommend"].text.clear(),
        lambda: q.metrics["nps"].options.setdefault("a", 1),
    ):
        with pytest.raises(TypeError):
            change()


def test_a_questionnaire_can_be_copied_sent_and_written_as_json() -> None:
    q = Questionnaire.load("ecsi")
    assert copy.deepcopy(q) == q
    assert pickle.loads(pickle.dumps(q)) == q
    assert json.loads(json.dumps(q.title)) == q.title
    assert len({q, Questionnaire.load("ecsi"), Questionnaire.load("nps")}) == 2


def test_composites() -> None:
    text = (
        "id: x\ntitle: X\nscales: {a: {min: 1, max: 5}}\nitems:\n"
        + "".join(f"  q{i}: {{text: t{i}, scale: a}}\n" for i in range(1, 7))
        + "constructs:\n  image: {items: [q1, q2], measurement: composite}\n  sat: {items: [q3, q4, q5]}\n"
        + "paths: image -> sat\n"
    )
    model = Questionnaire.from_text(text).model
    assert model is not None
    assert [(c.name, c.kind) for c in model.constructs] == [("image", "composite"), ("sat", "reflective")]


def test_paths_may_lead_to_items_that_stand_for_themselves() -> None:
    text = (
        "id: x\ntitle: X\nscales: {a: {min: 1, max: 5}}\nitems:\n"
        + "".join(f"  q{i}: {{text: t{i}, scale: a}}\n" for i in range(1, 5))
        + "constructs: {sat: {items: [q1, q2, q3]}}\npaths: ['sat → q4']\n"
    )
    model = Questionnaire.from_text(text).model
    assert model is not None
    assert model.paths == (("sat", "q4"),)
    assert Questionnaire.load("nps").model is None


def test_data_folders() -> None:
    assert (data_dir("questionnaires") / "nps.yaml").is_file()
    with pytest.raises(SurveykitError, match="missing"):
        data_dir("nothing")


def test_an_installed_package_finds_its_own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "surveykit" / "_data" / "questionnaires"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "id: mine\ntitle: a\nitems: {q: {text: a, type: text}}", encoding="utf-8"
    )
    monkeypatch.setattr("surveykit.questionnaire.loading._PACKAGE", tmp_path / "surveykit")
    assert library() == {"mine": folder / "mine.yaml"}
    assert Questionnaire.load("mine").path == folder / "mine.yaml"


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = (
        "import sys, surveykit.questionnaire; from surveykit.questionnaire import strict; "
        "print([m for m in ('pydantic', 'pandas', 'surveykit.model') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_answers_to_every_questionnaire_can_be_scored(path: Path) -> None:
    """Simulated answers, half of them as labels, go from the file's codes to all the metrics it defines."""
    import numpy as np
    import pandas as pd

    from surveykit.responses import read
    from surveykit.scoring import check_metrics, score

    q = Questionnaire.load(path)
    assert check_metrics(q) == []
    chance = np.random.Generator(np.random.Philox(key=7))
    columns: dict[str, list[str]] = {}
    for name, item in q.items.items():
        codes = (
            [str(c) for c in range(item.scale.min, item.scale.max + 1)] if item.scale else list(item.options)
        )
        words = {str(c): t for c, t in item.scale.labels.items()} if item.scale else item.options
        drawn = [str(c) for c in chance.choice(codes or ["1"], 60)]
        language = "zh" if len(columns) % 2 else "en"
        columns[name] = [words[c][language] if c in words and i % 2 else c for i, c in enumerate(drawn)]
    scores = score(read(pd.DataFrame(columns), q)).tidy()
    assert {t.split(".")[0] for t in scores["term"]} == set(q.metrics)
    assert (scores["n"] == 60).all()
    assert scores["estimate"].notna().all()


def test_a_metric_defined_wrongly_is_found_with_its_line() -> None:
    from surveykit.scoring import check_metrics

    text = library()["csat"].read_text(encoding="utf-8")
    text = text.replace("    item: overall", "    itm: overall").replace(
        "metric: csat\n    item: price", "metric: cast\n    item: price"
    )
    q = Questionnaire.from_text(text, "f.yaml")
    line = {name: text.split("\n").index(f"  {name}:") + 1 for name in ("csat", "csat_price")}
    found = [(e.what, str(e.where), e.hint) for e in check_metrics(q)]
    first = f"f.yaml, line {line['csat']}, position 3, metrics.csat"
    assert found == [
        ("option 'item' is needed", first, ""),
        ("unknown option 'itm'", first, "did you mean 'item'?"),
        ("unknown metric 'cast'", f"f.yaml, line {line['csat_price']}, position 3, metrics.csat_price",
         "did you mean 'csat'?"),
    ]  # fmt: skip


MODELS = [path for path in FILES if Questionnaire.load(path).model is not None]


@pytest.mark.parametrize("path", MODELS, ids=name_of)
def test_every_model_is_identified_and_recovered_exactly(path: Path) -> None:
    """Data whose covariance is the model's give the model back: loadings .8 (of dimensions .7), paths .3."""
    from surveykit.model import Model, simulate
    from surveykit.sem import fit

    model = Questionnaire.load(path).model
    assert model is not None
    single = {c.indicators[0] for c in model.constructs if len(c.indicators) == 1}
    truth: dict[tuple[str, str, str], float] = {}
    for line in model.to_text().splitlines():
        left, sign, right = line.split(" ", 2)
        for name in right.split(" + "):
            loading = 0.7 if name in model.latents else 1.0 if name in single else 0.8
            truth[left, sign, name] = 0.3 if sign == "~" else loading
    population = "\n".join(f"{left} {sign} {value}*{name}" for (left, sign, name), value in truth.items())
    found = fit(model, simulate(Model.parse(population), 400, 1, exact=True))
    assert not found.refused
    assert found.glance()["chisq"].iloc[0] == pytest.approx(0, abs=1e-8)
    rows = found.tidy()
    std = {(r.lhs, r.op, r.rhs): r.std for r in rows.itertuples() if (r.lhs, r.op, r.rhs) in truth}
    assert std == pytest.approx(truth, abs=1e-6)
