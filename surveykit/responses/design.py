"""How the sample was drawn, by the names of columns; and the arrays behind the names.

Without strata, clusters, a finite population or replicate weights a sample counts as drawn at random,
and weights enter by Kish's effective n. With one of them, standard errors are those of the design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote

if TYPE_CHECKING:
    from surveykit.sampling import Lonely, Replicates, Sampling

__all__ = ["OWN_WEIGHT", "Design", "design_of", "sampling_of", "with_own_weight"]

OWN_WEIGHT = "surveykit_weight"


@dataclass(frozen=True, slots=True)
class Design:
    """The columns of a survey design.

    ``weight`` is the column of weights or None; ``strata`` that of the strata; ``clusters`` one column per stage;
    ``fpc`` per stage the number of units in the population (of the stratum), or the fraction drawn;
    ``replicates`` columns of replicate weights of the kind ``replicate_kind``. ``lonely`` says what a stratum with one
    cluster does and ``nest`` that clusters are numbered anew in each stratum.
    """

    weight: str | None = None
    strata: str | None = None
    clusters: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    lonely: Lonely = "fail"
    nest: bool = False
    replicates: tuple[str, ...] = ()
    replicate_kind: str = "brr"
    made: dict[str, Sampling | Replicates] = field(default_factory=dict, compare=False, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns besides that of the weights."""
        named = (*([self.strata] if self.strata else []), *self.clusters, *self.fpc, *self.replicates)
        return tuple(dict.fromkeys(named))

    @property
    def is_complex(self) -> bool:
        """Whether the design says more than weights do."""
        return bool(self.columns)

    def words(self, sampling: Sampling | Replicates) -> dict[str, Any]:
        """The design in plain data: columns, clusters, strata, degrees of freedom."""
        from surveykit.sampling import Sampling as Drawn

        facts: dict[str, Any] = {
            "strata_column": self.strata or "", "cluster_columns": ", ".join(self.clusters), "fpc_columns": ", ".join(self.fpc),
            "df": sampling.df(),
        }  # fmt: skip
        if isinstance(sampling, Drawn):
            first = sampling.stages[0]
            facts |= {"units": sampling.units(), "strata": len(first.drawn), "stages": len(sampling.stages)}
            return facts | {"lonely": self.lonely if first.lonely.any() else ""}
        return facts | {"replicates": len(self.replicates), "kind": self.replicate_kind}


def design_of(
    weight: str | None,
    strata: str | None,
    clusters: str | Sequence[str],
    fpc: str | Sequence[str],
    lonely: Lonely,
    nest: bool,
    replicates: Sequence[str],
    replicate_kind: str,
) -> Design:
    """The design that the options of :func:`surveykit.responses.read` describe."""
    several = [tuple([v] if isinstance(v, str) else v) for v in (clusters, fpc, replicates)]
    if several[2] and (strata or several[0] or several[1]):
        raise SurveykitError(
            "replicate weights hold the design already", expected="replicate weights, or strata and clusters",
            hint="leave strata, clusters and fpc out", code="DESIGN",
        )  # fmt: skip
    if several[2] and weight is None:
        raise SurveykitError("replicate weights need the full sample's weight", code="DESIGN")
    return Design(weight, strata, several[0], several[1], lonely, nest, several[2], replicate_kind)


def sampling_of(frame: Any, design: Design) -> Sampling | Replicates:
    """The design row by row; computed once for a design."""
    from surveykit.sampling import Replicates, Sampling

    known = design.made.get("")
    if known is not None:
        return known
    names = tuple(dict.fromkeys((*design.columns, *([design.weight] if design.weight else []))))
    values = _columns(frame, names)
    n = len(values[names[0]]) if names else _length(frame)
    weights = _numbers(values[design.weight], design.weight) if design.weight else None
    made: Sampling | Replicates
    if design.replicates:
        replicates = np.column_stack([_numbers(values[c], c) for c in design.replicates])
        made = Replicates.of(
            np.ones(n) if weights is None else weights, replicates, kind=design.replicate_kind
        )
    else:
        made = Sampling.of(
            n,
            weights=weights,
            strata=values[design.strata] if design.strata else None,
            clusters=[values[c] for c in design.clusters],
            fpc=[_numbers(values[c], c) for c in design.fpc],
            lonely=design.lonely,
            nest=design.nest,
        )
    design.made[""] = made
    return made


def with_own_weight(frame: Any, design: Design) -> tuple[Any, Design]:
    """Where population sizes are given for every stage and weights are not, the weights that follow from them."""
    from dataclasses import replace

    import narwhals as nw

    if design.weight is not None or not design.fpc or len(design.fpc) < len(design.clusters):
        return frame, design
    if isinstance(frame, nw.LazyFrame):
        raise SurveykitError(
            "weights cannot be worked out from population sizes where rows are not in memory",
            expected="a column of weights", code="DESIGN",
        )  # fmt: skip
    weights = sampling_of(frame, design).weights
    series = nw.new_series(OWN_WEIGHT, weights, nw.Float64, backend=frame.implementation)
    return frame.with_columns(series), replace(design, weight=OWN_WEIGHT, made={})


def _columns(frame: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    from surveykit.responses.cells import is_null
    from surveykit.responses.order import rows_in_order

    if not names:
        return {}
    rows = rows_in_order(frame, *names)
    return {name: [None if is_null(v) else v for v in rows[name].to_list()] for name in names}


def _length(frame: Any) -> int:
    import narwhals as nw

    counted = frame.select(nw.len().alias("n"))
    return int((counted.collect() if isinstance(counted, nw.LazyFrame) else counted)["n"][0])


def _numbers(values: Sequence[Any], name: str) -> NDArray[np.float64]:
    wrong = [i for i, v in enumerate(values) if not isinstance(v, (int, float)) or isinstance(v, bool)]
    if wrong:
        raise SurveykitError(
            f"{quote(name)} must hold a number in every row", expected="numbers",
            got=f"a text in row {wrong[0] + 1}", code="DESIGN",
        )  # fmt: skip
    return np.asarray(values, dtype=float)
