"""Regions and availability zones."""

from __future__ import annotations

from typing import Any

from ormer.aws.zones import REGIONS, zones
from ormer.services.ec2 import filters
from ormer.services.ec2.kinds import invalid
from ormer.stores.port import Call

JsonDict = dict[str, Any]
OPTED_IN = "opt-in-not-required"
OF_ZONES = {
    "group-name": "GroupName",
    "opt-in-status": "OptInStatus",
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
}
OF_REGIONS = {"endpoint": "Endpoint", "opt-in-status": "OptInStatus", "region-name": "RegionName"}


def describe_availability_zones(call: Call, request: JsonDict) -> JsonDict:
    """List the region's zones. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html

    Differs: every region has three. Errors: InvalidParameterValue.
    """
    found = [
        {
            "State": "available",
            "OptInStatus": OPTED_IN,
            "Messages": [],
            "RegionName": call.region,
            "ZoneName": zone.name,
            "ZoneId": zone.id,
            "GroupName": f"{call.region}-zg-1",
            "NetworkBorderGroup": call.region,
            "ZoneType": "availability-zone",
        }
        for zone in zones(call.region)
    ]
    for member, given in (("ZoneName", "ZoneNames"), ("ZoneId", "ZoneIds")):
        wanted = request.get(given)
        if wanted:
            missing = [one for one in wanted if one not in {zone[member] for zone in found}]
            if missing:
                raise invalid(f"Invalid availability zone: [{missing[0]}]")
            found = [zone for zone in found if zone[member] in wanted]
    asked = request.get("Filters") or ()
    return {"AvailabilityZones": [one for one in found if filters.matches(one, asked, OF_ZONES)]}


def describe_regions(call: Call, request: JsonDict) -> JsonDict:
    """List regions. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html

    Differs: those that every account has, and the one that is asked. Errors: InvalidParameterValue.
    """
    names = sorted({*REGIONS, call.region})
    wanted = request.get("RegionNames") or names
    missing = [one for one in wanted if one not in names]
    if missing:
        raise invalid(f"Invalid region '{missing[0]}' specified.")
    found = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": OPTED_IN}
        for name in names
        if name in wanted
    ]
    asked = request.get("Filters") or ()
    return {"Regions": [one for one in found if filters.matches(one, asked, OF_REGIONS)]}
