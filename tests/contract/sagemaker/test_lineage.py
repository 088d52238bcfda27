"""Lineage: artifacts, actions, contexts, the edges between them, and walks along these."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def artifact(sagemaker: Any, uri: str, kind: str = "DataSet", **more: Any) -> str:
    made = sagemaker.create_artifact(Source={"SourceUri": uri}, ArtifactType=kind, **more)
    return made["ArtifactArn"]


@pytest.fixture
def chain(sagemaker, unique) -> dict[str, str]:
    """data -> run -> model -> version, and a report that the run also produced."""
    made = {
        key: artifact(sagemaker, f"s3://{unique(key)}", key.title()) for key in ("data", "model", "version", "report")
    }
    made["run"] = sagemaker.create_trial_component(TrialComponentName=unique("run"))["TrialComponentArn"]
    for source, destination, kind in (
        ("data", "run", "ContributedTo"),
        ("run", "model", "Produced"),
        ("run", "report", "Produced"),
        ("model", "version", "DerivedFrom"),
    ):
        sagemaker.add_association(SourceArn=made[source], DestinationArn=made[destination], AssociationType=kind)
    return made


def test_an_artifact_is_one_for_its_source_and_type(sagemaker, unique):
    uri = f's3://{unique("bucket")}/path%_"x'
    arn = artifact(sagemaker, uri, ArtifactName="first", Properties={"a": "1"})
    assert artifact(sagemaker, uri, Properties={"b": "2"}) == arn
    assert artifact(sagemaker, uri, "Model") != arn
    found = sagemaker.describe_artifact(ArtifactArn=arn)
    assert found["Source"]["SourceUri"] == uri and found["ArtifactName"] == "first"
    assert found["Properties"] == {"a": "1", "b": "2"}
    listed = sagemaker.list_artifacts(SourceUri=uri)["ArtifactSummaries"]
    assert {one["ArtifactType"] for one in listed} == {"DataSet", "Model"}
    assert [
        one["ArtifactArn"]
        for one in sagemaker.list_artifacts(SourceUri=uri, ArtifactType="DataSet")["ArtifactSummaries"]
    ] == [arn]
    assert sagemaker.list_artifacts(SourceUri=uri.replace("_", "-"))["ArtifactSummaries"] == []


def test_an_artifact_is_changed_and_deleted_by_arn_or_source(sagemaker, unique):
    uri = f"s3://{unique('bucket')}"
    arn = artifact(sagemaker, uri, Properties={"a": "1", "b": "2"})
    sagemaker.update_artifact(ArtifactArn=arn, ArtifactName="renamed", Properties={"a": "3"}, PropertiesToRemove=["b"])
    found = sagemaker.describe_artifact(ArtifactArn=arn)
    assert found["ArtifactName"] == "renamed" and found["Properties"] == {"a": "3"}
    assert sagemaker.delete_artifact(Source={"SourceUri": uri})["ArtifactArn"] == arn
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_artifact(ArtifactArn=arn)
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.delete_artifact(ArtifactArn=arn)


@pytest.mark.parametrize("kind", ["Action", "Context"])
def test_actions_and_contexts_live_their_lives(sagemaker, unique, kind):
    call = lambda verb, **request: getattr(sagemaker, f"{verb}_{kind.lower()}")(**request)  # noqa: E731
    name, uri = unique(kind), f"s3://{unique('source')}"
    made = {f"{kind}Name": name, f"{kind}Type": "Training", "Source": {"SourceUri": uri}, "Properties": {"a": "1"}}
    arn = call("create", **made)[f"{kind}Arn"]
    call("update", **{f"{kind}Name": name}, Description="changed", Properties={"b": "2"}, PropertiesToRemove=["a"])
    found = call("describe", **{f"{kind}Name": name})
    assert (found["Description"], found["Properties"], found[f"{kind}Arn"]) == ("changed", {"b": "2"}, arn)
    listing = getattr(sagemaker, f"list_{kind.lower()}s")
    assert [one[f"{kind}Arn"] for one in listing(SourceUri=uri)[f"{kind}Summaries"]] == [arn]
    assert arn in [
        one[f"{kind}Arn"] for one in listing(**{f"{kind}Type": "Training"}, MaxResults=100)[f"{kind}Summaries"]
    ]
    assert listing(SourceUri=uri, **{f"{kind}Type": "Other"})[f"{kind}Summaries"] == []
    with pytest.raises(ClientError, match="already exists"):
        call("create", **made)
    assert call("delete", **{f"{kind}Name": name})[f"{kind}Arn"] == arn
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        call("describe", **{f"{kind}Name": name})


def test_actions_and_contexts_by_their_own_operations(sagemaker, unique):
    action, context = unique("act"), unique("ctx")
    source = {"SourceUri": f"s3://{unique('s')}"}
    sagemaker.create_action(ActionName=action, ActionType="Build", Source=source, Status="InProgress")
    sagemaker.update_action(ActionName=action, Status="Completed")
    assert sagemaker.describe_action(ActionName=action)["Status"] == "Completed"
    sagemaker.create_context(ContextName=context, ContextType="Endpoint", Source=source)
    sagemaker.update_context(ContextName=context, Description="seen")
    assert sagemaker.describe_context(ContextName=context)["Description"] == "seen"
    assert [
        one["ContextName"] for one in sagemaker.list_contexts(SourceUri=source["SourceUri"])["ContextSummaries"]
    ] == [context]
    sagemaker.delete_action(ActionName=action)
    sagemaker.delete_context(ContextName=context)
    assert sagemaker.list_actions(SourceUri=source["SourceUri"])["ActionSummaries"] == []


def test_edges_are_listed_as_the_table_visualizer_asks(sagemaker, chain):
    into = sagemaker.list_associations(DestinationArn=chain["run"])["AssociationSummaries"]
    assert [(one["SourceArn"], one["AssociationType"], one["SourceType"]) for one in into] == [
        (chain["data"], "ContributedTo", "Data")
    ]
    assert into[0]["SourceName"].startswith("s3://")
    out = sagemaker.list_associations(SourceArn=chain["run"], SortBy="DestinationType", SortOrder="Ascending")
    assert [one["DestinationType"] for one in out["AssociationSummaries"]] == ["Model", "Report"]
    one = sagemaker.list_associations(SourceArn=chain["run"], DestinationType="Model")["AssociationSummaries"]
    assert [edge["DestinationArn"] for edge in one] == [chain["model"]]
    first = sagemaker.list_associations(SourceArn=chain["run"], MaxResults=1)
    second = sagemaker.list_associations(SourceArn=chain["run"], MaxResults=1, NextToken=first["NextToken"])
    ends = {page["AssociationSummaries"][0]["DestinationArn"] for page in (first, second)}
    assert ends == {chain["model"], chain["report"]} and "NextToken" not in second


def test_an_edge_is_drawn_once_between_things_that_are_there(sagemaker, chain):
    with pytest.raises(ClientError, match="already exists") as error:
        sagemaker.add_association(SourceArn=chain["data"], DestinationArn=chain["run"])
    assert error.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.add_association(SourceArn=chain["data"], DestinationArn=chain["run"] + "-no")
    sagemaker.delete_association(SourceArn=chain["data"], DestinationArn=chain["run"])
    assert sagemaker.list_associations(DestinationArn=chain["run"])["AssociationSummaries"] == []
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.delete_association(SourceArn=chain["data"], DestinationArn=chain["run"])


def test_deleting_an_entity_takes_its_edges_along(sagemaker, chain):
    sagemaker.delete_artifact(ArtifactArn=chain["model"])
    found = sagemaker.list_associations(SourceArn=chain["run"])["AssociationSummaries"]
    assert [one["DestinationArn"] for one in found] == [chain["report"]]


@pytest.mark.parametrize(
    ("direction", "start", "reached"),
    [
        ("Ascendants", "version", {"version", "model", "run", "data"}),
        ("Descendants", "data", {"data", "run", "model", "report", "version"}),
        ("Both", "model", {"model", "run", "data", "version"}),
    ],
)
def test_a_walk_reaches_ancestors_or_descendants(sagemaker, chain, direction, start, reached):
    answer = sagemaker.query_lineage(StartArns=[chain[start]], Direction=direction, IncludeEdges=True)
    assert {one["Arn"] for one in answer["Vertices"]} == {chain[key] for key in reached}
    assert len(answer["Edges"]) == len(reached) - 1


def test_a_walk_is_limited_by_depth_and_filters_and_paged(sagemaker, chain):
    near = sagemaker.query_lineage(StartArns=[chain["version"]], Direction="Ascendants", MaxDepth=1)
    assert {one["Arn"] for one in near["Vertices"]} == {chain["version"], chain["model"]}
    runs = sagemaker.query_lineage(
        StartArns=[chain["version"]],
        Direction="Ascendants",
        IncludeEdges=False,
        Filters={"LineageTypes": ["TrialComponent"]},
    )
    assert [(one["Arn"], one["LineageType"]) for one in runs["Vertices"]] == [(chain["run"], "TrialComponent")]
    assert runs["Edges"] == []
    first = sagemaker.query_lineage(StartArns=[chain["data"]], Direction="Descendants", MaxResults=3)
    rest = sagemaker.query_lineage(
        StartArns=[chain["data"]], Direction="Descendants", MaxResults=3, NextToken=first["NextToken"]
    )
    assert len(first["Vertices"]) == 3 and len(rest["Vertices"]) == 2
    nothing = sagemaker.query_lineage(StartArns=[chain["data"] + "0"])
    assert nothing["Vertices"] == [] and nothing["Edges"] == []


def test_a_registered_version_is_an_artifact_with_its_model_and_group(sagemaker, unique):
    group, data = unique("group"), f"s3://{unique('bucket')}/model.tar.gz"
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    arn = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": [{"Image": unique("image"), "ModelDataUrl": data}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    (version,) = sagemaker.list_artifacts(SourceUri=arn)["ArtifactSummaries"]
    above = sagemaker.list_associations(DestinationArn=version["ArtifactArn"])["AssociationSummaries"]
    assert {one["SourceType"] for one in above} == {"Model", "Image"}
    below = sagemaker.list_associations(SourceArn=version["ArtifactArn"])["AssociationSummaries"]
    assert [one["DestinationType"] for one in below] == ["ModelGroup"]
