"""A client of one shared server, and VPCs of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def ec2(shared_server: Any) -> Any:
    return shared_server.client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    """The id of a VPC 10.0.0.0/16."""
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def refused() -> Callable[..., str]:
    """`refused(call, …)` calls and answers the code of the error."""
    from botocore.exceptions import ClientError

    def run(call: Callable[..., Any], **request: Any) -> str:
        with pytest.raises(ClientError) as caught:
            call(**request)
        return str(caught.value.response["Error"]["Code"])

    return run
