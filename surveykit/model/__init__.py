"""Models as values: lavaan text both ways, the parameter table, implied moments, simulation."""

from __future__ import annotations

from surveykit.model.expression import Expression
from surveykit.model.matrices import Matrices
from surveykit.model.parameters import Construct, Equation, Parameter, composite, reflective
from surveykit.model.population import Population, population_of
from surveykit.model.simulation import simulate
from surveykit.model.spec import Model
from surveykit.model.table import Effect, ParameterTable, Row

__all__ = [
    "Construct",
    "Effect",
    "Equation",
    "Expression",
    "Matrices",
    "Model",
    "Parameter",
    "ParameterTable",
    "Population",
    "Row",
    "composite",
    "population_of",
    "reflective",
    "simulate",
]
