"""Our forms in the tools of the platforms: pyxform with ODK Validate, and the SurveyJS library; skipped where they are absent.

python -m pip install pyxform            # and Java, for ODK Validate, which comes with it
npm install survey-core                  # anywhere; NODE_PATH names that node_modules
"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from surveykit.exchange import export
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read

pytestmark = pytest.mark.nightly
LIBRARY = ("ecsi", "nps", "csat", "ces", "loyalty-tripartite")
_ANSWER = """
const { Model } = require("survey-core");
const [form, people] = process.argv.slice(1).map((f) => JSON.parse(require("fs").readFileSync(f)));
const done = people.map((person) => {
  const survey = new Model(form);
  const wrong = survey.jsonErrors || [];
  if (wrong.length) throw new Error(wrong.map((e) => e.message || e.description).join("; "));
  const rows = {};
  for (const q of survey.getAllQuestions()) if (q.getType() === "matrix") for (const r of q.rows) rows[r.value] = q;
  for (const [name, value] of Object.entries(person)) {
    if (rows[name]) rows[name].visibleRows.find((r) => r.name === name).value = value;
    else survey.getQuestionByName(name).value = value;
  }
  survey.doComplete();
  if (survey.state !== "completed") throw new Error("not completed");
  return survey.data;
});
console.log(JSON.stringify(done));
"""


@pytest.mark.parametrize("name", LIBRARY)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("grids", [True, False])
def test_pyxform_and_odk_validate_take_the_form_without_a_warning(tmp_path, name, language, grids):
    command = shutil.which("xls2xform")
    if command is None:
        pytest.skip("pyxform is not installed")
    form = export(name, "xlsform", tmp_path / "f.xlsx", language, grids).files[0]
    run = subprocess.run(
        [command, "--json", str(form), str(tmp_path / "f.xml")], capture_output=True, text=True, check=False
    )
    told = next(json.loads(x) for x in (run.stdout + run.stderr).splitlines() if x.startswith("{"))
    assert (told["code"], told.get("warnings", [])) == (100, []), run.stdout + run.stderr
    assert "<h:html" in (tmp_path / "f.xml").read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_surveyjs_library_takes_the_form_and_its_data_bind(tmp_path, language):
    node = shutil.which("node")
    if (
        node is None
        or subprocess.run([node, "-e", 'require("survey-core")'], capture_output=True, check=False).returncode
    ):
        pytest.skip("survey-core is not installed")
    asked = Questionnaire.load("ecsi")
    form = export(asked, "surveyjs", tmp_path / "f.json", language).files[0]
    people = [{n: 1 + (i + k) % 10 for k, n in enumerate(asked.items)} for i in range(6)]
    (tmp_path / "people.json").write_text(json.dumps(people), "utf-8")
    run = subprocess.run(
        [node, "-e", _ANSWER, str(form), str(tmp_path / "people.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    (tmp_path / "answers.json").write_text(run.stdout, "utf-8")
    bound = read(tmp_path / "answers.json", asked).frame(list(asked.items)).to_dict("list")
    keyed = {
        n: [i.scale.reversed(p[n]) if i.reverse else p[n] for p in people] for n, i in asked.items.items()
    }
    assert bound == keyed
