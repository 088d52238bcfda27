"""VPCs and subnets as programs ask EC2 for them."""

from __future__ import annotations


def by_vpc(identifier):
    return [{"Name": "vpc-id", "Values": [identifier]}]


def test_an_account_has_a_default_vpc_with_a_subnet_in_each_zone(shared_server):
    ec2 = shared_server.client("ec2", region="eu-west-1")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"]
    assert (vpc["CidrBlock"], vpc["State"]) == ("172.31.0.0/16", "available")
    where = by_vpc(vpc["VpcId"])
    subnets = ec2.describe_subnets(Filters=where)["Subnets"]
    assert [one["AvailabilityZone"] for one in subnets] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert [one["CidrBlock"] for one in subnets] == ["172.31.0.0/20", "172.31.16.0/20", "172.31.32.0/20"]
    assert all(one["DefaultForAz"] and one["AvailableIpAddressCount"] == 4091 for one in subnets)
    (table,) = ec2.describe_route_tables(Filters=where)["RouteTables"]
    assert table["Associations"][0]["Main"]
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
    (gateway,) = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
    assert table["Routes"][1]["GatewayId"] == gateway["InternetGatewayId"]
    (group,) = ec2.describe_security_groups(Filters=where)["SecurityGroups"]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group["GroupId"]
    assert group["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    (acl,) = ec2.describe_network_acls(Filters=where)["NetworkAcls"]
    assert {one["SubnetId"] for one in acl["Associations"]} == {one["SubnetId"] for one in subnets}


def test_a_deleted_default_vpc_stays_away_until_it_is_made_again(shared_server, refused):
    ec2 = shared_server.client("ec2", region="eu-west-2")
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    assert refused(ec2.create_default_vpc) == "DefaultVpcAlreadyExists"
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert refused(ec2.create_security_group, GroupName="a", Description="a") == "VPCIdNotSpecified"
    made = ec2.create_default_vpc()["Vpc"]
    assert made["IsDefault"] and len(ec2.describe_subnets(Filters=by_vpc(made["VpcId"]))["Subnets"]) == 3


def test_a_vpc_is_made_tagged_changed_and_deleted(ec2, refused, unique):
    name = unique("net")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
    made = ec2.create_vpc(CidrBlock="10.1.2.3/16", TagSpecifications=tags)["Vpc"]
    identifier = made["VpcId"]
    assert made["CidrBlock"] == "10.1.0.0/16" and not made["IsDefault"]
    for wanted in (name, f"{name[:-3]}*", f"{name[:-1]}?"):
        (found,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [wanted]}])["Vpcs"]
        assert found["VpcId"] == identifier
    ec2.get_waiter("vpc_available").wait(VpcIds=[identifier])
    ec2.modify_vpc_attribute(VpcId=identifier, EnableDnsHostnames={"Value": True})
    found = ec2.describe_vpc_attribute(VpcId=identifier, Attribute="enableDnsHostnames")
    assert found["EnableDnsHostnames"] == {"Value": True}
    ec2.delete_vpc(VpcId=identifier)
    assert refused(ec2.describe_vpcs, VpcIds=[identifier]) == "InvalidVpcID.NotFound"
    assert ec2.describe_security_groups(Filters=by_vpc(identifier))["SecurityGroups"] == []


def test_blocks_are_checked(ec2, vpc, refused):
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/8") == "InvalidVpc.Range"
    assert refused(ec2.create_vpc, CidrBlock="somewhere") == "InvalidParameterValue"
    subnet = {"VpcId": vpc, "CidrBlock": "10.0.1.0/24"}
    ec2.create_subnet(**subnet)
    assert refused(ec2.create_subnet, **subnet) == "InvalidSubnet.Conflict"
    assert refused(ec2.create_subnet, **{**subnet, "CidrBlock": "10.0.0.0/23"}) == "InvalidSubnet.Conflict"
    assert refused(ec2.create_subnet, **{**subnet, "CidrBlock": "10.1.0.0/24"}) == "InvalidSubnet.Range"
    assert refused(ec2.create_subnet, **{**subnet, "CidrBlock": "10.0.9.0/29"}) == "InvalidSubnet.Range"
    assert refused(ec2.create_subnet, VpcId="vpc-0", CidrBlock="10.0.1.0/24") == "InvalidVpcID.NotFound"
    elsewhere = {"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1a"}
    assert refused(ec2.create_subnet, **elsewhere) == "InvalidParameterValue"


