"""A stack that makes a portfolio with a product, as the provider's collection of project templates does, and people."""

from __future__ import annotations

import json
from typing import Any

PRODUCT = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "servicecatalog.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def catalog(url: str, versions: tuple[str, ...]) -> dict[str, Any]:
    parameters = [{"Name": one, "Info": {"LoadTemplateFromURL": url}} for one in versions]
    return {
        "Portfolio": {
            "Type": "AWS::ServiceCatalog::Portfolio",
            "Properties": {"DisplayName": "MLOps", "ProviderName": "Platform", "Description": " and ".join(versions)},
        },
        "Product": {
            "Type": "AWS::ServiceCatalog::CloudFormationProduct",
            "Properties": {"Name": "Bucket", "Owner": "Platform", "ProvisioningArtifactParameters": parameters},
        },
        "Association": {
            "Type": "AWS::ServiceCatalog::PortfolioProductAssociation",
            "Properties": {"PortfolioId": {"Ref": "Portfolio"}, "ProductId": {"Ref": "Product"}},
        },
        "Principal": {
            "Type": "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
            "Properties": {
                "PortfolioId": {"Ref": "Portfolio"},
                "PrincipalARN": {"Fn::GetAtt": ["Role", "Arn"]},
                "PrincipalType": "IAM",
            },
        },
        "Constraint": {
            "Type": "AWS::ServiceCatalog::LaunchRoleConstraint",
            "DependsOn": "Association",
            "Properties": {
                "PortfolioId": {"Ref": "Portfolio"},
                "ProductId": {"Ref": "Product"},
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    }


def test_a_stack_makes_a_portfolio_with_a_product_changes_its_versions_and_deletes_it(
    shared_server, cloudformation, s3, ended, physical, unique
):
    servicecatalog = shared_server.client("servicecatalog")
    name, bucket = unique("catalog"), unique("products")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="product.yaml", Body=PRODUCT.encode())
    url = f"https://{bucket}.s3.amazonaws.com/product.yaml"
    request = {"StackName": name, "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.create_stack(TemplateBody=json.dumps({"Resources": catalog(url, ("v1",))}), **request)
    assert ended(name)["StackStatus"] == "CREATE_COMPLETE", ended(name)
    made = physical(name)
    inside = servicecatalog.search_products_as_admin(PortfolioId=made["Portfolio"])["ProductViewDetails"]
    assert [one["ProductViewSummary"]["ProductId"] for one in inside] == [made["Product"]]
    constraint = servicecatalog.describe_constraint(Id=made["Constraint"])
    assert json.loads(constraint["ConstraintParameters"])["RoleArn"].endswith(made["Role"])
    (principal,) = servicecatalog.list_principals_for_portfolio(PortfolioId=made["Portfolio"])["Principals"]
    assert principal["PrincipalARN"].endswith(made["Role"])

    cloudformation.update_stack(TemplateBody=json.dumps({"Resources": catalog(url, ("v1", "v2"))}), **request)
    assert ended(name)["StackStatus"] == "UPDATE_COMPLETE", ended(name)
    versions = servicecatalog.describe_product_as_admin(Id=made["Product"])["ProvisioningArtifactSummaries"]
    assert [one["Name"] for one in versions] == ["v1", "v2"]
    cloudformation.update_stack(TemplateBody=json.dumps({"Resources": catalog(url, ("v2",))}), **request)
    assert ended(name)["StackStatus"] == "UPDATE_COMPLETE", ended(name)
    versions = servicecatalog.describe_product_as_admin(Id=made["Product"])["ProvisioningArtifactSummaries"]
    assert [one["Name"] for one in versions] == ["v2"]

    cloudformation.delete_stack(StackName=name)
    stack = ended(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"])
    assert stack["StackStatus"] == "DELETE_COMPLETE", stack
    portfolios = [one["Id"] for one in servicecatalog.list_portfolios()["PortfolioDetails"]]
    assert made["Portfolio"] not in portfolios


def test_a_stack_makes_a_user_with_a_key_that_works_until_it_is_switched_off(
    shared_server, cloudformation, ended, physical, unique
):
    name = unique("people")

    def template(status: str) -> str:
        statement = {"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}
        policy = {"PolicyName": "look", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
        key = {"UserName": {"Ref": "User"}, "Status": status}
        return json.dumps(
            {
                "Resources": {
                    "User": {"Type": "AWS::IAM::User", "Properties": {"Policies": [policy]}},
                    "Key": {"Type": "AWS::IAM::AccessKey", "Properties": key},
                },
                "Outputs": {"Secret": {"Value": {"Fn::GetAtt": ["Key", "SecretAccessKey"]}}},
            }
        )

    request = {"StackName": name, "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.create_stack(TemplateBody=template("Active"), **request)
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    key = physical(name)["Key"]
    (output,) = stack["Outputs"]
    theirs = shared_server.client("sagemaker", aws_access_key_id=key, aws_secret_access_key=output["OutputValue"])
    assert "Models" in theirs.list_models()
    cloudformation.update_stack(TemplateBody=template("Inactive"), **request)
    assert ended(name)["StackStatus"] == "UPDATE_COMPLETE"
    user = physical(name)["User"]
    (shown,) = shared_server.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert shown["Status"] == "Inactive"
    cloudformation.delete_stack(StackName=name)
    assert ended(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
