"""Route tables, gateways, addresses, endpoints and flow logs."""

from __future__ import annotations

import json

import pytest

ANYWHERE = "0.0.0.0/0"


@pytest.fixture
def subnet(ec2, vpc):
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]


@pytest.fixture
def gateway(ec2, vpc):
    made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return made


@pytest.fixture
def table(ec2, vpc):
    return ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]


def described(ec2, table):
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return found


def test_a_route_table_is_in_force_for_a_subnet(ec2, vpc, subnet, table, refused):
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    where = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (found,) = ec2.describe_route_tables(Filters=where)["RouteTables"]
    assert found["RouteTableId"] == table
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    assert refused(ec2.associate_route_table, RouteTableId=other, SubnetId=subnet) == "Resource.AlreadyAssociated"
    assert refused(ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    new = ec2.replace_route_table_association(AssociationId=made, RouteTableId=other)["NewAssociationId"]
    assert described(ec2, other)["Associations"][0]["SubnetId"] == subnet
    ec2.delete_route_table(RouteTableId=table)
    ec2.disassociate_route_table(AssociationId=new)
    assert refused(ec2.disassociate_route_table, AssociationId=new) == "InvalidAssociationID.NotFound"
    ec2.delete_route_table(RouteTableId=other)
    assert refused(ec2.describe_route_tables, RouteTableIds=[other]) == "InvalidRouteTableID.NotFound"


def test_another_table_becomes_a_vpcs_main_one(ec2, vpc, table):
    where = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (main,) = ec2.describe_route_tables(Filters=where)["RouteTables"]
    association = main["Associations"][0]["RouteTableAssociationId"]
    ec2.replace_route_table_association(AssociationId=association, RouteTableId=table)
    (found,) = ec2.describe_route_tables(Filters=where)["RouteTables"]
    assert found["RouteTableId"] == table


def test_routes_are_added_replaced_and_taken_away(ec2, table, gateway, refused):
    route = {"RouteTableId": table, "DestinationCidrBlock": ANYWHERE}
    assert ec2.create_route(**route, GatewayId=gateway)["Return"]
    assert described(ec2, table)["Routes"][1]["GatewayId"] == gateway
    assert refused(ec2.create_route, **route, GatewayId=gateway) == "RouteAlreadyExists"
    ec2.replace_route(**route, GatewayId=gateway)
    ec2.delete_route(**route)
    assert [one["GatewayId"] for one in described(ec2, table)["Routes"]] == ["local"]
    assert refused(ec2.delete_route, **route) == "InvalidRoute.NotFound"
    assert refused(ec2.create_route, **route, TransitGatewayId="tgw-1") == "UnsupportedOperation"
    assert refused(ec2.create_route, **route, GatewayId="igw-1") == "InvalidGatewayID.NotFound"
    own = {"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16"}
    assert refused(ec2.delete_route, **own) == "InvalidParameterValue"


def test_an_internet_gateway_is_one_vpcs(ec2, vpc, gateway, refused):
    asked = {"InternetGatewayId": gateway, "VpcId": vpc}
    assert refused(ec2.attach_internet_gateway, **asked) == "Resource.AlreadyAssociated"
    other = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    assert refused(ec2.attach_internet_gateway, InternetGatewayId=other, VpcId=vpc) == "InvalidParameterValue"
    assert refused(ec2.delete_internet_gateway, InternetGatewayId=gateway) == "DependencyViolation"
    assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.detach_internet_gateway(**asked)
    assert refused(ec2.detach_internet_gateway, **asked) == "Gateway.NotAttached"
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    left = [one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]]
    assert other in left and gateway not in left


