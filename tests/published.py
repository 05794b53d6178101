"""Small published data sets for tests, and a data frame of either.

``ATTITUDE``: 30 departments rated by their clerks, percent favourable (Chatterjee and Price 1977, Regression
Analysis by Example). ``LONGLEY``: US economic series of 1947-1962 (Longley 1967; NIST StRD, a work of the US
Government).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from surveykit import analyses

# what a cell of a result's table holds is known to the test, not to pandas' stubs
analyse: Any = analyses.analyse

ATTITUDE = {
    "rating": "43 63 71 61 81 43 58 71 72 67 64 67 69 68 77 81 74 65 65 50 50 64 53 40 63 66 78 48 85 82",
    "complaints": "51 64 70 63 78 55 67 75 82 61 53 60 62 83 77 90 85 60 70 58 40 61 66 37 54 77 75 57 85 82",
    "privileges": "30 51 68 45 56 49 42 50 72 45 53 47 57 83 54 50 64 65 46 68 33 52 52 42 42 66 58 44 71 39",
    "learning": "39 54 69 47 66 44 56 55 67 47 58 39 42 45 72 72 69 75 57 54 34 62 50 58 48 63 74 45 71 59",
    "raises": "61 63 76 54 71 54 66 70 71 62 58 59 55 59 79 60 79 55 75 64 43 66 63 50 66 88 80 51 77 64",
    "critical": "92 73 86 84 83 49 68 66 83 80 67 74 63 77 77 54 79 80 85 78 64 80 80 57 75 76 78 83 74 78",
    "advance": "45 47 48 35 47 34 35 41 31 41 34 41 25 35 46 36 63 60 46 52 33 41 37 49 33 72 49 38 55 39",
}

LONGLEY = {
    "y": "60323 61122 60171 61187 63221 63639 64989 63761 66019 67857 68169 66513 68655 69564 69331 70551",
    "x1": "83.0 88.5 88.2 89.5 96.2 98.1 99.0 100.0 101.2 104.6 108.4 110.8 112.6 114.2 115.7 116.9",
    "x2": "234289 259426 258054 284599 328975 346999 365385 363112 397469 419180 442769 444546 482704 502601 "
    "518173 554894",
    "x3": "2356 2325 3682 3351 2099 1932 1870 3578 2904 2822 2936 4681 3813 3931 4806 4007",
    "x4": "1590 1456 1616 1650 3099 3594 3547 3350 3048 2857 2798 2637 2552 2514 2572 2827",
    "x5": "107608 108632 109773 110929 112075 113270 115094 116219 117388 118734 120445 121950 123366 125368 "
    "127852 130081",
    "x6": "1947 1948 1949 1950 1951 1952 1953 1954 1955 1956 1957 1958 1959 1960 1961 1962",
}


def frame(columns: dict[str, str]) -> pd.DataFrame:
    """A data frame of numbers."""
    return pd.DataFrame({name: [float(v) for v in values.split()] for name, values in columns.items()})


def attitude() -> pd.DataFrame:
    """The ratings, with a binary outcome ``high``, an ordered ``band`` and weights ``w``."""
    data = frame(ATTITUDE)
    return data.assign(
        high=(data["rating"] >= 65).astype(float),
        band=1.0 + (data["rating"] > 55) + (data["rating"] > 65) + (data["rating"] > 72),
        w=[1.0, 2.0, 3.0] * 10,
    )
