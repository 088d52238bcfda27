"""Model cards and their versions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def content(creator: str) -> str:
    return json.dumps({"model_overview": {"model_creator": creator}})


def test_every_content_is_a_version_and_a_status_is_none(sagemaker, unique):
    name = unique("card")
    arn = sagemaker.create_model_card(
        ModelCardName=name, Content=content("Ada"), ModelCardStatus="Draft", Tags=[{"Key": "a", "Value": "b"}]
    )["ModelCardArn"]
    assert arn.endswith(f":model-card/{name}")
    sagemaker.update_model_card(ModelCardName=name, Content=content("Grace"))
    sagemaker.update_model_card(ModelCardName=arn, ModelCardStatus="Approved")
    found = sagemaker.describe_model_card(ModelCardName=name)
    assert (found["ModelCardVersion"], found["ModelCardStatus"], found["Content"]) == (2, "Approved", content("Grace"))
    first = sagemaker.describe_model_card(ModelCardName=arn, ModelCardVersion=1)
    assert (first["ModelCardArn"], first["ModelCardStatus"], first["Content"]) == (arn, "Draft", content("Ada"))
    assert first["CreatedBy"] == found["CreatedBy"] and first["CreationTime"] == found["CreationTime"]
    listed = sagemaker.list_model_card_versions(ModelCardName=name)["ModelCardVersionSummaryList"]
    assert [(one["ModelCardVersion"], one["ModelCardStatus"]) for one in listed] == [(2, "Approved"), (1, "Draft")]
    drafts = sagemaker.list_model_card_versions(ModelCardName=name, ModelCardStatus="Draft", SortOrder="Ascending")
    assert [one["ModelCardVersion"] for one in drafts["ModelCardVersionSummaryList"]] == [1]
    metadata = sagemaker.describe_model_card(ModelCardName=name, IncludedData="MetadataOnly")
    assert metadata["Content"] == "{}" and metadata["ModelCardVersion"] == 2


def test_cards_are_listed_by_status_and_deleted_with_their_versions(sagemaker, unique):
    name = unique("card")
    sagemaker.create_model_card(ModelCardName=name, Content="{}", ModelCardStatus="PendingReview")
    sagemaker.update_model_card(ModelCardName=name, Content=content("Ada"))
    for status, there in (("PendingReview", [name]), ("Archived", [])):
        listed = sagemaker.list_model_cards(NameContains=name, ModelCardStatus=status)["ModelCardSummaries"]
        assert [one["ModelCardName"] for one in listed] == there
    sagemaker.delete_model_card(ModelCardName=name)
    with pytest.raises(ClientError) as error:
        sagemaker.list_model_card_versions(ModelCardName=name)
    assert error.value.response["Error"]["Code"] == "ResourceNotFound"
    sagemaker.create_model_card(ModelCardName=name, Content="{}", ModelCardStatus="Draft")
    assert len(sagemaker.list_model_card_versions(ModelCardName=name)["ModelCardVersionSummaryList"]) == 1


def test_mistakes_are_told_by_their_codes(sagemaker, unique):
    name = unique("card")
    sagemaker.create_model_card(ModelCardName=name, Content="{}", ModelCardStatus="Draft")
    cases = (
        (
            lambda: sagemaker.create_model_card(ModelCardName=name, Content="{}", ModelCardStatus="Draft"),
            "ConflictException",
        ),
        (lambda: sagemaker.update_model_card(ModelCardName=name, Content="{"), "ValidationException"),
        (lambda: sagemaker.update_model_card(ModelCardName=name, Content="[]"), "ValidationException"),
        (lambda: sagemaker.describe_model_card(ModelCardName=name, ModelCardVersion=9), "ResourceNotFound"),
        (lambda: sagemaker.describe_model_card(ModelCardName=unique("none")), "ResourceNotFound"),
    )
    for call, code in cases:
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == code


def test_search_finds_cards_by_what_their_content_says_of_the_model(sagemaker, unique):
    model, group, name = unique("model"), unique("group"), unique("card")

    def found(member: str, value: str) -> list[str]:
        filters = {"Filters": [{"Name": member, "Operator": "Equals", "Value": value}]}
        results = sagemaker.search(Resource="ModelCard", SearchExpression=filters)["Results"]
        assert all(one["ModelCard"][member] == value for one in results)
        return [one["ModelCard"]["ModelCardName"] for one in results]

    told = {"model_overview": {"model_id": model}, "intended_uses": {"risk_rating": "High"}}
    sagemaker.create_model_card(ModelCardName=name, Content=json.dumps(told), ModelCardStatus="Draft")
    assert found("ModelId", model) == [name] and name in found("RiskRating", "High")
    package = {"model_package_arn": f"arn:{model}", "model_package_group_name": group}
    sagemaker.update_model_card(ModelCardName=name, Content=json.dumps({"model_package_details": package}))
    assert found("ModelId", f"arn:{model}") == found("ModelPackageGroupName", group) == [name]
    assert found("ModelId", model) == [] and name not in found("RiskRating", "High")
