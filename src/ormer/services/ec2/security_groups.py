"""Security groups. What they let through is told by their rules, and asked by nobody here."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.default_networks import stand
from ormer.services.ec2.kinds import in_use, tags_for, with_tags, writes
from ormer.services.ec2.nouns import SECURITY_GROUP, SECURITY_GROUP_RULE, VPC, VPC_ENDPOINT
from ormer.services.ec2.permissions import permissions
from ormer.services.ec2.vpc_parts import make_group
from ormer.stores.nouns import tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
DEFAULT = "default"
RESERVED = "sg-"


@writes
def create_security_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a security group. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html

    Without a VPC it is the default VPC's. Errors: InvalidVpcID.NotFound, VPCIdNotSpecified, InvalidGroup.Reserved,
    InvalidGroup.Duplicate, InvalidParameterValue.
    """
    stand(call)
    vpc = VPC.get(call, request["VpcId"]) if request.get("VpcId") else _default(call)
    name = request["GroupName"]
    if name == DEFAULT:
        raise AwsError("InvalidGroup.Reserved", f"The security group '{name}' is reserved")
    if name.startswith(RESERVED):
        text = f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        raise AwsError("InvalidParameterValue", text)
    if any(one.document["GroupName"] == name for one in SECURITY_GROUP.rows(call, vpc.name)):
        text = f"The security group '{name}' already exists for VPC '{vpc.name}'"
        raise AwsError("InvalidGroup.Duplicate", text)
    row = make_group(call, vpc.name, name, request["Description"], tags_for(request, SECURITY_GROUP))
    return {
        "GroupId": row.name,
        "SecurityGroupArn": row.document["SecurityGroupArn"],
        "Tags": tags_of(call, row.arn),
    }


def _default(call: Call) -> Row:
    for row in VPC.rows(call):
        if row.document["IsDefault"]:
            return row
    raise AwsError("VPCIdNotSpecified", "No default VPC for this user: name the VPC, or make a default one.")


def describe_security_groups(call: Call, request: JsonDict) -> JsonDict:
    """List security groups. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html

    Errors: InvalidGroup.NotFound, InvalidParameterValue.
    """
    stand(call)
    if request.get("GroupNames"):
        named = [group(call, {"GroupName": one}).name for one in request["GroupNames"]]
        request = {
            **request,
            "GroupIds": [*request.get("GroupIds", ()), *named],
        }
    return SECURITY_GROUP.listed(call, request, "SecurityGroups", _shown)


def _shown(call: Call, row: Row) -> JsonDict:
    rules = [rule.document for rule in SECURITY_GROUP_RULE.rows(call, row.name)]
    return {
        **with_tags(call, row),
        "IpPermissions": permissions(rule for rule in rules if not rule["IsEgress"]),
        "IpPermissionsEgress": permissions(rule for rule in rules if rule["IsEgress"]),
    }


def group(call: Call, request: JsonDict) -> Row:
    """The group that a request names by its id, or by its name in the default VPC.

    Errors: InvalidGroup.NotFound, MissingParameter.
    """
    if request.get("GroupId"):
        return SECURITY_GROUP.get(call, request["GroupId"])
    name = request.get("GroupName")
    if not name:
        raise AwsError("MissingParameter", "The request must contain the parameter groupName or groupId")
    stand(call)
    for row in SECURITY_GROUP.rows(call, _default(call).name):
        if row.document["GroupName"] == name:
            return row
    raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC")


@writes
def delete_security_group(call: Call, request: JsonDict) -> JsonDict:
    """Delete a group that nothing uses. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html

    Errors: InvalidGroup.NotFound, CannotDelete, DependencyViolation.
    """
    row = group(call, request)
    if row.document["GroupName"] == DEFAULT:
        text = f'the specified group: "{row.name}" name: "{DEFAULT}" cannot be deleted by a user'
        raise AwsError("CannotDelete", text)
    users = [
        rule.document["GroupId"]
        for rule in SECURITY_GROUP_RULE.rows(call)
        if rule.document.get("ReferencedGroupInfo", {}).get("GroupId") == row.name and rule.parent != row.name
    ]
    users += [
        endpoint.name
        for endpoint in VPC_ENDPOINT.rows(call, row.parent)
        if any(one["GroupId"] == row.name for one in endpoint.document["Groups"])
    ]
    if users:
        raise in_use(f"resource {row.name} has a dependent object: {users[0]}")
    for rule in SECURITY_GROUP_RULE.rows(call, row.name):
        SECURITY_GROUP_RULE.remove(call, rule)
    SECURITY_GROUP.remove(call, row)
    return {"Return": True, "GroupId": row.name}
