"""Labels: names of versions that move.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
"""

from __future__ import annotations

import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ssm import naming
from ormer.services.ssm.parameters import tell
from ormer.stores import parameter_versions
from ormer.stores.parameter_versions import Version
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
LABELS_MAX = 10
LABEL = re.compile(r"(?!\d|aws|ssm)[a-zA-Z0-9_.\-]{1,100}", re.IGNORECASE)


def label_parameter_version(call: Call, request: JsonDict) -> JsonDict:
    """Give a version labels; they leave the version that had them. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html

    Errors: ParameterNotFound, ParameterVersionNotFound, ParameterVersionLabelLimitExceeded.
    """
    valid = [one for one in dict.fromkeys(request["Labels"]) if LABEL.fullmatch(one)]
    with call.write() as tx:
        row = naming.get(call, request["Name"])
        version = _version(call, row, request.get("ParameterVersion"))
        for other in parameter_versions.of(tx, row.arn):
            if other.number != version.number and not set(valid).isdisjoint(other.labels):
                parameter_versions.label(tx, other, [one for one in other.labels if one not in valid])
        labels = list(dict.fromkeys([*version.labels, *valid]))
        if len(labels) > LABELS_MAX:
            raise AwsError(
                "ParameterVersionLabelLimitExceeded", f"A parameter version can have a maximum of {LABELS_MAX} labels."
            )
        parameter_versions.label(tx, version, labels)
        if valid:
            tell(tx, call, row, "LabelParameterVersion", version, label=", ".join(valid))
    return {"InvalidLabels": [one for one in request["Labels"] if one not in valid], "ParameterVersion": version.number}


def unlabel_parameter_version(call: Call, request: JsonDict) -> JsonDict:
    """Take labels of a version away. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html

    Errors: ParameterNotFound, ParameterVersionNotFound.
    """
    with call.write() as tx:
        version = _version(call, naming.get(call, request["Name"]), request["ParameterVersion"])
        removed = [one for one in request["Labels"] if one in version.labels]
        parameter_versions.label(tx, version, [one for one in version.labels if one not in removed])
    return {"RemovedLabels": removed, "InvalidLabels": [one for one in request["Labels"] if one not in removed]}


def _version(call: Call, row: Row, number: int | None) -> Version:
    found = naming.selected(call, row, f":{number}" if number is not None else "")
    if found is None:
        text = f"Systems Manager could not find version {number} of {row.name}. Verify the version and try again."
        raise AwsError("ParameterVersionNotFound", text)
    return found
