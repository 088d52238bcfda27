"""The twenty-one bias metrics, as functions of four yes/no columns.

`d` is the facet that the configuration names (the disadvantaged one), `a` the rest; `1` counts positive labels and a
hat counts predictions. 0/0 is 0 and x/0 is an infinity, as in the open source Clarify library
(https://github.com/aws/amazon-sagemaker-clarify), whose signs are kept where AWS's documentation differs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .fliptest import nearest_majority


class Undefined(Exception):
    """The metric has no value on this data; the text says why and is reported beside a null value."""


@dataclass(frozen=True)
class Case:
    """facet, label, predicted: one bool for each row; numeric: rows x features, or None.

    group: the number of each row's group, -1 for a row in none; None as a whole when there are no groups.
    `numeric` is None when a feature holds texts, which the Flip Test cannot compare.
    """

    facet: np.ndarray
    label: np.ndarray
    predicted: np.ndarray | None = None
    group: np.ndarray | None = None
    numeric: np.ndarray | None = None


@dataclass(frozen=True)
class Quadrants:
    """Counts of true and false positives and negatives in one facet."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def total(self) -> int:
        return self.tp + self.fp + self.fn + self.tn


def divide(top: float, bottom: float) -> float:
    if bottom == 0:
        return 0.0 if top == 0 else math.copysign(math.inf, top)
    return top / bottom


def difference(left: float, right: float) -> float:
    """Two equal infinities differ by nothing."""
    return 0.0 if left == right else left - right


def _require_both_facets(
    case: Case, empty: str = "Facet set is empty", rest: str = "Negated Facet set is empty"
) -> None:
    if not case.facet.any():
        raise Undefined(empty)
    if case.facet.all():
        raise Undefined(rest)


def _quadrants(case: Case, prefix: str = "") -> tuple[Quadrants, Quadrants]:
    """Return the quadrants of a and of d."""
    _require_both_facets(case, f"{prefix}Facet set is empty", f"{prefix}Negated Facet set is empty")
    assert case.predicted is not None
    return _count(case.label, case.predicted, ~case.facet), _count(case.label, case.predicted, case.facet)


def _count(label: np.ndarray, predicted: np.ndarray, rows: np.ndarray) -> Quadrants:
    label, predicted = label[rows], predicted[rows]
    positives, hits = int(label.sum()), int((label & predicted).sum())
    false_alarms = int(predicted.sum()) - hits
    return Quadrants(hits, false_alarms, positives - hits, len(label) - positives - false_alarms)


def class_imbalance(case: Case) -> float:
    _require_both_facets(
        case,
        "CI: facet set is empty. Check that x[facet] has non-zero length.",
        "CI: negated facet set is empty. Check that x[~facet] has non-zero length.",
    )
    nd = int(case.facet.sum())
    na = len(case.facet) - nd
    return (na - nd) / (na + nd)


def _proportion_difference(case: Case, outcome: np.ndarray) -> float:
    if case.facet.all():
        raise Undefined("Negative facet set is empty.")
    if not case.facet.any():
        raise Undefined("Facet set is empty.")
    nd = int(case.facet.sum())
    na = len(case.facet) - nd
    return int((outcome & ~case.facet).sum()) / na - int((outcome & case.facet).sum()) / nd


def difference_in_labels(case: Case) -> float:
    return _proportion_difference(case, case.label)


