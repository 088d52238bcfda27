"""The kinds of EC2's resources that ormer keeps, with the filters their Describe operations take."""

from __future__ import annotations

from ormer.services.ec2.kinds import Kind

VPC = Kind(
    "Vpc",
    "vpc",
    "vpc",
    "VpcId",
    ("InvalidVpcID.NotFound", "The vpc ID '{id}' does not exist"),
    {
        "cidr": "CidrBlock",
        "cidr-block": "CidrBlock",
        "cidrBlock": "CidrBlock",
        "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock",
        "cidr-block-association.association-id": "CidrBlockAssociationSet.AssociationId",
        "cidr-block-association.state": "CidrBlockAssociationSet.CidrBlockState.State",
        "dhcp-options-id": "DhcpOptionsId",
        "is-default": "IsDefault",
        "isDefault": "IsDefault",
        "owner-id": "OwnerId",
        "state": "State",
        "vpc-id": "VpcId",
    },
)
SUBNET = Kind(
    "Subnet",
    "subnet",
    "subnet",
    "SubnetId",
    ("InvalidSubnetID.NotFound", "The subnet ID '{id}' does not exist"),
    {
        "availability-zone": "AvailabilityZone",
        "availabilityZone": "AvailabilityZone",
        "availability-zone-id": "AvailabilityZoneId",
        "availabilityZoneId": "AvailabilityZoneId",
        "available-ip-address-count": "AvailableIpAddressCount",
        "cidr": "CidrBlock",
        "cidr-block": "CidrBlock",
        "cidrBlock": "CidrBlock",
        "default-for-az": "DefaultForAz",
        "defaultForAz": "DefaultForAz",
        "map-public-ip-on-launch": "MapPublicIpOnLaunch",
        "owner-id": "OwnerId",
        "state": "State",
        "subnet-arn": "SubnetArn",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
)
SECURITY_GROUP = Kind(
    "SecurityGroup",
    "security-group",
    "sg",
    "GroupId",
    ("InvalidGroup.NotFound", "The security group '{id}' does not exist"),
    {
        "description": "Description",
        "group-id": "GroupId",
        "group-name": "GroupName",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
        **{
            f"{prefix}ip-permission.{name}": f"{member}.{path}"
            for prefix, member in (("", "IpPermissions"), ("egress.", "IpPermissionsEgress"))
            for name, path in {
                "cidr": "IpRanges.CidrIp",
                "from-port": "FromPort",
                "group-id": "UserIdGroupPairs.GroupId",
                "ipv6-cidr": "Ipv6Ranges.CidrIpv6",
                "prefix-list-id": "PrefixListIds.PrefixListId",
                "protocol": "IpProtocol",
                "to-port": "ToPort",
                "user-id": "UserIdGroupPairs.UserId",
            }.items()
        },
    },
)
SECURITY_GROUP_RULE = Kind(
    "SecurityGroupRule",
    "security-group-rule",
    "sgr",
    "SecurityGroupRuleId",
    ("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{id}' does not exist"),
    {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"},
)
ROUTE_TABLE = Kind(
    "RouteTable",
    "route-table",
    "rtb",
    "RouteTableId",
    ("InvalidRouteTableID.NotFound", "The routeTable ID '{id}' does not exist"),
    {
        "association.gateway-id": "Associations.GatewayId",
        "association.main": "Associations.Main",
        "association.route-table-association-id": "Associations.RouteTableAssociationId",
        "association.route-table-id": "Associations.RouteTableId",
        "association.subnet-id": "Associations.SubnetId",
        "owner-id": "OwnerId",
        "route-table-id": "RouteTableId",
        "route.destination-cidr-block": "Routes.DestinationCidrBlock",
        "route.destination-ipv6-cidr-block": "Routes.DestinationIpv6CidrBlock",
        "route.destination-prefix-list-id": "Routes.DestinationPrefixListId",
        "route.gateway-id": "Routes.GatewayId",
        "route.nat-gateway-id": "Routes.NatGatewayId",
        "route.origin": "Routes.Origin",
        "route.state": "Routes.State",
        "vpc-id": "VpcId",
    },
)
INTERNET_GATEWAY = Kind(
    "InternetGateway",
    "internet-gateway",
    "igw",
    "InternetGatewayId",
    ("InvalidInternetGatewayID.NotFound", "The internetGateway ID '{id}' does not exist"),
    {
        "attachment.state": "Attachments.State",
        "attachment.vpc-id": "Attachments.VpcId",
        "internet-gateway-id": "InternetGatewayId",
        "owner-id": "OwnerId",
    },
)
NAT_GATEWAY = Kind(
    "NatGateway",
    "natgateway",
    "nat",
    "NatGatewayId",
    ("NatGatewayNotFound", "NatGateway {id} was not found"),
    {"nat-gateway-id": "NatGatewayId", "state": "State", "subnet-id": "SubnetId", "vpc-id": "VpcId"},
)
ADDRESS = Kind(
    "Address",
    "elastic-ip",
    "eipalloc",
    "AllocationId",
    ("InvalidAllocationID.NotFound", "The allocation ID '{id}' does not exist"),
    {
        "allocation-id": "AllocationId",
        "association-id": "AssociationId",
        "domain": "Domain",
        "network-border-group": "NetworkBorderGroup",
        "public-ip": "PublicIp",
    },
)
VPC_ENDPOINT = Kind(
    "VpcEndpoint",
    "vpc-endpoint",
    "vpce",
    "VpcEndpointId",
    ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{id}' does not exist"),
    {
        "ip-address-type": "IpAddressType",
        "service-name": "ServiceName",
        "vpc-endpoint-id": "VpcEndpointId",
        "vpc-endpoint-state": "State",
        "vpc-endpoint-type": "VpcEndpointType",
        "vpc-id": "VpcId",
    },
)
NETWORK_ACL = Kind(
    "NetworkAcl",
    "network-acl",
    "acl",
    "NetworkAclId",
    ("InvalidNetworkAclID.NotFound", "The networkAcl ID '{id}' does not exist"),
    {
        "association.subnet-id": "Associations.SubnetId",
        "default": "IsDefault",
        "network-acl-id": "NetworkAclId",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
    },
)
FLOW_LOG = Kind(
    "FlowLog",
    "vpc-flow-log",
    "fl",
    "FlowLogId",
    ("InvalidFlowLogId.NotFound", "The flow log ID '{id}' does not exist"),
    {
        "deliver-log-status": "DeliverLogsStatus",
        "flow-log-id": "FlowLogId",
        "log-destination-type": "LogDestinationType",
        "log-group-name": "LogGroupName",
        "resource-id": "ResourceId",
        "traffic-type": "TrafficType",
    },
)
KINDS = (
    VPC,
    SUBNET,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    ROUTE_TABLE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ADDRESS,
    VPC_ENDPOINT,
    NETWORK_ACL,
    FLOW_LOG,
)


def kind_of(identifier: str) -> Kind | None:
    """The kind that an id is of, by what it begins with; None for ids of kinds that are not kept."""
    prefix = identifier.rpartition("-")[0]
    return next((kind for kind in KINDS if kind.prefix == prefix), None)
