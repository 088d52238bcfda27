"""Amazon's first algorithms through the unmodified SDK's own classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "first_algorithms" / "sdk_2.py"


@pytest.mark.journey
@pytest.mark.timeout(1800)
def test_the_sdks_classes_train_host_and_ask_the_first_algorithms(world: World) -> None:
    told = {name: one["answer"] for name, one in world.stages("sagemaker-2.257", PROGRAM).items()}
    (first,), (second,) = (one["closest_cluster"] for one in told["kmeans"])
    assert {first, second} == {0.0, 1.0}
    assert all(one["distance_to_cluster"][0] < 1 for one in told["kmeans"])
    largest = [one["projection"][-1] for one in told["pca"]]
    assert abs(largest[0] - largest[1]) == pytest.approx(9 * 3**0.5, rel=0.02)
    assert [one["predicted_label"] for one in told["knn"]] == [[0.0], [1.0]]
    (usual,), (odd,) = (one["score"] for one in told["forest"])
    assert usual < 1.2 < 1.5 < odd
    assert [one["predicted_label"] for one in told["factors"]] == [[0.0], [1.0]]
    mixtures = [one["topic_mixture"] for one in told["lda"]]
    assert all(max(mixture) > 0.9 for mixture in mixtures) and mixtures[0].index(max(mixtures[0])) != mixtures[1].index(
        max(mixtures[1])
    )