def test_a_nat_gateway_holds_its_address_until_it_is_deleted(ec2, vpc, subnet, gateway, table, refused):
    address = ec2.allocate_address(Domain="vpc")
    allocation = address["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    where = [{"Name": "vpc-id", "Values": [vpc]}]
    (found,) = ec2.describe_nat_gateways(Filter=where)["NatGateways"]
    assert found["NatGatewayAddresses"][0]["PublicIp"] == address["PublicIp"]
    route = {"RouteTableId": table, "DestinationCidrBlock": ANYWHERE}
    ec2.create_route(**route, NatGatewayId=nat)
    assert refused(ec2.release_address, AllocationId=allocation) == "InvalidIPAddress.InUse"
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    detached = {"InternetGatewayId": gateway, "VpcId": vpc}
    assert refused(ec2.detach_internet_gateway, **detached) == "DependencyViolation"
    again = refused(ec2.create_nat_gateway, SubnetId=subnet, AllocationId=allocation)
    assert again == "Resource.AlreadyAssociated"
    assert ec2.delete_nat_gateway(NatGatewayId=nat)["NatGatewayId"] == nat
    assert described(ec2, table)["Routes"][1]["State"] == "blackhole"
    ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat])
    (kept,) = ec2.describe_addresses(PublicIps=[address["PublicIp"]])["Addresses"]
    assert kept["AllocationId"] == allocation and "AssociationId" not in kept
    ec2.release_address(AllocationId=allocation)
    assert refused(ec2.describe_addresses, AllocationIds=[allocation]) == "InvalidAllocationID.NotFound"


def test_a_gateway_endpoint_stands_in_route_tables(ec2, vpc, table, refused):
    service = "com.amazonaws.us-east-1.s3"
    asked = {"VpcId": vpc, "ServiceName": service, "RouteTableIds": [table]}
    made = ec2.create_vpc_endpoint(**asked)["VpcEndpoint"]
    (listed,) = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [service]}])[
        "PrefixLists"
    ]
    route = described(ec2, table)["Routes"][1]
    assert (route["GatewayId"], route["DestinationPrefixListId"]) == (made["VpcEndpointId"], listed["PrefixListId"])
    named = [one["PrefixListName"] for one in ec2.describe_prefix_lists()["PrefixLists"]]
    assert service in named
    assert refused(ec2.create_vpc_endpoint, **asked) == "RouteAlreadyExists"
    assert refused(ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], RemoveRouteTableIds=[table])
    assert len(described(ec2, table)["Routes"]) == 1
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []
    (failed,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"]
    assert failed["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_an_interface_endpoint_stands_in_subnets_behind_groups(ec2, vpc, subnet, refused):
    group = ec2.create_security_group(GroupName="ends", Description="ends", VpcId=vpc)["GroupId"]
    policy = {"Version": "2012-10-17", "Statement": []}
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.sagemaker.api",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
        PolicyDocument=json.dumps(policy),
    )["VpcEndpoint"]
    (found,) = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    assert json.loads(found["PolicyDocument"]) == policy and found["PrivateDnsEnabled"]
    assert (found["SubnetIds"], found["Groups"]) == ([subnet], [{"GroupId": group, "GroupName": "ends"}])
    assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    ec2.delete_security_group(GroupId=group)
    bad = {"VpcId": vpc, "VpcEndpointType": "Interface"}
    assert refused(ec2.create_vpc_endpoint, ServiceName="nowhere", **bad) == "InvalidServiceName"


def test_flow_logs_are_kept(ec2, vpc, refused):
    asked = {"ResourceType": "VPC", "TrafficType": "REJECT", "LogGroupName": "/flows"}
    (made,) = ec2.create_flow_logs(ResourceIds=[vpc], **asked)["FlowLogIds"]
    where = [{"Name": "resource-id", "Values": [vpc]}]
    (found,) = ec2.describe_flow_logs(Filter=where)["FlowLogs"]
    assert (found["FlowLogId"], found["TrafficType"], found["LogGroupName"]) == (made, "REJECT", "/flows")
    assert ec2.delete_flow_logs(FlowLogIds=[made])["Unsuccessful"] == []
    assert refused(ec2.describe_flow_logs, FlowLogIds=[made]) == "InvalidFlowLogId.NotFound"
    assert refused(ec2.create_flow_logs, ResourceIds=["vpc-0"], **asked) == "InvalidVpcID.NotFound"
