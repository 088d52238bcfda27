"""Networks that stacks declare around SageMaker."""

from __future__ import annotations

import json
from typing import Any

import pytest

ANYWHERE = "0.0.0.0/0"


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def of(name: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def made(kind: str, after: str = "", **properties: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": f"AWS::EC2::{kind}", "Properties": properties}
    return {**found, "DependsOn": after} if after else found


ZONE = {"Fn::Select": ["0", {"Fn::GetAZs": ""}]}
NETWORK = {
    "Vpc": made("VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames="true", Tags=[{"Key": "Name", "Value": "net"}]),
    "Further": made("VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock="10.1.0.0/16"),
    "Public": made(
        "Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24", AvailabilityZone=ZONE, MapPublicIpOnLaunch="true"
    ),
    "Private": made("Subnet", "Further", VpcId=ref("Vpc"), CidrBlock="10.1.1.0/24"),
    "Gateway": made("InternetGateway"),
    "Attached": made("VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway")),
    "Table": made("RouteTable", VpcId=ref("Vpc")),
    "Out": made(
        "Route", "Attached", RouteTableId=ref("Table"), DestinationCidrBlock=ANYWHERE, GatewayId=ref("Gateway")
    ),
    "InForce": made("SubnetRouteTableAssociation", SubnetId=ref("Public"), RouteTableId=ref("Table")),
    "Address": made("EIP", "Attached", Domain="vpc"),
    "Nat": made("NatGateway", "Attached", SubnetId=ref("Public"), AllocationId=of("Address", "AllocationId")),
    "PrivateTable": made("RouteTable", VpcId=ref("Vpc")),
    "ByNat": made("Route", RouteTableId=ref("PrivateTable"), DestinationCidrBlock=ANYWHERE, NatGatewayId=ref("Nat")),
    "PrivateInForce": made("SubnetRouteTableAssociation", SubnetId=ref("Private"), RouteTableId=ref("PrivateTable")),
    "Group": made(
        "SecurityGroup",
        GroupDescription="jobs",
        VpcId=ref("Vpc"),
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": "443", "ToPort": 443, "CidrIp": of("Vpc", "CidrBlock")}
        ],
        SecurityGroupEgress=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": ANYWHERE}],
    ),
    "Own": made(
        "SecurityGroupIngress",
        GroupId=of("Group", "GroupId"),
        IpProtocol="tcp",
        FromPort=0,
        ToPort=65535,
        SourceSecurityGroupId=of("Group", "GroupId"),
    ),
    "OwnOut": made(
        "SecurityGroupEgress",
        GroupId=of("Group", "GroupId"),
        IpProtocol="-1",
        DestinationSecurityGroupId=of("Group", "GroupId"),
    ),
    "Objects": made(
        "VPCEndpoint",
        VpcId=ref("Vpc"),
        ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        VpcEndpointType="Gateway",
        RouteTableIds=[ref("PrivateTable")],
        PolicyDocument={"Version": "2012-10-17", "Statement": []},
    ),
    "Api": made(
        "VPCEndpoint",
        VpcId=ref("Vpc"),
        ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.sagemaker.api"},
        VpcEndpointType="Interface",
        PrivateDnsEnabled=True,
        SubnetIds=[ref("Private")],
        SecurityGroupIds=[ref("Group")],
    ),
    "Flows": made("FlowLog", ResourceType="VPC", ResourceId=ref("Vpc"), TrafficType="ALL", LogGroupName="/flows"),
}
OUTPUTS = {"Vpc": ref("Vpc"), "Private": ref("Private"), "Group": ref("Group"), "Address": ref("Address")}


@pytest.fixture
def ec2(shared_server):
    return shared_server.client("ec2")


@pytest.fixture
def run(cloudformation, ended, unique):
    """Create the stack, or update it when it is there; returns its outputs."""
    name = unique("net")

    def go(resources, outputs):
        body = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}}
        request = {"StackName": name, "TemplateBody": json.dumps(body), "Tags": [{"Key": "team", "Value": "a"}]}
        try:
            cloudformation.create_stack(**request)
        except cloudformation.exceptions.AlreadyExistsException:
            cloudformation.update_stack(**request)
        stack = ended(name)
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [one.get("ResourceStatusReason") for one in events if "FAILED" in one["ResourceStatus"]]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), reasons
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def end():
        arn = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=name)
        stack = ended(arn)
        assert stack["StackStatus"] == "DELETE_COMPLETE", stack.get("StackStatusReason")

    go.end = end
    return go


def test_a_network_is_made_changed_and_deleted_by_its_stack(run, ec2, refused_code):
    found = run(NETWORK, OUTPUTS)
    (vpc,) = ec2.describe_vpcs(VpcIds=[found["Vpc"]])["Vpcs"]
    tags = {one["Key"]: one["Value"] for one in vpc["Tags"]}
    assert (tags["Name"], tags["team"], tags["aws:cloudformation:logical-id"]) == ("net", "a", "Vpc")
    hosts = ec2.describe_vpc_attribute(VpcId=found["Vpc"], Attribute="enableDnsHostnames")
    assert hosts["EnableDnsHostnames"]["Value"]
    where = [{"Name": "association.subnet-id", "Values": [found["Private"]]}]
    (table,) = ec2.describe_route_tables(Filters=where)["RouteTables"]
    assert [one.get("NatGatewayId", one.get("GatewayId", ""))[:4] for one in table["Routes"]] == [
        "loca",
        "nat-",
        "vpce",
    ]
    (group,) = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"]
    assert sorted(one["ToPort"] for one in group["IpPermissions"]) == [443, 65535]
    assert sorted(one["IpProtocol"] for one in group["IpPermissionsEgress"]) == ["-1", "udp"]
    (address,) = ec2.describe_addresses(PublicIps=[found["Address"]])["Addresses"]
    assert address["AssociationId"]

    changed = json.loads(json.dumps(NETWORK))
    changed["Group"]["Properties"]["SecurityGroupIngress"][0]["FromPort"] = 80
    del changed["Group"]["Properties"]["SecurityGroupEgress"]
    changed["InForce"]["Properties"]["RouteTableId"] = ref("PrivateTable")
    changed["Objects"]["Properties"]["RouteTableIds"] = [ref("Table")]
    changed["Vpc"]["Properties"]["EnableDnsHostnames"] = False
    assert run(changed, OUTPUTS) == found
    (group,) = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"]
    assert sorted(one["FromPort"] for one in group["IpPermissions"]) == [0, 80]
    assert {"CidrIp": ANYWHERE} in [one for each in group["IpPermissionsEgress"] for one in each["IpRanges"]]
    (table,) = ec2.describe_route_tables(Filters=where)["RouteTables"]
    assert len(table["Associations"]) == 2 and len(table["Routes"]) == 2

    run.end()
    assert refused_code(ec2.describe_vpcs, VpcIds=[found["Vpc"]]) == "InvalidVpcID.NotFound"
    assert refused_code(ec2.describe_addresses, PublicIps=[found["Address"]]) == "InvalidAddress.NotFound"


@pytest.fixture
def refused_code():
    from botocore.exceptions import ClientError

    def code(call, **request):
        with pytest.raises(ClientError) as caught:
            call(**request)
        return caught.value.response["Error"]["Code"]

    return code
