"""methods.R and methods.py: what they print is what the study found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache

import pytest

from surveykit.report import Report
from surveykit.report._scripts import py_script, r_script
from tests.report_study import report, study


@cache
def results():
    _, found = study()
    return {k: v for k, v in found.items() if v.kind == "fit"}


def test_each_model_stands_in_both_scripts_or_says_why_it_does_not():
    titles = {"chain": {"en": "Chain\nquit()", "zh": "链"}}
    for script in (r_script(results(), titles), py_script(results(), titles)):
        assert "# Chain quit() (chain)" in script
        assert "# pls\n# Not here: this estimation needs the answers themselves." in script
    assert r_script(results(), {}).count("sem(model") == 1
    assert "standardizedSolution(fit))" in r_script(results(), {})


def test_the_python_script_prints_the_estimates_of_the_study(tmp_path):
    path = tmp_path / "methods.py"
    path.write_text(py_script(results(), {}), encoding="utf-8")
    run = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == "chain\n" + results()["chain"].tidy().to_string()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_lavaan_finds_the_same_from_the_script(tmp_path):
    script = r_script(results(), {})
    asked = 'writeLines(paste(format(coef(fit), digits = 12), collapse = " "), "coef.txt")\n'
    path = tmp_path / "methods.R"
    path.write_text(script.replace("print(standardizedSolution(fit))", asked), encoding="utf-8")
    run = subprocess.run(["Rscript", path.name], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    if "there is no package called" in run.stderr:
        pytest.skip("lavaan is not installed")
    assert run.returncode == 0, run.stderr
    theirs = sorted(float(v) for v in (tmp_path / "coef.txt").read_text().split())
    ours = sorted(float(v) for v in results()["chain"].theta)
    # lavaan stops when its function value changes by less than 1e-10 of itself: five digits of a coefficient.
    assert theirs == pytest.approx(ours, abs=2e-5)


def test_a_report_saves_them_by_their_suffix(tmp_path):
    made: Report = report("en")
    assert made.save(tmp_path / "methods.R").read_text("utf-8") == made.r()
    assert made.save(tmp_path / "methods.py").read_text("utf-8") == made.py()
    assert "# Quality to loyalty (chain)" in made.py()
