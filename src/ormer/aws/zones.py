"""Regions and their availability zones, by AWS's names.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Regions that every account has.
REGIONS = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]
ZONES = "abc"
DIRECTIONS = re.compile("north|south|east|west|central|gov")


class Zone(NamedTuple):
    """`us-east-1a`, whose id is `use1-az1`."""

    name: str
    id: str


def zones(region: str) -> list[Zone]:
    """A region's three availability zones."""
    country, *middle, number = region.split("-")
    initials = "".join(found[0] for found in DIRECTIONS.findall("".join(middle)))
    return [
        Zone(f"{region}{letter}", f"{country}{initials}{number}-az{place}") for place, letter in enumerate(ZONES, 1)
    ]
