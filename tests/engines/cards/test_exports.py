"""Exports of model cards, by boto3 on a real server."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

BUCKET = "cards"
SECONDS_MAX = 120


@pytest.fixture
def config(config, runtimes):
    config.home.mkdir(mode=0o700)
    (config.home / "runtimes").symlink_to(runtimes)
    return config


@pytest.fixture
def card(server):
    """A card of two versions, and a bucket."""
    sagemaker = server.client("sagemaker")
    server.client("s3").create_bucket(Bucket=BUCKET)
    sagemaker.create_model_card(ModelCardName="abalone", Content=content("first"), ModelCardStatus="Draft")
    sagemaker.update_model_card(ModelCardName="abalone", Content=content("second"))
    return sagemaker


def content(description: str) -> str:
    return json.dumps({"model_overview": {"model_description": description}})


def export(sagemaker, name, path=f"s3://{BUCKET}/out/", **more):
    """The ARN of an export that was begun."""
    return sagemaker.create_model_card_export_job(
        ModelCardName="abalone", ModelCardExportJobName=name, OutputConfig={"S3OutputPath": path}, **more
    )["ModelCardExportJobArn"]


def ended(sagemaker, arn):
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = sagemaker.describe_model_card_export_job(ModelCardExportJobArn=arn)
        if found["Status"] != "InProgress":
            return found
        time.sleep(0.1)
    raise TimeoutError(str(found))


def test_a_card_is_exported_as_a_pdf_and_its_exports_are_listed(server, card):
    arn = export(card, "newest")
    assert arn.endswith(":model-card/abalone/export-job/newest")
    with pytest.raises(ClientError, match="ConflictException"):
        export(card, "newest")
    with pytest.raises(ClientError, match="being exported"):
        card.delete_model_card(ModelCardName="abalone")
    found = ended(card, arn)
    assert (found["Status"], found["ModelCardVersion"]) == ("Completed", 2), found
    place = found["ExportArtifacts"]["S3ExportArtifacts"]
    assert place == f"s3://{BUCKET}/out/newest/abalone-2.pdf"
    pdf = server.client("s3").get_object(Bucket=BUCKET, Key="out/newest/abalone-2.pdf")["Body"].read()
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")

    old = ended(card, export(card, "old", ModelCardVersion=1))
    assert (old["Status"], old["ModelCardVersion"]) == ("Completed", 1)
    listed = card.list_model_card_export_jobs(ModelCardName="abalone", SortOrder="Ascending")
    names = [one["ModelCardExportJobName"] for one in listed["ModelCardExportJobSummaries"]]
    assert names == ["newest", "old"]
    for filters, expected in (
        ({"ModelCardVersion": 1}, ["old"]),
        ({"ModelCardExportJobNameContains": "new"}, ["newest"]),
        ({"StatusEquals": "Failed"}, []),
    ):
        some = card.list_model_card_export_jobs(ModelCardName="abalone", **filters)["ModelCardExportJobSummaries"]
        assert [one["ModelCardExportJobName"] for one in some] == expected
    card.delete_model_card(ModelCardName="abalone")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        card.describe_model_card_export_job(ModelCardExportJobArn=arn)


def test_what_cannot_be_exported_is_refused(server, card):
    for more, reason in (
        ({"path": "s3://nowhere/out"}, "The bucket nowhere"),
        ({"ModelCardVersion": 9}, "has no version 9"),
    ):
        with pytest.raises(ClientError, match=reason):
            export(card, "wrong", **more)
    assert card.list_model_card_export_jobs(ModelCardName="abalone")["ModelCardExportJobSummaries"] == []


def test_an_export_whose_bucket_goes_meanwhile_fails_and_says_so(server, card):
    arn = export(card, "late")
    server.client("s3").delete_bucket(Bucket=BUCKET)
    found = ended(card, arn)
    assert found["Status"] == "Failed" and BUCKET in found["FailureReason"]
