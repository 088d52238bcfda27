"""Flow logs: kept as they were asked for. Nothing is written to them, since no traffic passes a VPC here."""

from __future__ import annotations

from typing import Any

from ormer.services.ec2.kinds import invalid, tags_for, writes
from ormer.services.ec2.nouns import FLOW_LOG, SUBNET, VPC
from ormer.stores.port import Call

JsonDict = dict[str, Any]
SUBJECTS = {"VPC": VPC, "Subnet": SUBNET}
KEPT = (
    "DeliverLogsPermissionArn",
    "DestinationOptions",
    "LogDestination",
    "LogFormat",
    "LogGroupName",
    "MaxAggregationInterval",
    "TrafficType",
)
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
DEFAULTS = {
    "LogDestinationType": "cloud-watch-logs",
    "LogFormat": (
        "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} "
        "${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
    ),
    "MaxAggregationInterval": 600,
    "TrafficType": "ALL",
}


@writes
def create_flow_logs(call: Call, request: JsonDict) -> JsonDict:
    """Keep that flows of VPCs or subnets are to be logged. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html

    Differs: no traffic passes, so nothing is written. Errors: InvalidParameterValue, InvalidVpcID.NotFound,
    InvalidSubnetID.NotFound.
    """
    kind = SUBJECTS.get(request["ResourceType"])
    if kind is None:
        raise invalid(f"ormer keeps flow logs of {' and '.join(SUBJECTS)}, not of {request['ResourceType']}.")
    made = []
    for identifier in request["ResourceIds"]:
        subject = kind.get(call, identifier)
        document = {
            **DEFAULTS,
            **{name: request[name] for name in (*KEPT, "LogDestinationType") if request.get(name)},
            "FlowLogStatus": "ACTIVE",
            "ResourceId": subject.name,
        }
        made.append(FLOW_LOG.make(call, document, tags=tags_for(request, FLOW_LOG), parent=subject.name).name)
    return {"FlowLogIds": made, "Unsuccessful": [], "ClientToken": request.get("ClientToken")}


def describe_flow_logs(call: Call, request: JsonDict) -> JsonDict:
    """List flow logs. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeFlowLogs.html

    Errors: InvalidFlowLogId.NotFound, InvalidParameterValue.
    """
    return FLOW_LOG.listed(call, request, "FlowLogs")


@writes
def delete_flow_logs(call: Call, request: JsonDict) -> JsonDict:
    """Delete flow logs. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteFlowLogs.html

    Errors: InvalidFlowLogId.NotFound.
    """
    for identifier in request["FlowLogIds"]:
        FLOW_LOG.remove(call, FLOW_LOG.get(call, identifier))
    return {"Unsuccessful": []}
