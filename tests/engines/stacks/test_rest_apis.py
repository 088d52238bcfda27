"""Stacks with REST APIs: the shape of the provider's template for an API before a serverless endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import failing

JsonDict = dict[str, Any]
API, METHOD = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
DEPLOYMENT, STAGE = "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"
URI = "arn:aws:apigateway:${AWS::Region}:runtime.sagemaker:path/endpoints/${EndpointName}/invocations"


def template() -> JsonDict:
    trust = {"Effect": "Allow", "Principal": {"Service": ["apigateway.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
        },
        "Api": {
            "Type": API,
            "Properties": {
                "Description": "d",
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "Name": {"Fn::Sub": "${AWS::StackName}-api"},
            },
        },
        "Root": method({"Fn::GetAtt": ["Api", "RootResourceId"]}),
        "Deployment": {
            "Type": DEPLOYMENT,
            "DependsOn": ["Root"],
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "staging"},
        },
    }


def method(resource: JsonDict, name: str = "POST") -> JsonDict:
    return {
        "Type": METHOD,
        "Properties": {
            "AuthorizationType": "NONE",
            "HttpMethod": name,
            "Integration": {
                "IntegrationHttpMethod": "POST",
                "Type": "AWS",
                "Credentials": {"Fn::GetAtt": ["Role", "Arn"]},
                "Uri": {"Fn::Sub": [URI, {"EndpointName": "e"}]},
                "IntegrationResponses": [{"StatusCode": 200}],
            },
            "MethodResponses": [{"StatusCode": 200}],
            "ResourceId": resource,
            "RestApiId": {"Ref": "Api"},
        },
    }


@pytest.fixture
def made(bench) -> JsonDict:
    stack: JsonDict = bench.create("s", template(), Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", bench.story("s")
    return bench.physical("s")


def test_the_template_of_an_api_before_an_endpoint_is_made_and_deleted(bench, made):
    api = made["Api"]
    shown = bench.api("apigateway", "GetRestApi", {"restApiId": api})
    assert (shown["name"], shown["endpointConfiguration"]) == ("s-api", {"types": ["REGIONAL"]})
    stage = bench.api("apigateway", "GetStage", {"restApiId": api, "stageName": "staging"})
    assert stage["deploymentId"] == made["Deployment"]
    key = {"restApiId": api, "resourceId": shown["rootResourceId"], "httpMethod": "POST"}
    integration = bench.api("apigateway", "GetMethod", key)["methodIntegration"]
    assert integration["uri"] == "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/e/invocations"
    assert integration["integrationResponses"] == {"200": {"statusCode": "200"}}
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.api("apigateway", "GetRestApis", {})["items"] == []


def test_an_update_changes_methods_and_a_new_deployment_takes_the_stage_over(bench, made):
    changed = template()
    changed["Path"] = {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "p", "RestApiId": ref("Api")},
    }
    changed["More"] = method(ref("Path"), "PUT")
    changed["Root"]["Properties"]["Integration"]["TimeoutInMillis"] = 1000
    changed["Api"]["Properties"] |= {"Name": "renamed", "BinaryMediaTypes": ["image/png"]}
    del changed["Deployment"]
    changed["Deployment2"] = {
        "Type": DEPLOYMENT,
        "DependsOn": ["Root", "More"],
        "Properties": {"RestApiId": ref("Api"), "StageName": "staging"},
    }
    changed["Stage"] = {
        "Type": STAGE,
        "Properties": {
            "RestApiId": ref("Api"),
            "DeploymentId": ref("Deployment2"),
            "StageName": "beta",
            "Variables": {"a": "1"},
        },
    }
    assert bench.update("s", changed, Capabilities=["CAPABILITY_IAM"])["StackStatus"] == "UPDATE_COMPLETE"
    now = bench.physical("s")
    api = {"restApiId": now["Api"]}
    assert now["Api"] == made["Api"]
    shown = bench.api("apigateway", "GetRestApi", api)
    assert (shown["name"], shown["binaryMediaTypes"]) == ("renamed", ["image/png"])
    stage = bench.api("apigateway", "GetStage", {**api, "stageName": "staging"})
    assert stage["deploymentId"] == now["Deployment2"]
    beta = bench.api("apigateway", "GetStage", {**api, "stageName": now["Stage"]})
    assert (now["Stage"], beta["variables"]) == ("beta", {"a": "1"})
    deployments = [one["id"] for one in bench.api("apigateway", "GetDeployments", api)["items"]]
    assert deployments == [now["Deployment2"]]
    key = {**api, "resourceId": shown["rootResourceId"], "httpMethod": "POST"}
    assert bench.api("apigateway", "GetIntegration", key)["timeoutInMillis"] == 1000
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_that_is_rolled_back_gives_the_stage_back(bench, made):
    changed = template()
    changed["Deployment2"] = {
        "Type": DEPLOYMENT,
        "DependsOn": ["Root"],
        "Properties": {"RestApiId": ref("Api"), "StageName": "staging"},
    }
    changed["Broken"] = failing(DependsOn=["Deployment2"])
    stack = bench.update("s", changed, Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ("Deployment2", "CREATE_COMPLETE") in bench.story("s")
    api = {"restApiId": made["Api"]}
    stage = bench.api("apigateway", "GetStage", {**api, "stageName": "staging"})
    assert stage["deploymentId"] == made["Deployment"]
    assert [one["id"] for one in bench.api("apigateway", "GetDeployments", api)["items"]] == [made["Deployment"]]


def test_documents_of_whole_apis_are_refused(bench):
    resources = {"Api": {"Type": API, "Properties": {"Body": {"openapi": "3.0.1"}}}}
    assert bench.create("s", resources)["StackStatus"] == "ROLLBACK_COMPLETE"


def ref(name: str) -> JsonDict:
    return {"Ref": name}


def test_an_account_keeps_its_role_beyond_the_stack(bench):
    arn = "arn:aws:iam::123456789012:role/logs"
    resources = {"Account": {"Type": "AWS::ApiGateway::Account", "Properties": {"CloudWatchRoleArn": arn}}}
    assert bench.create("s", resources)["StackStatus"] == "CREATE_COMPLETE"
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.api("apigateway", "GetAccount", {})["cloudwatchRoleArn"] == arn
