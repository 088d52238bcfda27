"""What deploy scripts ask: the model behind a package."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


def test_a_model_of_a_package_names_the_package_in_its_containers(sagemaker, unique):
    group, name = unique("group"), unique("model")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    package = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    made = sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        Containers=[{"ModelPackageName": package}],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    found = sagemaker.describe_model(ModelName=name)
    assert found["Containers"][0]["ModelPackageName"] == package
    assert sagemaker.list_tags(ResourceArn=made["ModelArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    assert [one["ModelName"] for one in sagemaker.list_models(NameContains=name)["Models"]] == [name]
    with pytest.raises(ClientError, match="Cannot create already existing model") as error:
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=[{"ModelPackageName": package}])
    assert error.value.response["Error"]["Code"] == "ValidationException"
    sagemaker.delete_model(ModelName=name)
    with pytest.raises(ClientError, match="Could not find model") as error:
        sagemaker.describe_model(ModelName=name)
    assert error.value.response["Error"]["Code"] == "ValidationException"
