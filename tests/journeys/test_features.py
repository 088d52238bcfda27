"""Feature Store from the first record to a trained model."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

FEATURES = Path(__file__).parent / "features"


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_sdk_2_ingests_reads_queries_joins_and_trains_on_features(world: World) -> None:
    told = world.stages("sagemaker-2.257", FEATURES / "sdk_2.py")
    assert told["online"]["record"].items() >= told["online"]["wanted"].items()
    assert (told["offline"]["rows"], told["offline"]["same"]) == (60, True)
    assert told["offline"]["columns"][-3:] == ["write_time", "api_invocation_time", "is_deleted"]
    assert told["data_set"]["rows"] == 60 and "age.1" in told["data_set"]["columns"]
    assert told["point_in_time"]["rows"] == 2 and "age.1" in told["point_in_time"]["columns"]
    assert told["training"]["model"].endswith("model.tar.gz")


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_sdk_3_ingests_reads_and_queries_features(world: World) -> None:
    told = world.stages("sagemaker-3", FEATURES / "sdk_3.py")
    assert told["online"]["age"] == "27"
    assert told["offline"]["ages"] == list(range(20, 40))
    assert told["left"]["groups"] == []
