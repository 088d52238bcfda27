"""An account's own portfolios and products: who sees them, as whom they are launched, and what is made of them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Description: {what}
Parameters:
  SageMakerProjectName: {{Type: String}}
  SageMakerProjectId: {{Type: String}}
  Shade: {{Type: String, Default: {what}}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {{TopicName: !Sub "${{SageMakerProjectId}}-${{Shade}}"}}
Outputs:
  Name: {{Description: The topic, Value: !Ref Topic}}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def template(shared_server, unique):
    """Puts a template into S3; returns its presigned URL."""

    def put(what: str) -> str:
        s3, bucket = shared_server.client("s3"), unique("templates")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="t.yaml", Body=TEMPLATE.format(what=what).encode())
        return s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "t.yaml"})

    return put


@pytest.fixture
def product(servicecatalog, template, unique):
    """A product with one version, in no portfolio yet."""
    made = servicecatalog.create_product(
        Name=unique("product"),
        Owner="Platform",
        Description="A topic of a shade",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters={"Name": "v1", "Info": {"LoadTemplateFromURL": template("blue")}},
        IdempotencyToken=uuid.uuid4().hex,
        Tags=[{"Key": "sagemaker:studio-visibility", "Value": "true"}],
    )
    return made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]


@pytest.fixture
def portfolio(servicecatalog, unique):
    made = servicecatalog.create_portfolio(
        DisplayName=unique("portfolio"), ProviderName="Platform", IdempotencyToken=uuid.uuid4().hex
    )
    return made["PortfolioDetail"]["Id"]


def role(server: Any, name: str, *actions: str) -> tuple[str, Any]:
    """A role that may do these; its ARN, and a function that makes clients that act as it."""
    iam = server.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)

    def client(service: str) -> Any:
        held = server.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
        return server.client(
            service,
            aws_access_key_id=held["AccessKeyId"],
            aws_secret_access_key=held["SecretAccessKey"],
            aws_session_token=held["SessionToken"],
        )

    return arn, client


def refused(operation: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as error:
        operation(**request)
    return str(error.value.response["Error"]["Code"])


def test_a_portfolio_is_described_changed_listed_and_deleted(servicecatalog, portfolio):
    changed = servicecatalog.update_portfolio(
        Id=portfolio, Description="Ours", AddTags=[{"Key": "team", "Value": "a"}, {"Key": "x", "Value": "y"}]
    )
    assert changed["PortfolioDetail"]["Description"] == "Ours"
    servicecatalog.update_portfolio(Id=portfolio, RemoveTags=["x"])
    described = servicecatalog.describe_portfolio(Id=portfolio)
    assert described["Tags"] == [{"Key": "team", "Value": "a"}]
    assert described["PortfolioDetail"]["ARN"].endswith(f":portfolio/{portfolio}")
    listed = servicecatalog.get_paginator("list_portfolios").paginate().build_full_result()["PortfolioDetails"]
    assert portfolio in [one["Id"] for one in listed]
    servicecatalog.delete_portfolio(Id=portfolio)
    assert refused(servicecatalog.describe_portfolio, Id=portfolio) == "ResourceNotFoundException"


def test_a_product_is_made_of_a_template_changed_and_deleted_with_it(shared_server, servicecatalog, product):
    described = servicecatalog.describe_product_as_admin(Id=product)
    assert described["ProductViewDetail"]["ProductViewSummary"]["Owner"] == "Platform"
    assert described["Tags"] == [{"Key": "sagemaker:studio-visibility", "Value": "true"}]
    changed = servicecatalog.update_product(Id=product, Distributor="Us", SupportEmail="us@example.com")
    assert changed["ProductViewDetail"]["ProductViewSummary"]["SupportEmail"] == "us@example.com"
    servicecatalog.delete_product(Id=product)
    assert refused(servicecatalog.describe_product_as_admin, Id=product) == "ResourceNotFoundException"


def test_a_product_of_what_is_no_template_is_refused(shared_server, servicecatalog, unique):
    s3, bucket = shared_server.client("s3"), unique("bad")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="t.yaml", Body=b"Resources: {A: {Type: Nonsense}}")
    for url in (f"https://s3.amazonaws.com/{bucket}/t.yaml", f"https://s3.amazonaws.com/{bucket}/none", "nowhere"):
        given = {"Name": unique("p"), "Owner": "us", "ProductType": "CLOUD_FORMATION_TEMPLATE", "IdempotencyToken": "t"}
        parameters = {"Info": {"LoadTemplateFromURL": url}}
        code = refused(servicecatalog.create_product, ProvisioningArtifactParameters=parameters, **given)
        assert code == "InvalidParametersException", url


def test_versions_are_added_switched_off_and_deleted(servicecatalog, product, portfolio, template):
    servicecatalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    parameters = {"Name": "v2", "Info": {"LoadTemplateFromURL": template("red")}, "Type": "CLOUD_FORMATION_TEMPLATE"}
    made = servicecatalog.create_provisioning_artifact(ProductId=product, Parameters=parameters, IdempotencyToken="t")
    second = made["ProvisioningArtifactDetail"]["Id"]

    def names() -> list[str]:
        listed = servicecatalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
        return [one["Name"] for one in listed]

    assert names() == ["v1", "v2"]
    asked = servicecatalog.describe_provisioning_parameters(ProductId=product, ProvisioningArtifactId=second)
    shade = next(one for one in asked["ProvisioningArtifactParameters"] if one["ParameterKey"] == "Shade")
    assert shade["DefaultValue"] == "red"
    servicecatalog.update_provisioning_artifact(ProductId=product, ProvisioningArtifactId=second, Active=False)
    assert names() == ["v1"]
    servicecatalog.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=second)
    first = servicecatalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"][0]["Id"]
    code = refused(servicecatalog.delete_provisioning_artifact, ProductId=product, ProvisioningArtifactId=first)
    assert code == "ResourceInUseException"


def test_only_those_a_portfolio_is_open_to_see_its_products(shared_server, servicecatalog, product, portfolio, unique):
    arn, client = role(shared_server, unique("seer"), "servicecatalog:*")
    theirs = client("servicecatalog")

    def seen() -> bool:
        found = theirs.search_products(PageSize=20)["ProductViewSummaries"]
        return product in [one["ProductId"] for one in found]

    servicecatalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    assert not seen()
    assert refused(theirs.describe_product, Id=product) == "ResourceNotFoundException"
    principal = {"PortfolioId": portfolio, "PrincipalARN": arn, "PrincipalType": "IAM"}
    servicecatalog.associate_principal_with_portfolio(**principal)
    assert seen()
    listed = servicecatalog.list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]
    assert listed == [{"PrincipalARN": arn, "PrincipalType": "IAM"}]
    servicecatalog.disassociate_principal_from_portfolio(**principal)
    assert not seen()
    pattern = f"arn:aws:iam:::role/{arn.rsplit('/', 1)[-1][:-4]}*"
    servicecatalog.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=pattern, PrincipalType="IAM_PATTERN"
    )
    assert seen()


def test_a_product_is_put_into_portfolios_and_taken_out_of_them(servicecatalog, product, portfolio):
    pair = {"ProductId": product, "PortfolioId": portfolio}
    servicecatalog.associate_product_with_portfolio(**pair)
    holding = servicecatalog.list_portfolios_for_product(ProductId=product)["PortfolioDetails"]
    assert [one["Id"] for one in holding] == [portfolio]
    inside = servicecatalog.search_products_as_admin(PortfolioId=portfolio)["ProductViewDetails"]
    assert [one["ProductViewSummary"]["ProductId"] for one in inside] == [product]
    assert refused(servicecatalog.delete_product, Id=product) == "ResourceInUseException"
    assert refused(servicecatalog.delete_portfolio, Id=portfolio) == "ResourceInUseException"
    servicecatalog.disassociate_product_from_portfolio(**pair)
    assert servicecatalog.list_portfolios_for_product(ProductId=product)["PortfolioDetails"] == []


def test_a_launch_constraint_is_described_listed_and_deleted(servicecatalog, product, portfolio):
    servicecatalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    given = {"PortfolioId": portfolio, "ProductId": product, "Type": "LAUNCH", "IdempotencyToken": "t"}
    assert refused(servicecatalog.create_constraint, Parameters="{}", **given) == "InvalidParametersException"
    parameters = json.dumps({"LocalRoleName": "launcher"})
    made = servicecatalog.create_constraint(Parameters=parameters, **given)["ConstraintDetail"]["ConstraintId"]
    assert json.loads(servicecatalog.describe_constraint(Id=made)["ConstraintParameters"]) == json.loads(parameters)
    listed = servicecatalog.list_constraints_for_portfolio(PortfolioId=portfolio, ProductId=product)
    assert [one["ConstraintId"] for one in listed["ConstraintDetails"]] == [made]
    assert refused(servicecatalog.create_constraint, Parameters=parameters, **given) == "DuplicateResourceException"
    servicecatalog.delete_constraint(Id=made)
    assert servicecatalog.list_constraints_for_portfolio(PortfolioId=portfolio)["ConstraintDetails"] == []


def test_a_project_is_made_of_an_own_product_by_the_role_of_its_launch_constraint(
    shared_server, servicecatalog, sagemaker, product, portfolio, settled, unique
):
    """The caller may make projects and nothing else; the launch role may make topics and read its template."""
    launcher, _ = role(shared_server, unique("launcher"), "sns:*", "cloudformation:*")
    tagged = {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}}
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": tagged}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    shared_server.client("iam").put_role_policy(
        RoleName=launcher.rsplit("/", 1)[-1], PolicyName="template", PolicyDocument=policy
    )
    arn, client = role(shared_server, unique("maker"), "sagemaker:*Project*", "servicecatalog:*")
    servicecatalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    servicecatalog.associate_principal_with_portfolio(PortfolioId=portfolio, PrincipalARN=arn, PrincipalType="IAM")
    given = {"PortfolioId": portfolio, "ProductId": product, "Type": "LAUNCH", "IdempotencyToken": "t"}
    servicecatalog.create_constraint(Parameters=json.dumps({"RoleArn": launcher}), **given)
    name = unique("own")
    details = {"ProductId": product, "ProvisioningParameters": [{"Key": "Shade", "Value": "green"}]}
    made = client("sagemaker").create_project(ProjectName=name, ServiceCatalogProvisioningDetails=details)
    assert settled(name)["ProjectStatus"] == "CreateCompleted", settled(name)
    topics = [one["TopicArn"] for one in shared_server.client("sns").list_topics()["Topics"]]
    assert any(one.endswith(f":{made['ProjectId']}-green") for one in topics)
    found = servicecatalog.search_provisioned_products(Filters={"SearchQuery": [f"productId:{product}"]})
    assert [one["ProvisioningArtifactName"] for one in found["ProvisionedProducts"]] == ["v1"]
    sagemaker.delete_project(ProjectName=name)
    assert settled(name)["ProjectStatus"] == "DeleteCompleted"
