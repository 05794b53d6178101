"""What the design of the sample asks of a fit, and what of it the standard errors do not know.

Answers that were read with a design bring it along: maximum likelihood becomes pseudo maximum likelihood with robust
standard errors (see ``weighted``) unless the analyst says otherwise, and a bootstrap draws as the design drew. What other
methods leave out stands in a caution that goes with every sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from surveykit.results import Check

if TYPE_CHECKING:
    from surveykit.sampling import Replicates, Sampling
    from surveykit.sem.options import Options

__all__ = ["composite_checks", "design_checks", "sampling_behind", "weight_of_design", "with_design"]

_OWN_WAY = ("bootstrap", "missing", "ordered", "engine", "likelihood", "se", "test", "information")
"""Options by which the analyst has chosen rows or standard errors that go without a design."""


def with_design(sample: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """``options`` with the weights, clusters and strata of the sample, where the method knows them and none are given."""
    design = getattr(sample, "design", None)
    method = str(options.get("method") or "ml").lower()
    if design is None or method not in ("ml", "mlr") or any(options.get(name) for name in _OWN_WAY):
        return dict(options)
    brought: dict[str, Any] = {}
    if design.weight is not None:
        brought["sampling_weights"] = design.weight
    if design.clusters:
        brought["cluster"] = design.clusters[0]
    if design.strata:
        brought["strata"] = design.strata
    return {**brought, **options}


def weight_of_design(sample: Any) -> str | None:
    """The weight that answers were read with, which fits of ordered items use."""
    design = getattr(sample, "design", None)
    return None if design is None else design.weight


def sampling_behind(sample: Any, options: Options) -> Sampling | Replicates | None:
    """The whole design of the sample, where the fit uses its columns: later stages, populations and replicates count.

    None where the analyst named other columns, or where there is no more than a weight.
    """
    design = getattr(sample, "design", None)
    if design is None or not design.is_complex:
        return None
    named = (options.sampling_weights, options.cluster, options.strata)
    own = (design.weight, design.clusters[0] if design.clusters else None, design.strata)
    found: Sampling | Replicates | None = sample.sampling() if named == own else None
    return found


def design_checks(
    sample: Any,
    sampling_weights: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    *,
    drawn: bool = False,
) -> tuple[Check, ...]:
    """A caution that names the parts of the sample's design that the standard errors leave out.

    ``drawn``: they come from bootstrap samples that the design drew.
    """
    design = getattr(sample, "design", None)
    if design is None:
        return ()
    own = (design.weight, design.clusters[0] if design.clusters else None, design.strata)
    whole = drawn or (design.is_complex and own == (sampling_weights, cluster, strata))
    later = len(design.clusters) > 1 and bool(design.fpc)
    parts = (
        (bool(design.weight) and sampling_weights is None and not drawn, "weights", "权重"),
        (bool(design.strata) and strata is None and not drawn, "strata", "分层"),
        (bool(design.clusters) and cluster is None and not drawn, "clusters", "整群"),
        (later and (drawn or not whole), "later stages of sampling", "后续抽样阶段"),
        (bool(design.fpc) and not whole, "size of the population", "总体规模"),
        (bool(design.replicates) and not whole, "replicate weights", "复制权重"),
    )
    left = [(en, zh) for there, en, zh in parts if there]
    if not left:
        return ()
    en, zh = ", ".join(e for e, _ in left), "、".join(z for _, z in left)
    texts = {
        "en": f"The standard errors of this model do not take into account: {en}. Weights count as repeated answers where "
        f"they are named; intervals may be too narrow or too wide.",
        "zh": f"该模型的标准误未考虑抽样设计中的{zh}（如涉及权重，则仅按重复作答处理），置信区间可能偏窄或偏宽。",
    }
    return (Check("DESIGN_UNUSED", "caution", texts, tuple(e for e, _ in left)),)


def composite_checks(sample: Any, options: Mapping[str, Any]) -> tuple[Check, ...]:
    """The same of a PLS path model: its bootstrap draws as the design drew, but not twice."""
    alone = options.get("interval") == "studentised"
    return design_checks(sample, drawn=not alone)
