"""What a tuning job that starts warm takes over from the tuning jobs before it: pure functions.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from __future__ import annotations

from collections.abc import Sequence

from ormer.engines.tuning.scales import Parameter
from ormer.engines.tuning.searches import Seen

TRANSFER = "TransferLearning"


def taken_over(kind: str, own: Sequence[Seen], parents: Sequence[Sequence[Seen]]) -> list[Seen]:
    """What was seen by a tuning job and its parents, on one scale. kind: the WarmStartType.

    Losses over other data or another algorithm say little by themselves, so with TransferLearning each job's losses
    become ranks from 0 to 1 before they stand side by side.
    """
    groups = [list(group) for group in (own, *parents) if group]
    if kind == TRANSFER:
        groups = [_ranked(group) for group in groups]
    return [seen for group in groups for seen in group]


def within(seen: Sequence[Seen], parameters: Sequence[Parameter]) -> list[Seen]:
    """Those that lie in the ranges of now, with the values of these hyperparameters only."""
    names = [one.name for one in parameters]
    return [
        Seen({name: one.values[name] for name in names}, one.loss)
        for one in seen
        if all(name in one.values for name in names) and all(p.holds(one.values[p.name]) for p in parameters)
    ]


def _ranked(group: Sequence[Seen]) -> list[Seen]:
    losses = sorted(one.loss for one in group)
    return [Seen(one.values, (losses.index(one.loss) + 0.5) / len(losses)) for one in group]
