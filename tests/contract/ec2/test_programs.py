"""Programs that ask EC2 for networks before they come to SageMaker."""

from __future__ import annotations


def test_a_domain_is_made_in_the_subnets_of_the_default_vpc(shared_server, ec2, unique):
    sagemaker = shared_server.client("sagemaker")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    where = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default-for-az", "Values": ["true"]}]
    subnets = [one["SubnetId"] for one in ec2.describe_subnets(Filters=where)["Subnets"]]
    role = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
    domain = sagemaker.create_domain(
        DomainName=unique("team"),
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role},
        VpcId=vpc,
        SubnetIds=subnets,
    )["DomainId"]
    found = sagemaker.describe_domain(DomainId=domain)
    assert (found["VpcId"], found["SubnetIds"], found["Status"]) == (vpc, subnets, "InService")


def test_what_runs_is_not_asked_whether_its_network_is_there(shared_server, unique):
    sagemaker, name = shared_server.client("sagemaker"), unique("model")
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    role = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": image}, VpcConfig=network)
    assert sagemaker.describe_model(ModelName=name)["VpcConfig"] == network