def test_a_vpc_takes_further_blocks(ec2, vpc, refused):
    made = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.8.0.0/16")["CidrBlockAssociation"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.1.0/24")["Subnet"]["SubnetId"]
    wanted = {"AssociationId": made["AssociationId"]}
    assert refused(ec2.disassociate_vpc_cidr_block, **wanted) == "DependencyViolation"
    ec2.delete_subnet(SubnetId=subnet)
    assert ec2.disassociate_vpc_cidr_block(**wanted)["CidrBlockAssociation"]["CidrBlock"] == "10.8.0.0/16"
    (found,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert [one["CidrBlock"] for one in found["CidrBlockAssociationSet"]] == ["10.0.0.0/16"]


def test_a_subnet_is_changed_and_holds_its_vpc(ec2, vpc, refused):
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1b")["Subnet"]
    assert made["AvailabilityZoneId"] == "use1-az2"
    ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    (found,) = ec2.describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"]
    assert found["MapPublicIpOnLaunch"] is True
    assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_subnet(SubnetId=made["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)
    assert refused(ec2.delete_subnet, SubnetId=made["SubnetId"]) == "InvalidSubnetID.NotFound"


def test_a_dry_run_changes_nothing(ec2, refused):
    before = len(ec2.describe_vpcs()["Vpcs"])
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True) == "DryRunOperation"
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/8", DryRun=True) == "InvalidVpc.Range"
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


def test_lists_are_paged_and_filters_of_unknown_names_are_refused(ec2, vpc, refused):
    for number in range(7):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")
    pages = list(ec2.get_paginator("describe_subnets").paginate(Filters=by_vpc(vpc), PaginationConfig={"PageSize": 5}))
    assert [len(page["Subnets"]) for page in pages] == [5, 2]
    assert refused(ec2.describe_vpcs, Filters=[{"Name": "colour", "Values": ["red"]}]) == "InvalidParameterValue"


def test_regions_and_their_zones_are_told(ec2, refused):
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [one["ZoneName"] for one in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert refused(ec2.describe_availability_zones, ZoneNames=["mars-1a"]) == "InvalidParameterValue"
    names = [one["RegionName"] for one in ec2.describe_regions()["Regions"]]
    assert {"us-east-1", "eu-central-1"} <= set(names)


def test_accounts_and_regions_do_not_see_each_others_networks(shared_server, vpc, refused):
    other = shared_server.client("ec2", region="us-west-2")
    assert refused(other.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"
    assert refused(other.create_subnet, VpcId=vpc, CidrBlock="10.0.0.0/24") == "InvalidVpcID.NotFound"


def test_what_is_not_kept_is_refused_by_name_and_what_there_is_none_of_is_listed_empty(ec2, refused):
    assert refused(ec2.run_instances, MinCount=1, MaxCount=1) == "NotImplemented"
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_vpn_gateways()["VpnGateways"] == []
    missing = refused(ec2.describe_network_interfaces, NetworkInterfaceIds=["eni-1"])
    assert missing == "InvalidNetworkInterfaceID.NotFound"


def test_tags_are_added_found_and_taken_away(ec2, vpc, unique, refused):
    value = unique("team")
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": value}, {"Key": "cost", "Value": "1"}])
    (found,) = ec2.describe_tags(Filters=[{"Name": "value", "Values": [value]}])["Tags"]
    assert found == {"Key": "team", "Value": value, "ResourceId": vpc, "ResourceType": "vpc"}
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": "another"}, {"Key": "cost"}])
    (seen,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert seen["Tags"] == [{"Key": "team", "Value": value}]
    ec2.delete_tags(Resources=[vpc])
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == []
    assert refused(ec2.create_tags, Resources=["i-1"], Tags=[{"Key": "a", "Value": "b"}]) == "InvalidID"
