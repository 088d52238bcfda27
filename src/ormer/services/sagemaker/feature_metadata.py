"""What people write down about features.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-use-with-studio-add-metadata.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError, validation
from ormer.services.sagemaker.feature_groups import FEATURE_GROUP
from ormer.stores import resources
from ormer.stores.features import metadata
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureMetadata.html
PARAMETERS_MAX = 25


def describe_feature_metadata(call: Call, request: JsonDict) -> JsonDict:
    """Answer what is written down about a feature. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureMetadata.html

    Errors: ResourceNotFound for a group or a feature that is not there.
    """
    return _feature(call, request).document


def update_feature_metadata(call: Call, request: JsonDict) -> None:
    """Describe a feature, add and remove its parameters. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureMetadata.html

    Errors: ResourceNotFound; ValidationException beyond 25 parameters.
    """
    with call.write() as tx:
        row = _feature(call, request)
        parameters = {one["Key"]: one["Value"] for one in row.document.get("Parameters", ())}
        for key in request.get("ParameterRemovals", ()):
            parameters.pop(key, None)
        parameters |= {one["Key"]: one["Value"] for one in request.get("ParameterAdditions", ())}
        if len(parameters) > PARAMETERS_MAX:
            raise validation(f"A feature may have {PARAMETERS_MAX} parameters at most; remove some first.")
        change: JsonDict = {"Parameters": [{"Key": key, "Value": value} for key, value in parameters.items()]}
        if "Description" in request:
            change["Description"] = request["Description"]
        resources.save(tx, row, change, now=call.now, actor=call.identity.arn)


def _feature(call: Call, request: JsonDict) -> Row:
    group = FEATURE_GROUP.get(call, request["FeatureGroupName"])
    with call.read() as tx:
        row = metadata.find(tx, group, request["FeatureName"])
    if row is None:
        text = f"Resource Not Found: FeatureGroup {group.name} has no feature {request['FeatureName']}"
        raise AwsError("ResourceNotFound", text)
    return row
