"""Published models: both engines agree with what was printed, number by number."""

from __future__ import annotations

import pytest

from surveykit.errors import SurveykitError
from surveykit.reproduce import compare, published, reproduce

COVARIANCE_MODELS = [id_ for id_, r in published().items() if r.method == "ml"]


@pytest.mark.parametrize("name", COVARIANCE_MODELS)
def test_the_second_opinion_agrees_with_what_was_printed(name):
    outcome = reproduce(name, second_opinion=True)
    assert outcome.engines == ("surveykit", "semopy")
    assert all(c.second is not None for c in outcome.comparisons)
    assert outcome.passed
    printed = len(published()[name].printed)
    assert outcome.text().count("PASS") == 2 * (2 * printed + len(published()[name].fit)) + 1


def test_the_three_models_of_the_literature_are_there():
    assert set(COVARIANCE_MODELS) >= {"holzinger-swineford", "political-democracy", "mobile-phone"}


def test_a_second_opinion_that_differs_fails():
    outcome = reproduce("mobile-phone", second_opinion=True)
    first = outcome.comparisons[0]
    assert first.passed
    wrong = type(first)(first.name, first.printed, first.ours, first.tolerance, first.printed + 0.002)
    assert not wrong.passed


def test_there_is_no_second_opinion_on_pls():
    with pytest.raises(SurveykitError, match="maximum likelihood"):
        compare(published()["ecsi-path"], second_opinion=True)
