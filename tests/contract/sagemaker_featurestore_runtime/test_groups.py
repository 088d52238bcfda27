"""Feature groups: made, described, listed, found, changed, deleted."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.sagemaker_featurestore_runtime.conftest import Shop


def test_a_group_is_created_with_what_aws_fills_in(shop: Shop) -> None:
    request = shop.request(Description="of a shop", Tags=[{"Key": "team", "Value": "a"}])
    arn = shop.sagemaker.create_feature_group(**request)["FeatureGroupArn"]
    name = request["FeatureGroupName"]
    assert arn.endswith(f":feature-group/{name}")
    shop.until(lambda: shop.describe(name)["FeatureGroupStatus"] == "Created")
    found = shop.describe(arn)
    account, region = shop.live.config.account, shop.live.config.region
    offline = found["OfflineStoreConfig"]
    epoch = int(found["CreationTime"].timestamp())
    place = f"s3://{shop.bucket}/store/{account}/sagemaker/{region}/offline-store/{name}-{epoch}/data"
    assert offline["S3StorageConfig"]["ResolvedOutputS3Uri"] == place
    assert offline["DataCatalogConfig"] == {
        "TableName": f"{name.replace('-', '_')}_{epoch}",
        "Catalog": "AwsDataCatalog",
        "Database": "sagemaker_featurestore",
    }
    assert (offline["TableFormat"], found["OfflineStoreStatus"]) == ("Glue", {"Status": "Active"})
    assert found["OnlineStoreConfig"] == {"StorageType": "Standard", "EnableOnlineStore": True}
    assert found["ThroughputConfig"] == {"ThroughputMode": "OnDemand"} and found["Description"] == "of a shop"
    assert shop.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    table = shop.live.client("glue").get_table(
        DatabaseName="sagemaker_featurestore", Name=offline["DataCatalogConfig"]["TableName"]
    )["Table"]
    assert table["StorageDescriptor"]["Location"] == place
    assert [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"]] == [
        *(("id", "bigint"), ("amount", "double"), ("city", "string"), ("at", "string")),
        *(("write_time", "timestamp"), ("api_invocation_time", "timestamp"), ("is_deleted", "boolean")),
    ]


def test_a_group_whose_bucket_is_not_there_has_failed(shop: Shop) -> None:
    storage = {"S3StorageConfig": {"S3Uri": "s3://no-such-bucket-of-features/x"}}
    request = shop.request(OfflineStoreConfig=storage)
    shop.sagemaker.create_feature_group(**request)
    shop.until(lambda: shop.describe(request["FeatureGroupName"])["FeatureGroupStatus"] == "CreateFailed")
    assert "no-such-bucket-of-features" in shop.describe(request["FeatureGroupName"])["FailureReason"]
    shop.sagemaker.delete_feature_group(FeatureGroupName=request["FeatureGroupName"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"RecordIdentifierFeatureName": "nothing"}, "is not among the FeatureDefinitions"),
        ({"EventTimeFeatureName": "id"}, "must be String or Fractional"),
        ({"OnlineStoreConfig": None, "OfflineStoreConfig": None}, "give an OnlineStoreConfig"),
        ({"RoleArn": None}, "RoleArn is required"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "Could not assume role"),
        ({"FeatureDefinitions": [{"FeatureName": "is_deleted", "FeatureType": "String"}]}, "is reserved"),
    ],
)
def test_a_group_that_cannot_be_is_refused(shop: Shop, change: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text) as refused:
        shop.sagemaker.create_feature_group(**shop.request(**change))
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_iceberg_is_refused_with_what_to_do(shop: Shop) -> None:
    offline = {"S3StorageConfig": {"S3Uri": f"s3://{shop.bucket}/x"}, "TableFormat": "Iceberg"}
    with pytest.raises(ClientError, match="Use Glue, the default"):
        shop.sagemaker.create_feature_group(**shop.request(OfflineStoreConfig=offline))


def test_a_taken_name_is_in_use(shop: Shop) -> None:
    name = shop.group(OfflineStoreConfig=None)
    with pytest.raises(ClientError) as refused:
        shop.group(FeatureGroupName=name)
    assert refused.value.response["Error"]["Code"] == "ResourceInUse"


def test_groups_are_listed_by_name_status_and_time(shop: Shop) -> None:
    word = uuid.uuid4().hex[:8]
    names = [shop.group(FeatureGroupName=f"{word}-{letter}", OfflineStoreConfig=None) for letter in "ab"]
    offline = shop.group(FeatureGroupName=f"{word}-c")
    ask = {"NameContains": word, "SortBy": "Name", "SortOrder": "Ascending"}
    first = shop.sagemaker.list_feature_groups(**ask, MaxResults=2)
    assert [one["FeatureGroupName"] for one in first["FeatureGroupSummaries"]] == names
    rest = shop.sagemaker.list_feature_groups(**ask, NextToken=first["NextToken"])["FeatureGroupSummaries"]
    assert [(one["FeatureGroupName"], one["OfflineStoreStatus"]["Status"]) for one in rest] == [(offline, "Active")]
    active = shop.sagemaker.list_feature_groups(**ask, OfflineStoreStatusEquals="Active")["FeatureGroupSummaries"]
    assert [one["FeatureGroupName"] for one in active] == [offline]
    failed = shop.sagemaker.list_feature_groups(**ask, FeatureGroupStatusEquals="CreateFailed")
    assert failed["FeatureGroupSummaries"] == []


def test_update_feature_group_adds_features_that_hold_at_once(shop: Shop) -> None:
    group = shop.group()
    shop.put(group, 1)
    shop.sagemaker.update_feature_group(
        FeatureGroupName=group,
        FeatureAdditions=[{"FeatureName": "Colour", "FeatureType": "String"}],
        OnlineStoreConfig={"TtlDuration": {"Unit": "Weeks", "Value": 2000}},
        ThroughputConfig={
            "ThroughputMode": "Provisioned",
            "ProvisionedReadCapacityUnits": 5,
            "ProvisionedWriteCapacityUnits": 6,
        },
    )
    found = shop.describe(group)
    assert found["LastUpdateStatus"] == {"Status": "Successful"}
    assert found["FeatureDefinitions"][-1] == {"FeatureName": "Colour", "FeatureType": "String"}
    assert found["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Weeks", "Value": 2000}
    assert found["ThroughputConfig"]["ProvisionedWriteCapacityUnits"] == 6
    shop.put(group, 2, Colour="red")
    assert [row.get("Colour") for row in shop.offline(group, 2)] == [None, "red"]
    table = found["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    columns = shop.live.client("glue").get_table(DatabaseName="sagemaker_featurestore", Name=table)["Table"]
    assert "colour" in [one["Name"] for one in columns["StorageDescriptor"]["Columns"]]
    again = [{"FeatureName": "colour", "FeatureType": "String"}]
    with pytest.raises(ClientError, match="given more than once"):
        shop.sagemaker.update_feature_group(FeatureGroupName=group, FeatureAdditions=again)


def test_a_deleted_group_leaves_its_offline_store_and_takes_its_records_along(shop: Shop) -> None:
    group = shop.group()
    shop.put(group, 1)
    place = shop.describe(group)["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    shop.sagemaker.delete_feature_group(FeatureGroupName=group)
    shop.until(lambda: gone(shop, group))
    prefix = place.removeprefix(f"s3://{shop.bucket}/")
    assert shop.s3.list_objects_v2(Bucket=shop.bucket, Prefix=prefix)["KeyCount"] == 1
    shop.group(FeatureGroupName=group, OfflineStoreConfig=None)
    assert shop.get(group, 1) is None


def gone(shop: Shop, group: str) -> bool:
    try:
        shop.describe(group)
    except ClientError as error:
        return error.response["Error"]["Code"] == "ResourceNotFound"
    return False


def test_the_size_of_an_in_memory_online_store_is_told(shop: Shop) -> None:
    online = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    group = shop.group(OfflineStoreConfig=None, OnlineStoreConfig=online)
    before = shop.describe(group)["OnlineStoreTotalSizeBytes"]
    shop.put(group, 1, city="Ulm")
    assert before == 0 < shop.describe(group)["OnlineStoreTotalSizeBytes"]


def test_features_are_described_and_found(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    named = {"FeatureGroupName": group, "FeatureName": "city"}
    mark = uuid.uuid4().hex
    shop.sagemaker.update_feature_metadata(
        **named,
        Description="where they live",
        ParameterAdditions=[{"Key": "team", "Value": mark}, {"Key": "b", "Value": "2"}],
    )
    shop.sagemaker.update_feature_metadata(**named, ParameterRemovals=["b"])
    found = shop.sagemaker.describe_feature_metadata(**named)
    assert found["Description"] == "where they live" and found["FeatureType"] == "String"
    assert found["Parameters"] == [{"Key": "team", "Value": mark}]
    filters = [{"Name": "FeatureName", "Operator": "Equals", "Value": "city"}]
    filters.append({"Name": "FeatureGroupName", "Operator": "Equals", "Value": group})
    results = shop.sagemaker.search(Resource="FeatureMetadata", SearchExpression={"Filters": filters})["Results"]
    assert [one["FeatureMetadata"]["Description"] for one in results] == ["where they live"]
    with pytest.raises(ClientError) as refused:
        shop.sagemaker.describe_feature_metadata(FeatureGroupName=group, FeatureName="colour")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_groups_are_found_by_search(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None, Tags=[{"Key": "team", "Value": "a"}])
    filters = [{"Name": "FeatureGroupName", "Operator": "Contains", "Value": group[:12]}]
    results = shop.sagemaker.search(Resource="FeatureGroup", SearchExpression={"Filters": filters})["Results"]
    assert [one["FeatureGroup"]["FeatureGroupName"] for one in results] == [group]


def test_a_change_of_a_group_is_an_event(shop: Shop) -> None:
    events, logs, word = shop.live.client("events"), shop.live.client("logs"), uuid.uuid4().hex[:8]
    logs.create_log_group(logGroupName=f"/aws/events/{word}")
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Feature Group State Change"]}
    events.put_rule(Name=word, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:logs:{shop.live.config.region}:{shop.live.config.account}:log-group:/aws/events/{word}"
    events.put_targets(Rule=word, Targets=[{"Id": "1", "Arn": arn}])
    group = shop.group(OfflineStoreConfig=None)

    def told() -> set[str]:
        found = logs.filter_log_events(logGroupName=f"/aws/events/{word}")["events"]
        details = [json.loads(one["message"])["detail"] for one in found]
        return {one["FeatureGroupStatus"] for one in details if one["FeatureGroupName"] == group}

    shop.until(lambda: told() == {"Creating", "Created"})


def test_an_offline_store_whose_role_may_no_longer_write_is_blocked_and_loses_nothing(shop: Shop) -> None:
    iam, name = shop.live.client("iam"), f"store-{uuid.uuid4().hex[:8]}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    access = "arn:aws:iam::aws:policy/AmazonSageMakerFeatureStoreAccess"
    iam.attach_role_policy(RoleName=name, PolicyArn=access)
    group = shop.group(RoleArn=role)
    iam.detach_role_policy(RoleName=name, PolicyArn=access)
    shop.put(group, 1)
    shop.until(lambda: shop.describe(group)["OfflineStoreStatus"]["Status"] == "Blocked")
    assert "s3:PutObject" in shop.describe(group)["OfflineStoreStatus"]["BlockedReason"]
    iam.attach_role_policy(RoleName=name, PolicyArn=access)
    shop.put(group, 2)
    shop.offline(group, 2)
    shop.until(lambda: shop.describe(group)["OfflineStoreStatus"] == {"Status": "Active"})


def test_records_are_put_and_read_only_by_who_may(shop: Shop) -> None:
    group, other = shop.group(OfflineStoreConfig=None), shop.group(OfflineStoreConfig=None)
    runtime = reader(shop, shop.describe(group)["FeatureGroupArn"])
    runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="1")
    ask = [{"FeatureGroupName": name, "RecordIdentifiersValueAsString": ["1"]} for name in (group, other)]
    runtime.batch_get_record(Identifiers=ask[:1])
    for refused in (
        lambda: runtime.get_record(FeatureGroupName=other, RecordIdentifierValueAsString="1"),
        lambda: runtime.batch_get_record(Identifiers=ask),
        lambda: runtime.put_record(FeatureGroupName=group, Record=[{"FeatureName": "id", "ValueAsString": "1"}]),
    ):
        with pytest.raises(ClientError, match="is not authorized to perform: sagemaker:"):
            refused()


def reader(shop: Shop, arn: str) -> Any:
    """A client of the records as a role that may read those of one group."""
    iam, name = shop.live.client("iam"), f"reader-{uuid.uuid4().hex[:8]}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": ["sagemaker:GetRecord", "sagemaker:BatchGetRecord"], "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    keys = shop.live.client("sts").assume_role(RoleArn=role, RoleSessionName="ada")["Credentials"]
    return shop.live.client(
        "sagemaker-featurestore-runtime",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
