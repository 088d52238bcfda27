"""AutoML jobs by boto3: what is refused before one is made, and what is told of one."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
BUCKET = "automl-contract"
ROWS = b"a,b,y\n1,red,yes\n2,blue,no\n"


@pytest.fixture(scope="module")
def data(s3: Any) -> str:
    """Where a small table lies."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="in/rows.csv", Body=ROWS)
    s3.put_object(Bucket=BUCKET, Key="packed/rows.csv.gz", Body=gzip.compress(ROWS))
    return f"s3://{BUCKET}/in/"


def channel(uri: str, **more: Any) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {"DataSource": source, "TargetAttributeName": "y", **more}


def request(uri: str, **more: Any) -> dict[str, Any]:
    return {
        "AutoMLJobName": "refused",
        "InputDataConfig": [channel(uri)],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "RoleArn": ROLE,
        **more,
    }


def refusal(sagemaker: Any, **asked: Any) -> str:
    """The text with which a job is refused."""
    with pytest.raises(ClientError) as caught:
        sagemaker.create_auto_ml_job(**asked)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return str(caught.value)


def config(mode: str, *algorithms: str) -> dict[str, Any]:
    generation = {"AlgorithmsConfig": [{"AutoMLAlgorithms": list(algorithms)}]}
    return {"AutoMLJobConfig": {"Mode": mode, "CandidateGenerationConfig": generation}}


def test_the_target_must_be_in_the_header(sagemaker: Any, data: str) -> None:
    wrong = [channel(data, TargetAttributeName="z")]
    assert "Target attribute name z does not exist in header." in refusal(
        sagemaker, **request(data, InputDataConfig=wrong)
    )
    packed = [channel(f"s3://{BUCKET}/packed/", TargetAttributeName="z")]
    assert "does not exist in header" in refusal(sagemaker, **request(data, InputDataConfig=packed))
    weighted = [channel(data, SampleWeightAttributeName="w")]
    assert "Sample weight attribute name w does not exist" in refusal(
        sagemaker, **request(data, InputDataConfig=weighted, AutoMLJobConfig={"Mode": "ENSEMBLING"})
    )


def test_data_must_be_there(sagemaker: Any, data: str) -> None:
    assert "No S3 objects found" in refusal(sagemaker, **request(f"s3://{BUCKET}/nothing/"))


def test_problem_and_objective_go_together(sagemaker: Any, data: str) -> None:
    assert "either both or none" in refusal(sagemaker, **request(data, ProblemType="Regression"))
    text = refusal(sagemaker, **request(data, ProblemType="Regression", AutoMLJobObjective={"MetricName": "F1"}))
    assert "F1 is no objective of Regression. Choose from MSE, MAE, R2, RMSE." in text


def test_algorithms_are_those_of_the_mode_and_of_ormer(sagemaker: Any, data: str) -> None:
    assert "not supported in the mode HYPERPARAMETER_TUNING" in refusal(
        sagemaker, **request(data, **config("HYPERPARAMETER_TUNING", "catboost"))
    )
    assert "ormer does not have catboost, fastai" in refusal(
        sagemaker, **request(data, **config("ENSEMBLING", "catboost", "fastai"))
    )
    assert "should not be set if the training mode is AUTO" in refusal(
        sagemaker, **request(data, **config("AUTO", "xgboost"))
    )


def test_weights_are_for_ensembles(sagemaker: Any, data: str) -> None:
    weighted = [channel(data, SampleWeightAttributeName="a")]
    assert "ENSEMBLING only" in refusal(sagemaker, **request(data, InputDataConfig=weighted))


def test_an_endpoint_is_named_or_its_name_is_made(sagemaker: Any, data: str) -> None:
    both = {"AutoGenerateEndpointName": True, "EndpointName": "mine"}
    assert "Do not specify EndpointName" in refusal(sagemaker, **request(data, ModelDeployConfig=both))
    none = {"AutoGenerateEndpointName": False}
    assert "Specify EndpointName" in refusal(sagemaker, **request(data, ModelDeployConfig=none))


def test_channels_are_one_of_each_type_and_alike(sagemaker: Any, data: str) -> None:
    twice = [channel(data), channel(data)]
    assert "given more than once" in refusal(sagemaker, **request(data, InputDataConfig=twice))
    alone = [channel(data, ChannelType="validation")]
    assert "needs a channel of the type training" in refusal(sagemaker, **request(data, InputDataConfig=alone))
    unlike = [channel(data), channel(data, ChannelType="validation", TargetAttributeName="b")]
    assert "must share the same TargetAttributeName" in refusal(sagemaker, **request(data, InputDataConfig=unlike))
    strange = [channel(data, ContentType="image/png")]
    assert "image/png is not supported" in refusal(sagemaker, **request(data, InputDataConfig=strange))


