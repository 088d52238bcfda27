"""Amazon Resource Names: taken apart and put together. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""

from __future__ import annotations

from typing import NamedTuple


class Arn(NamedTuple):
    """`arn:partition:service:region:account:resource`; `resource` keeps its own colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def kind(self) -> str:
        """The part before the first slash: `pipeline` of `pipeline/abalone`."""
        return self.resource.partition("/")[0]

    @property
    def name(self) -> str:
        """The part after the first slash: `abalone` of `pipeline/abalone`."""
        return self.resource.partition("/")[2]


def parse(text: str) -> Arn:
    """Take an ARN apart; ValueError when it is none."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ValueError(f"not an ARN: {text!r}")
    return Arn(*parts[1:])


def is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5


def arn(service: str, region: str, account: str, resource: str) -> str:
    """Put an ARN together in the standard partition (or China's and GovCloud's by region)."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"
