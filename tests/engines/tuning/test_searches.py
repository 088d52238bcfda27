"""What the searches propose, as functions of what they are told."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ormer.engines.tuning.scales import Parameter, parameters
from ormer.engines.tuning.searches import Seen, propose

RANGES = {
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "9"}],
    "ContinuousParameterRanges": [
        {"Name": "eta", "MinValue": "0.0001", "MaxValue": "1", "ScalingType": "Logarithmic"},
        {"Name": "keep", "MinValue": "0.5", "MaxValue": "0.99", "ScalingType": "ReverseLogarithmic"},
    ],
    "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
}


@example(0.3139570691516956, 3)
@given(st.floats(0, 1), st.integers(0, 3))
def test_a_unit_and_its_value_are_the_same_place(unit: float, which: int) -> None:
    one = parameters(RANGES)[which]
    text = one.text(unit)
    again = one.text(one.unit(text))
    # Up to the last digit, which logarithms there and back may change.
    assert again == text or float(again) == pytest.approx(float(text), rel=1e-12)


@given(st.sampled_from(["Random", "Bayesian"]), st.integers(0, 40), st.integers(0, 12))
def test_every_proposal_lies_in_its_ranges(strategy: str, number: int, seen: int) -> None:
    found = parameters(RANGES)
    before = [Seen(propose("Random", found, "s", each, []) or {}, float(each)) for each in range(seen)]
    values = propose(strategy, found, "seed", number, before)
    assert values is not None and set(values) == {one.name for one in found}
    assert (
        2 <= int(values["depth"]) <= 9 and 0.0001 <= float(values["eta"]) <= 1 and 0.5 <= float(values["keep"]) <= 0.99
    )
    assert values["booster"] in ("gbtree", "dart")


def test_half_of_a_logarithmic_range_lies_below_its_geometric_middle() -> None:
    eta = Parameter("eta", (), 0.0001, 1.0, False, "Logarithmic")
    assert float(eta.text(0.5)) == pytest.approx(0.01)


def test_a_wide_range_is_searched_on_a_logarithmic_scale_by_itself() -> None:
    given_ranges = {"ContinuousParameterRanges": [{"Name": "a", "MinValue": "0.001", "MaxValue": "1"}]}
    assert parameters(given_ranges)[0].scaling == "Logarithmic"


def test_a_bayesian_search_comes_nearer_the_best_than_chance() -> None:
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "x", "MinValue": "0", "MaxValue": "1"},
            {"Name": "y", "MinValue": "0", "MaxValue": "1"},
        ],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["good", "bad", "worse"]}],
    }
    found = parameters(ranges)

    def loss(values: dict[str, str]) -> float:
        far = abs(float(values["x"]) - 0.3) + abs(float(values["y"]) - 0.8)
        return far + {"good": 0.0, "bad": 0.5, "worse": 1.0}[values["kind"]]

    def best(strategy: str, seed: str) -> float:
        seen: list[Seen] = []
        for number in range(40):
            values = propose(strategy, found, seed, number, seen)
            assert values is not None
            seen.append(Seen(values, loss(values)))
        return min(one.loss for one in seen)

    seeds = [str(number) for number in range(20)]
    bayesian, chance = (sum(best(strategy, seed) for seed in seeds) / 20 for strategy in ("Bayesian", "Random"))
    assert bayesian < 0.6 * chance, (bayesian, chance)