def test_only_tables_are_there_in_the_second_version(sagemaker: Any, data: str) -> None:
    given = {
        "AutoMLJobName": "refused",
        "AutoMLJobInputDataConfig": [{"DataSource": channel(data)["DataSource"]}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "RoleArn": ROLE,
    }
    texts = {"TextClassificationJobConfig": {"ContentColumn": "b", "TargetLabelColumn": "y"}}
    with pytest.raises(ClientError, match="tables only: TextClassificationJobConfig is not available"):
        sagemaker.create_auto_ml_job_v2(**given, AutoMLProblemTypeConfig=texts)


def test_a_job_that_is_not_there_is_said_to_be_missing(sagemaker: Any) -> None:
    for ask in (sagemaker.describe_auto_ml_job, sagemaker.describe_auto_ml_job_v2, sagemaker.stop_auto_ml_job):
        with pytest.raises(ClientError) as caught:
            ask(AutoMLJobName="nowhere")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_job_is_described_and_listed_and_stopped(sagemaker: Any, data: str) -> None:
    tags = [{"Key": "team", "Value": "blue"}]
    made = sagemaker.create_auto_ml_job(**request(data, AutoMLJobName="told", Tags=tags))
    described = sagemaker.describe_auto_ml_job(AutoMLJobName="told")
    assert described["AutoMLJobArn"] == made["AutoMLJobArn"]
    defaults = {"ContentType": "text/csv;header=present", "ChannelType": "training"}
    assert described["InputDataConfig"] == [{**channel(data), **defaults}], "the SDK's tests look for them"
    assert described["AutoMLJobStatus"] == "InProgress"
    assert sagemaker.list_tags(ResourceArn=made["AutoMLJobArn"])["Tags"] == tags
    with pytest.raises(ClientError) as caught:
        sagemaker.create_auto_ml_job(**request(data, AutoMLJobName="told"))
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    listed = sagemaker.list_auto_ml_jobs(NameContains="told")["AutoMLJobSummaries"]
    assert [one["AutoMLJobName"] for one in listed] == ["told"]
    assert sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="told")["Candidates"] == []
    sagemaker.stop_auto_ml_job(AutoMLJobName="told")
    assert sagemaker.describe_auto_ml_job(AutoMLJobName="told")["AutoMLJobStatus"] in ("Stopping", "Stopped")


def test_a_job_of_the_second_version_is_described_in_its_words(sagemaker: Any, data: str) -> None:
    tabular = {"TabularJobConfig": {"TargetAttributeName": "y", "Mode": "AUTO"}}
    source = [{"DataSource": channel(data)["DataSource"], "ChannelType": "training"}]
    sagemaker.create_auto_ml_job_v2(
        AutoMLJobName="second",
        AutoMLJobInputDataConfig=source,
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        RoleArn=ROLE,
        AutoMLProblemTypeConfig=tabular,
    )
    described = sagemaker.describe_auto_ml_job_v2(AutoMLJobName="second")
    assert described["AutoMLProblemTypeConfig"] == tabular
    assert described["AutoMLProblemTypeConfigName"] == "Tabular"
    assert described["AutoMLJobInputDataConfig"] == [{**source[0], "ContentType": "text/csv;header=present"}]
    sagemaker.stop_auto_ml_job(AutoMLJobName="second")


def test_algorithms_that_are_not_there_are_told_beside_those_that_are(sagemaker: Any, data: str) -> None:
    sagemaker.create_auto_ml_job(
        **request(data, AutoMLJobName="some", **config("ENSEMBLING", "catboost", "randomforest"))
    )
    told = sagemaker.describe_auto_ml_job(AutoMLJobName="some")
    assert "catboost" in told["PartialFailureReasons"][0]["PartialFailureMessage"]
    sagemaker.stop_auto_ml_job(AutoMLJobName="some")


def test_policies_name_jobs_by_their_arn(shared_server: Any, sagemaker: Any, data: str) -> None:
    iam = shared_server.client("iam")
    iam.create_user(UserName="automl-reader")
    allowed = {
        "Effect": "Allow",
        "Action": ["sagemaker:DescribeAutoMLJob", "sagemaker:DescribeAutoMLJobV2", "sagemaker:CreateAutoMLJob"],
        "Resource": "arn:aws:sagemaker:*:*:automl-job/mine-*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="automl-reader", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="automl-reader")["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    theirs = shared_server.client("sagemaker", **credentials)
    for name in ("mine-one", "yours"):
        sagemaker.create_auto_ml_job(**request(data, AutoMLJobName=name))
        sagemaker.stop_auto_ml_job(AutoMLJobName=name)
    assert theirs.describe_auto_ml_job(AutoMLJobName="mine-one")["AutoMLJobName"] == "mine-one"
    assert theirs.describe_auto_ml_job_v2(AutoMLJobName="mine-one")["AutoMLJobName"] == "mine-one"
    for ask in (theirs.describe_auto_ml_job, theirs.describe_auto_ml_job_v2):
        with pytest.raises(ClientError, match="not authorized to perform: sagemaker:DescribeAutoMLJob"):
            ask(AutoMLJobName="yours")
    with pytest.raises(ClientError, match="iam:PassRole"):
        theirs.create_auto_ml_job(**request(data, AutoMLJobName="mine-two"))