def _distributions(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return (Pa, Pd) over negative and positive labels, without a label value that either facet lacks."""
    if not case.facet.any() or case.facet.all():
        raise Undefined("No instance of common facet found, dataset may be too small")
    parts = []
    for rows in (~case.facet, case.facet):
        positives, total = int(case.label[rows].sum()), int(rows.sum())
        parts.append(np.array([(total - positives) / total, positives / total]))
    common = (parts[0] > 0) & (parts[1] > 0)
    if not common.any():
        raise Undefined("No instance of common facet found, dataset may be too small")
    return parts[0][common], parts[1][common]


def _divergence(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.sum(p * np.log(p / q)))


def kullback_leibler(case: Case) -> float:
    pa, pd = _distributions(case)
    return _divergence(pa, pd)


def jensen_shannon(case: Case) -> float:
    pa, pd = _distributions(case)
    middle = 0.5 * (pa + pd)
    return 0.5 * (_divergence(pa, middle) + _divergence(pd, middle))


def l2_norm(case: Case) -> float:
    pa, pd = _distributions(case)
    return float(np.linalg.norm(pa - pd, 2))


def total_variation(case: Case) -> float:
    pa, pd = _distributions(case)
    return 0.5 * float(np.linalg.norm(pa - pd, 1))


def kolmogorov_smirnov(case: Case) -> float:
    pa, pd = _distributions(case)
    return float(np.linalg.norm(pa - pd, np.inf))


def _conditional_disparity(case: Case, outcome: np.ndarray) -> float:
    if case.group is None or not len(case.group):
        raise Undefined("Group variable is empty or not provided")
    if not outcome.any():
        raise Undefined("No positive labels in set")
    if outcome.all():
        raise Undefined("No negative labels in set")
    grouped, groups = case.group >= 0, int(case.group.max()) + 1
    counts = [
        np.bincount(case.group[rows & grouped], minlength=groups).astype(float)
        for rows in (outcome, outcome & case.facet, ~outcome, ~outcome & case.facet)
    ]
    accepted, accepted_d, rejected, rejected_d = counts
    share_accepted = np.divide(accepted_d, accepted, out=np.zeros(groups), where=accepted != 0)
    share_rejected = np.divide(rejected_d, rejected, out=np.zeros(groups), where=rejected != 0)
    sizes = accepted + rejected
    return divide(float(np.sum(sizes * (share_rejected - share_accepted))), float(np.sum(sizes)))


def conditional_disparity_in_labels(case: Case) -> float:
    return _conditional_disparity(case, case.label)


def conditional_disparity_in_predictions(case: Case) -> float:
    assert case.predicted is not None
    return _conditional_disparity(case, case.predicted)


def difference_in_predictions(case: Case) -> float:
    assert case.predicted is not None
    return _proportion_difference(case, case.predicted)


def disparate_impact(case: Case) -> float:
    _require_both_facets(case, rest="Negated facet set is empty")
    a, d = _quadrants(case)
    return divide((d.tp + d.fp) / d.total, (a.tp + a.fp) / a.total)


def conditional_acceptance(case: Case) -> float:
    a, d = _quadrants(case, "DCO: ")
    return difference(divide(a.tp + a.fn, a.tp + a.fp), divide(d.tp + d.fn, d.tp + d.fp))


def conditional_rejection(case: Case) -> float:
    a, d = _quadrants(case, "DCO: ")
    return difference(divide(d.tn + d.fp, d.tn + d.fn), divide(a.tn + a.fp, a.tn + a.fn))


def acceptance_rates(case: Case) -> float:
    a, d = _quadrants(case, "DLR: ")
    return difference(divide(a.tp, a.tp + a.fp), divide(d.tp, d.tp + d.fp))


def rejection_rates(case: Case) -> float:
    a, d = _quadrants(case, "DLR: ")
    return difference(divide(d.tn, d.tn + d.fn), divide(a.tn, a.tn + a.fn))


def recall_difference(case: Case) -> float:
    a, d = _quadrants(case, "DLA: ")
    return difference(divide(a.tp, a.tp + a.fn), divide(d.tp, d.tp + d.fn))


def specificity_difference(case: Case) -> float:
    a, d = _quadrants(case, "DLA: ")
    return difference(divide(d.tn, d.tn + d.fp), divide(a.tn, a.tn + a.fp))


def accuracy_difference(case: Case) -> float:
    a, d = _quadrants(case)
    return difference(divide(a.tp + a.tn, a.total), divide(d.tp + d.tn, d.total))


def treatment_equality(case: Case) -> float:
    a, d = _quadrants(case)
    return difference(divide(d.fn, d.fp), divide(a.fn, a.fp))


def flip_test(case: Case) -> float:
    _require_both_facets(case)
    if case.numeric is None:
        raise Undefined("FlipTest does not support non-numeric columns")
    assert case.predicted is not None
    a, d = ~case.facet, case.facet
    if np.isnan(case.numeric).any():
        raise Undefined("Input X contains NaN.")
    if case.numeric.shape[1] == 0:
        raise Undefined("FlipTest needs at least one feature besides the facet")
    twins = nearest_majority(case.numeric[a], case.predicted[a], case.numeric[d])
    model = case.predicted[d]
    return divide(int((model & ~twins).sum()) - int((~model & twins).sum()), int(d.sum()))


def generalized_entropy(case: Case) -> float:
    assert case.predicted is not None
    benefit = case.predicted.astype(int) - case.label.astype(int) + 1
    mean = benefit.mean()
    if mean == 0:
        raise Undefined(
            "All predicted labels are false negatives. "
            "There should be at least one prediction that is not false negative."
        )
    return float((((benefit / mean) ** 2) - 1).sum() / (2 * len(benefit)))


@dataclass(frozen=True)
class Metric:
    """name and description are AWS's own texts; ideal is the value of an unbiased dataset or model."""

    name: str
    title: str
    compute: Callable[[Case], float]
    ideal: float = 0.0

    @property
    def description(self) -> str:
        return f"{self.title} ({self.name})"


# Sorted by name, as reports list them.
PRE_TRAINING = (
    Metric("CDDL", "Conditional Demographic Disparity in Labels", conditional_disparity_in_labels),
    Metric("CI", "Class Imbalance", class_imbalance),
    Metric("DPL", "Difference in Positive Proportions in Labels", difference_in_labels),
    Metric("JS", "Jensen-Shannon Divergence", jensen_shannon),
    Metric("KL", "Kullback-Liebler Divergence", kullback_leibler),
    Metric("KS", "Kolmogorov-Smirnov Distance", kolmogorov_smirnov),
    Metric("LP", "L-p Norm", l2_norm),
    Metric("TVD", "Total Variation Distance", total_variation),
)
POST_TRAINING = (
    Metric("AD", "Accuracy Difference", accuracy_difference),
    Metric("CDDPL", "Conditional Demographic Disparity in Predicted Labels", conditional_disparity_in_predictions),
    Metric("DAR", "Difference in Acceptance Rates", acceptance_rates),
    Metric("DCA", "Difference in Conditional Acceptance", conditional_acceptance),
    Metric("DCR", "Difference in Conditional Rejection", conditional_rejection),
    Metric("DI", "Disparate Impact", disparate_impact, ideal=1.0),
    Metric("DPPL", "Difference in Positive Proportions in Predicted Labels", difference_in_predictions),
    Metric("DRR", "Difference in Rejection Rates", rejection_rates),
    Metric("FT", "Flip Test", flip_test),
    Metric("GE", "Generalized Entropy", generalized_entropy),
    Metric("RD", "Recall Difference", recall_difference),
    Metric("SD", "Specificity Difference", specificity_difference),
    Metric("TE", "Treatment Equality", treatment_equality),
)
