"""OpenAPI documents: imported as APIs, put over them, refused where they ask for what is not here."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ANSWERING = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-Told": "'yes'"},
            "responseTemplates": {"application/json": '{"told": true}'},
        }
    },
}


def document(paths, **more) -> bytes:
    return json.dumps({"openapi": "3.0.1", "info": {"title": "told", "version": "1"}, "paths": paths, **more}).encode()


def operation(**more):
    responses = {"200": {"description": "fine", "headers": {"X-Told": {"type": "string"}}}}
    return {"responses": responses, "x-amazon-apigateway-integration": ANSWERING, **more}


def test_a_document_becomes_an_api_that_answers(apis):
    made = apis.client.import_rest_api(body=document({"/a/{b}": {"get": operation(operationId="asked")}}))
    assert made["name"] == "told"
    paths = {one["path"]: one for one in apis.client.get_resources(restApiId=made["id"])["items"]}
    assert set(paths) == {"/", "/a", "/a/{b}"}
    apis.deploy(made["id"])
    answer = apis.call(made["id"], "/a/1", "GET")
    assert answer.json() == {"told": True} and answer.headers["X-Told"] == "yes"


def test_a_document_put_over_an_api_replaces_its_paths_and_one_merged_adds_to_them(apis):
    made = apis.client.import_rest_api(body=document({"/old": {"get": operation()}}))
    key = {"restApiId": made["id"]}
    apis.client.put_rest_api(
        **key, mode="merge", body=document({"/new": {"x-amazon-apigateway-any-method": operation()}})
    )
    assert {one["path"] for one in apis.client.get_resources(**key)["items"]} == {"/", "/old", "/new"}
    apis.client.put_rest_api(**key, mode="overwrite", body=document({"/": {"post": operation()}}))
    left = apis.client.get_resources(**key)["items"]
    assert [(one["path"], list(one["resourceMethods"])) for one in left] == [("/", ["POST"])]


def test_signed_operations_are_for_who_signs_and_other_schemes_are_refused(apis):
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    body = document(
        {"/": {"get": operation(security=[{"signed": []}])}}, components={"securitySchemes": {"signed": scheme}}
    )
    made = apis.client.import_rest_api(body=body)
    method = apis.client.get_method(restApiId=made["id"], resourceId=made["rootResourceId"], httpMethod="GET")
    assert method["authorizationType"] == "AWS_IAM"
    with pytest.raises(ClientError, match="The security scheme key is not there"):
        apis.client.import_rest_api(body=document({"/": {"get": operation(security=[{"key": []}])}}))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"paths: {}", "it has no version"),
        (b"swagger: '2.0'\npaths: {}", "info must have a title"),
        (b"a: &x [1]\nb: *x", "aliases are not read"),
        (b"{", "Invalid OpenAPI input"),
    ],
)
def test_what_is_no_document_is_refused(apis, body, why):
    with pytest.raises(ClientError, match=why):
        apis.client.import_rest_api(body=body)
