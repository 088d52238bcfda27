"""The demo's second half: what was registered is approved, served, asked, replaced and taken away."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from tests.conftest import Live, end_instances
from tests.faults.endpoints import boosted

from ormer.cli import demo_endpoint
from ormer.cli.client import Client
from ormer.config import Config
from ormer.server import Server


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    if kept:
        (home / "runtimes").symlink_to(Path(kept).absolute())
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    yield Live(made)
    made.stop()
    end_instances(home)


def register(live: Live, name: str) -> str:
    """The ARN of a version that waits for approval."""
    archive, image = boosted(name, columns=10)
    bucket, sagemaker = f"sagemaker-{live.config.region}-{live.config.account}", live.client("sagemaker")
    live.client("s3").put_object(Bucket=bucket, Key=f"{name}.tar.gz", Body=archive)
    arn: str = sagemaker.create_model_package(
        ModelPackageGroupName=demo_endpoint.NAME,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": f"s3://{bucket}/{name}.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    return arn


def test_a_version_is_approved_and_served_and_the_next_one_takes_its_place(live: Live) -> None:
    sagemaker, client, page = live.client("sagemaker"), Client(live.config.home), io.StringIO()
    live.client("s3").create_bucket(Bucket=f"sagemaker-{live.config.region}-{live.config.account}")
    sagemaker.create_model_package_group(ModelPackageGroupName=demo_endpoint.NAME)
    served = []
    for name in ("first", "second"):
        version = register(live, name)
        assert demo_endpoint.serve(client, live.config, version, Console(file=page, width=120)), page.getvalue()
        described = sagemaker.describe_model_package(ModelPackageName=version)
        assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == (
            "Approved",
            demo_endpoint.COMMENT,
        )
        config = sagemaker.describe_endpoint(EndpointName=demo_endpoint.NAME)["EndpointConfigName"]
        served.append(sagemaker.describe_model(ModelName=config)["Containers"][0]["ModelPackageName"])
        assert served[-1] == version
    assert page.getvalue().count("rings predicted") == 2 * len(demo_endpoint.ANIMALS)
    demo_endpoint.remove(client)
    assert sagemaker.list_endpoints()["Endpoints"] == []
