"""The second opinion: semopy finds the estimates, everything else stays ours.

semopy runs Python code that it finds in a model's text. It therefore gets only text that is written here,
from the parameter table, with names of our own (``v1``, ``p3``): nothing that a user wrote reaches it. Its
log-likelihood, AIC, BIC, GFI and the degrees of freedom with fixed exogenous variables are not used: we
compute them at its estimates.
"""

from __future__ import annotations

import itertools
import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.table import ParameterTable
from surveykit.sem.sample import GroupSample

__all__ = ["semopy_estimates", "semopy_text"]

Array = NDArray[np.float64]
FTOL = 1e-12
_OPERATORS = {"=~": "=~", "~": "~", "~~": "~~"}


def semopy_text(table: ParameterTable) -> tuple[str, dict[str, str]]:
    """The model in semopy's notation and the names used there, by our own.

    Every covariance that semopy would add of its own and the table does not have is fixed to 0.
    """
    variables = table.observed + table.latents
    names = {name: f"{'v' if i < len(table.observed) else 'f'}{i + 1}" for i, name in enumerate(variables)}
    lines, pairs = [], set()
    for row in table:
        if row.op not in _OPERATORS or row.exo:
            continue
        value = f"p{row.free}" if row.free else repr(float(row.ustart))
        if row.op == "~~":
            pairs.add(frozenset((row.lhs, row.rhs)))
        lines.append(f"{names[row.lhs]} {_OPERATORS[row.op]} {value}*{names[row.rhs]}")
    exogenous = {r.lhs for r in table if r.exo}
    lone = [v for v in variables if v not in exogenous]
    for one, other in itertools.combinations(lone, 2):
        both_latent = one in table.latents and other in table.latents
        both_outcomes = _is_outcome(table, one) and _is_outcome(table, other)
        if (both_latent or both_outcomes) and frozenset((one, other)) not in pairs:
            lines.append(f"{names[one]} ~~ 0.0*{names[other]}")
    return "\n".join(lines), names


def _is_outcome(table: ParameterTable, name: str) -> bool:
    return any(r.op == "~" and r.lhs == name for r in table)


def semopy_estimates(table: ParameterTable, sample: GroupSample) -> tuple[Array, str]:
    """semopy's estimates (k,) in our order, and the note that says how far they can be trusted."""
    if table.meanstructure:
        raise SurveykitError(
            "engine 'semopy' has no mean structure",
            hint="leave out meanstructure, or use the own engine",
            code="OPTION_UNSUPPORTED",
        )
    text, names = semopy_text(table)
    try:
        import pandas as pd
        import semopy
    except ImportError as error:
        raise SurveykitError(
            "semopy is not installed", hint="pip install semopy", code="SEM_ENGINE_MISSING"
        ) from error
    columns = [names[v] for v in table.observed]
    cov = pd.DataFrame(sample.S, index=columns, columns=columns)
    quiet = logging.getLogger().level
    model: Any = semopy.Model(text)
    try:
        logging.getLogger().setLevel(logging.ERROR)
        result = model.fit(cov=cov, n_samples=sample.n, options={"ftol": FTOL, "maxiter": 10000})
    except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
        raise _failed(type(error).__name__) from error
    finally:
        logging.getLogger().setLevel(quiet)
    if not result.success:
        raise _failed(str(result.message))
    theta = np.array([_estimate(model.parameters, f"p{i}") for i in range(1, table.k + 1)])
    version = getattr(semopy, "__version__", "")
    note = (
        f"engine semopy {version}: estimates only (SLSQP, stops when the discrepancy changes by less "
        f"than {FTOL:g}; its "
        "variances are bounded at 0); standard errors and fit measures are computed here at its estimates"
    )
    return theta, note


def _estimate(parameters: Any, name: str) -> float:
    if name not in parameters or not parameters[name].active:
        raise _failed(f"no estimate of {name}")
    place = parameters[name].locations[0]
    return float(place.matrix[place.indices])


def _failed(why: str) -> SurveykitError:
    return SurveykitError(
        "semopy did not converge",
        got=why,
        hint="use the own engine (leave out engine=)",
        code="SEM_NOT_CONVERGED",
    )
