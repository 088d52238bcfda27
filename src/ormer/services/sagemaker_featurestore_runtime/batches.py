"""Many records at once.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Feature_Store_Runtime.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.sagemaker_featurestore_runtime import records as single
from ormer.stores.features import records
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def batch_get_record(call: Call, request: JsonDict) -> JsonDict:
    """Answer records of several groups. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchGetRecord.html

    What is not there is left out; what cannot be asked stands in Errors.
    """
    found: list[JsonDict] = []
    errors: list[JsonDict] = []
    for wanted in request["Identifiers"]:
        name = wanted["FeatureGroupName"]
        try:
            group = single.online_group(call, name)
            features = single.checked_names(group, wanted.get("FeatureNames"))
        except AwsError as error:
            errors += [
                {"FeatureGroupName": name, "RecordIdentifierValueAsString": one, **_words(error)}
                for one in wanted["RecordIdentifiersValueAsString"]
            ]
            continue
        with call.read() as tx:
            for identifier in wanted["RecordIdentifiersValueAsString"]:
                record = records.find(tx, group, identifier, call.now)
                if record is not None:
                    told = single.shown(record, features, request.get("ExpirationTimeResponse"))
                    found.append({"FeatureGroupName": name, "RecordIdentifierValueAsString": identifier, **told})
    return {"Records": found, "Errors": errors, "UnprocessedIdentifiers": []}


def batch_write_record(call: Call, request: JsonDict) -> JsonDict:
    """Ingest records of several groups, each by itself. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchWriteRecord.html

    What could not be written stands in Errors.
    """
    errors: list[JsonDict] = []
    default = {"TtlDuration": request["TtlDuration"]} if "TtlDuration" in request else {}
    with call.write() as tx:
        for entry in request["Entries"]:
            try:
                group = single.group_of(call, entry["FeatureGroupName"])
                single.checked(call, group, {**default, **entry})(tx)
            except AwsError as error:
                errors.append({"Entry": entry, **_words(error)})
    return {"Errors": errors, "UnprocessedEntries": []}


def _words(error: AwsError) -> JsonDict:
    return {"ErrorCode": error.code, "ErrorMessage": error.message}
