"""The command line: exit codes, one block per complaint, JSON on stdout only, quiet ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surveykit import cli
from surveykit.errors import ExitCode, SurveykitError

ROOT = Path(__file__).parents[1]

ANSWERS = "recommend,reason\n" + "10,good\n" * 120 + "8,\n" * 50 + "3,bad\n" * 30


@pytest.fixture
def answers(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


def surveykit(*arguments, cwd=None, **env):
    return subprocess.run(
        [sys.executable, "-m", "surveykit", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
    )


def test_version_and_help():
    assert surveykit("--version").stdout.startswith("surveykit 0.")
    shown = surveykit("--help").stdout
    for command in ("run", "score", "fit", "check", "new", "reproduce", "doctor", "list", "analyse"):
        assert f"  {command} " in shown


def test_score_as_json(answers):
    done = surveykit("score", answers, "-q", "nps", "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)["tidy"][0]
    assert row["estimate"] == pytest.approx(45)
    assert row["se"] == pytest.approx(5.232, abs=5e-4)
    assert row["n"] == 200


def test_no_ansi_in_pipes(answers):
    done = surveykit("score", answers, "-q", "nps", FORCE_COLOR="", TERM="xterm-256color")
    assert "45" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["score", "nowhere.csv", "-q", "nps"], "nowhere.csv"),
        (["score", "answers.csv", "-q", "npss"], "did you mean 'nps'?"),
        (["score", "answers.csv", "-q", "nps", "--metric", "npz"], "did you mean 'nps'?"),
        (["score", "answers.csv", "-q", "nps", "--by", "sgement"], "sgement"),
        (["scor"], "score"),
        (["score"], "data"),
        (["list", "metric"], "did you mean 'metrics'?"),
        (["analyse", "correlatoin", "answers.csv"], "did you mean 'correlation'?"),
        (["analyse", "correlation", "answers.csv", "--confidence", "7"], "confidence"),
        (["fit", "f =~ x1 +", "answers.csv"], "line 1"),
        (["fit", "f =~ recommend", "answers.csv", "--set", "std_lv"], "--set name=value"),
        (["reproduce", "holzinger"], "did you mean 'holzinger-swineford'?"),
        (["schema", "stduy"], "did you mean 'study'?"),
        (["run", "study.yaml"], "study.yaml"),
    ],
)
def test_bad_input_is_one_block_and_exit_2(answers, arguments, says):
    done = surveykit(*arguments, cwd=answers.parent)
    assert done.returncode == ExitCode.BAD_INPUT, done.stderr
    assert done.stderr.count("error: ") == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert sorted(p.name for p in answers.parent.iterdir()) == ["answers.csv"]


def test_list_names_every_kind():
    found = json.loads(surveykit("list", "--json").stdout)
    assert {"nps", "csat", "ces"} <= {m["id"] for m in found["metrics"]}
    assert {"correlation", "regression"} <= {a["id"] for a in found["analyses"]}
    assert {"nps", "csat", "ces", "ecsi"} <= {q["id"] for q in found["questionnaires"]}
    assert all(m["reference"] and m["evidence"] for m in found["metrics"] + found["analyses"])


def test_schemas():
    study = json.loads(surveykit("schema", "study").stdout)
    assert {"questionnaire", "data", "analyses", "models"} <= set(study["properties"])
    assert "items" in json.dumps(json.loads(surveykit("schema", "questionnaire").stdout))


def test_options_of_an_analysis_are_flags():
    shown = surveykit("analyse", "regression", "--help").stdout
    for option in ("--outcome", "--predictors", "--confidence", "--json"):
        assert option in shown


def test_pipe_closed_early(answers):
    line = f"{sys.executable} -m surveykit list --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == f"{int(ExitCode.PIPE)}\n"
    assert done.stderr == ""


SLEEPER = """
import time
from surveykit import cli
@cli.app.command()
def sleep():
    print("ready", flush=True)
    time.sleep(30)
cli.main(["sleep"])
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_signals(number, code):
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    begun = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == code
    assert time.monotonic() - begun < 2
    assert said == "error: stopped\n"


def failing(error):
    def fail(*_a, **_k):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ZeroDivisionError("secret value"), ExitCode.BUG),
        (MemoryError(), ExitCode.MEMORY),
        (OSError(5, "Input/output error"), ExitCode.INPUT_OUTPUT),
        (SurveykitError("no", exit_code=ExitCode.CANNOT_CREATE), ExitCode.CANNOT_CREATE),
    ],
)
def test_exit_codes_of_failures(monkeypatch, capsys, error, code):
    from surveykit import catalogue

    monkeypatch.setattr(catalogue, "listing", failing(error))
    assert cli._exit_code(["list"], debug=False) == code
    said = capsys.readouterr()
    assert said.err.count("error: ") == 1
    assert "Traceback" not in said.err
    assert "secret" not in said.err


def test_debug_shows_the_traceback_and_the_id_is_stable(monkeypatch, capsys):
    from surveykit import catalogue

    def bug(_kind):
        return dict[str, int]()["x"]

    monkeypatch.setattr(catalogue, "listing", bug)
    said = []
    for debug in (True, False, False):
        assert cli._exit_code(["list"], debug=debug) == ExitCode.BUG
        said.append(capsys.readouterr().err)
    assert "Traceback" in said[0]
    assert said[1] == said[2]


def test_doctor_says_what_mends(monkeypatch):
    import ctypes

    from surveykit import doctor

    missing = doctor._package("surveykit-no-such-library", "1.0")
    assert not missing.ok
    assert "pip install 'surveykit-no-such-library>=1.0'" in missing.text()
    assert doctor._package("numpy", "999.0").ok is False
    assert doctor._package("numpy", "1.0").ok
    monkeypatch.setattr(ctypes, "CDLL", failing(OSError()))
    assert [f.command for f in doctor._system()][-1] == "apt-get install -y libharfbuzz-subset0"


def test_doctor_here():
    done = surveykit("doctor", "--json")
    assert done.returncode == 0, done.stdout
    assert any(f["name"] == "font for Chinese" for f in json.loads(done.stdout))


@pytest.mark.parametrize("name", ["holzinger-swineford", "mobile-phone", "political-democracy"])
def test_reproductions_pass(name):
    done = surveykit("reproduce", name)
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout


def test_reproduction_can_fail():
    from surveykit.reproduce import compare, published

    good = published()["mobile-phone"]
    wrong = good.printed[0].model_copy(update={"estimate": good.printed[0].estimate + 0.002})
    outcome = compare(good.model_copy(update={"printed": (wrong, *good.printed[1:])}))
    assert not outcome.passed
    assert [c.passed for c in outcome.comparisons].count(False) == 1
    assert "FAIL" in outcome.text()
