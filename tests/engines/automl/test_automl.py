"""AutoML jobs from their beginning to their end: what they begin, how they end, and what is told of them."""

from __future__ import annotations

import json

import pytest

from ormer.aws import automl_metrics
from ormer.aws.errors import AwsError
from ormer.stores import logs, tasks
from ormer.stores.tables import events, log_events

from .conftest import BUCKET, ROLE, Bench

SHARED = ["db-1", "dpp0-1", "dpp0-rpb-1"]


def test_a_tuned_job_has_candidates_of_its_algorithms_behind_shared_steps(bench: Bench) -> None:
    told = bench.run(most=3)
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Completed", "Completed")
    resolved = told["ResolvedAttributes"]
    assert resolved["ProblemType"] == "BinaryClassification"
    assert resolved["AutoMLJobObjective"] == {"MetricName": "F1"}
    found = bench.candidates()
    assert len(found) == 3
    steps = [step["CandidateStepName"].removeprefix("auto-").rsplit("-", 1)[0] for step in found[0]["CandidateSteps"]]
    assert steps[:3] == SHARED
    images = [one["InferenceContainers"][1]["Image"].rsplit("/", 1)[-1] for one in found]
    assert images == ["sagemaker-xgboost:3.0-5", "linear-learner:1", "sagemaker-xgboost:3.0-5"]
    best = max(found, key=lambda one: one["FinalAutoMLJobObjectiveMetric"]["Value"])
    assert told["BestCandidate"]["CandidateName"] == best["CandidateName"]
    metrics = {one["StandardMetricName"] for one in best["CandidateProperties"]["CandidateMetrics"]}
    assert metrics >= {"F1", "Accuracy", "AUC", "Precision", "Recall"}


def test_a_classifier_answers_labels_by_three_containers_and_a_regressor_numbers_by_two(bench: Bench) -> None:
    told = bench.run("classes", most=1)
    assert told["AutoMLJobStatus"] == "Completed", told
    classifier = told["BestCandidate"]["InferenceContainers"]
    modes = [one["Environment"].get("AUTOML_TRANSFORM_MODE") for one in classifier]
    assert modes == ["feature-transform", None, "inverse-label-transform"]
    assert classifier[2]["Environment"]["SAGEMAKER_INFERENCE_SUPPORTED"].endswith("labels")
    bench.schema |= {"problem": automl_metrics.REGRESSION, "classes": []}
    told = bench.run("numbers", most=1)
    assert len(told["BestCandidate"]["InferenceContainers"]) == 2
    assert told["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]["Type"] == "Minimize"


def test_ensembles_are_trials_of_one_container(bench: Bench) -> None:
    told = bench.run(mode="ENSEMBLING", most=3)
    found = bench.candidates()
    trials = set()
    for one in found:
        name = one["CandidateSteps"][-1]["CandidateStepName"]
        given = bench.sagemaker("DescribeTrainingJob", TrainingJobName=name)["HyperParameters"]
        trials.add(given["trial"])
    assert trials == {"0", "1", "2"}
    assert [len(one["CandidateSteps"]) for one in found] == [2, 2, 2]
    [container] = told["BestCandidate"]["InferenceContainers"]
    assert container["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] == "predicted_label"
    assert "CandidateDefinitionNotebookLocation" not in told["AutoMLJobArtifacts"]


def test_the_best_candidate_is_explained_and_judged_and_nothing_of_that_is_left_behind(bench: Bench) -> None:
    told = bench.run(most=1)
    best = told["BestCandidate"]
    located = best["CandidateProperties"]["CandidateArtifactLocations"]
    assert located["Explainability"].endswith(f"/documentation/explainability/output/{best['CandidateName']}")
    assert located["ModelInsights"].endswith(f"/documentation/model_monitor/output/{best['CandidateName']}")
    config = f"out/auto/documentation/explainability/input/{best['CandidateName']}/analysis_config.json"
    written = json.loads(bench.house.stores.objects.read_bytes(BUCKET, config))
    assert written["headers"] == ["a", "b", "c"]
    assert written["methods"]["shap"]["baseline"] == [[1.5, "red", True]]
    models = bench.names("ListModels", "Models", "ModelName")
    assert [name.rsplit("-", 1)[0] for name in models] == ["auto-dpp0-model"]


def test_only_definitions_are_made_when_nothing_else_is_wanted(bench: Bench) -> None:
    told = bench.run(GenerateCandidateDefinitionsOnly=True)
    assert told["AutoMLJobSecondaryStatus"] == "CandidateDefinitionsGenerated"
    assert set(told["AutoMLJobArtifacts"]) == {
        "CandidateDefinitionNotebookLocation",
        "DataExplorationNotebookLocation",
    }
    assert bench.candidates() == []
    assert bench.names("ListTrainingJobs", "TrainingJobSummaries", "TrainingJobName") == []


def test_it_stops_with_what_it_has_begun(bench: Bench) -> None:
    bench.endings = {"tuning-job": "never"}
    bench.begin()
    bench.in_stage("ModelTuning")
    bench.until(lambda: len(bench.candidates()) == 2)
    bench.sagemaker("StopAutoMLJob", AutoMLJobName="auto")
    told = bench.ended()
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Stopped", "Stopped")
    assert {one["CandidateStatus"] for one in bench.candidates()} == {"Stopped"}
    with pytest.raises(AwsError, match="is in status Stopped"):
        bench.sagemaker("StopAutoMLJob", AutoMLJobName="auto")


def test_it_ends_with_the_best_there_is_when_its_time_is_over(bench: Bench) -> None:
    bench.endings = {"-003-": "never"}
    bench.begin(most=3, limits={"MaxAutoMLJobRuntimeInSeconds": 600})
    bench.until(lambda: [one["CandidateStatus"] for one in bench.candidates()][:2] == ["Completed", "Completed"])
    bench.clock.advance(601)
    told = bench.ended()
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Completed", "MaxAutoMLJobRuntimeReached")
    assert told["BestCandidate"]["CandidateStatus"] == "Completed"


def test_it_fails_when_its_time_is_over_before_any_candidate_came_to_its_end(bench: Bench) -> None:
    bench.endings = {"-db-1-": "never"}
    bench.begin(limits={"MaxAutoMLJobRuntimeInSeconds": 600})
    bench.in_stage("AnalyzingData")
    bench.clock.advance(601)
    told = bench.ended()
    assert told["AutoMLJobStatus"] == "Failed"
    assert "before any candidate" in told["FailureReason"]


@pytest.mark.parametrize("part", ["-db-1-", "-dpp0-1-", "-dpp0-rpb-1-", "tuning-job"])
def test_a_step_without_which_there_is_no_candidate_fails_the_job(bench: Bench, part: str) -> None:
    bench.endings = {part: "Failed"}
    told = bench.run()
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Failed", "Failed")
    assert "Failed" in told["FailureReason"]


def test_a_failed_candidate_leaves_the_others(bench: Bench) -> None:
    bench.endings = {"-001-": "Failed"}
    told = bench.run(most=2)
    assert told["AutoMLJobStatus"] == "Completed"
    failed = bench.candidates(StatusEquals="Failed")
    assert [one["ObjectiveStatus"] for one in failed] == ["Failed"]
    assert failed[0]["FailureReason"] == "AlgorithmError: it broke"
    assert told["BestCandidate"]["CandidateName"] != failed[0]["CandidateName"]


def test_a_report_that_cannot_be_made_is_told_beside_the_candidates(bench: Bench) -> None:
    bench.endings = {"-explain-1-": "Failed"}
    told = bench.run(most=1)
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Completed", "ExplainabilityError")
    assert "it broke" in told["PartialFailureReasons"][0]["PartialFailureMessage"]
    assert "ModelInsights" in told["BestCandidate"]["CandidateProperties"]["CandidateArtifactLocations"]


def test_the_best_candidate_is_deployed_where_that_is_wanted(bench: Bench) -> None:
    told = bench.run("named", most=1, ModelDeployConfig={"EndpointName": "mine"})
    assert told["ModelDeployResult"] == {"EndpointName": "mine"}
    assert bench.sagemaker("DescribeEndpoint", EndpointName="mine")["EndpointStatus"] == "InService"
    told = bench.run("free", most=1, ModelDeployConfig={"AutoGenerateEndpointName": True})
    assert told["ModelDeployResult"]["EndpointName"].startswith("free-endpoint-")
    told = bench.run("taken", most=1, ModelDeployConfig={"EndpointName": "mine"})
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Completed", "ModelDeploymentError")
    assert "ModelDeployResult" not in told


def test_looking_again_and_again_begins_nothing_twice(bench: Bench) -> None:
    bench.endings = {"-explain-1-": "never"}
    bench.begin(most=2)
    bench.in_stage("GeneratingExplainabilityReport")
    arn = bench.describe()["AutoMLJobArn"]
    for _ in range(20):
        with bench.house.stores.database.write() as tx:
            tasks.wake(tx, "automl_job", arn)
    bench.sagemaker("StopAutoMLJob", AutoMLJobName="auto")
    bench.ended()
    assert len(bench.names("ListTrainingJobs", "TrainingJobSummaries", "TrainingJobName")) == 3
    assert len(bench.names("ListProcessingJobs", "ProcessingJobSummaries", "ProcessingJobName")) == 2


def test_candidates_are_listed_by_what_is_asked_for(bench: Bench) -> None:
    bench.run(most=4)
    ascending = bench.candidates(SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    values = [one["FinalAutoMLJobObjectiveMetric"]["Value"] for one in ascending]
    assert values == sorted(values)
    descending = bench.candidates(SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert [one["CandidateName"] for one in descending] == [one["CandidateName"] for one in ascending][::-1]
    name = ascending[1]["CandidateName"]
    assert [one["CandidateName"] for one in bench.candidates(CandidateNameEquals=name)] == [name]
    first = bench.sagemaker("ListCandidatesForAutoMLJob", AutoMLJobName="auto", MaxResults=3)
    rest = bench.candidates(NextToken=first["NextToken"])
    assert len(first["Candidates"]) == 3 and len(rest) == 1


def test_the_second_version_says_the_same_in_its_own_words(bench: Bench) -> None:
    given = bench.request()
    channels = [{"DataSource": given["InputDataConfig"][0]["DataSource"], "ChannelType": "training"}]
    tabular = {"TargetAttributeName": "y", "Mode": "ENSEMBLING", "CompletionCriteria": {"MaxCandidates": 1}}
    bench.sagemaker(
        "CreateAutoMLJobV2",
        AutoMLJobName="second",
        AutoMLJobInputDataConfig=channels,
        OutputDataConfig=given["OutputDataConfig"],
        RoleArn=ROLE,
        AutoMLProblemTypeConfig={"TabularJobConfig": tabular},
    )

    def described(name: str) -> dict:
        return bench.sagemaker("DescribeAutoMLJobV2", AutoMLJobName=name)

    bench.until(lambda: described("second")["AutoMLJobStatus"] == "Completed")
    told = described("second")
    assert told["AutoMLProblemTypeConfig"] == {"TabularJobConfig": tabular}
    resolved = {"TabularResolvedAttributes": {"ProblemType": "BinaryClassification"}}
    assert told["ResolvedAttributes"]["AutoMLProblemTypeResolvedAttributes"] == resolved
    assert len(told["BestCandidate"]["InferenceContainers"]) == 1
    with pytest.raises(AwsError, match="DescribeAutoMLJobV2"):
        bench.describe("second")
    bench.run("first", most=1)
    told = described("first")
    assert told["AutoMLProblemTypeConfig"]["TabularJobConfig"]["TargetAttributeName"] == "y"
    assert told["AutoMLProblemTypeConfigName"] == "Tabular"
    assert told["ResolvedAttributes"]["AutoMLProblemTypeResolvedAttributes"] == resolved
    listed = bench.names("ListAutoMLJobs", "AutoMLJobSummaries", "AutoMLJobName")
    assert listed == ["second", "first"]


def test_a_changed_status_is_an_event_and_each_stage_a_line_of_the_log(bench: Bench) -> None:
    bench.run(most=1)
    with bench.house.stores.database.read() as tx:
        told = tx.all(events.select().where(events.c.detail_type == "SageMaker AutoML Job State Change"))
        stream = logs.stream(
            tx, "123456789012", bench.house.config.region, "/aws/sagemaker/AutoMLJobs", "auto/automl", 0
        )
        lines = [row["message"] for row in tx.all(log_events.select().where(log_events.c.stream_id == stream["id"]))]
    assert [one["detail"]["AutoMLJobStatus"] for one in told] == ["InProgress", "Completed"]
    assert lines[0].startswith("Looking at the data: arn:aws:sagemaker:")
    assert lines[-1] == "The job is Completed."


def test_a_pipelines_step_gives_its_best_candidate_and_reports(bench: Bench) -> None:
    environment = {"MODEL_NAME": {"Get": "Steps.Learn.BestCandidate.InferenceContainers[0].Environment['MODEL_NAME']"}}
    reports = {"Get": "Steps.Learn.BestCandidateProperties.ModelInsightsJsonReportPath"}
    container = {
        "Image": {"Get": "Steps.Learn.BestCandidate.InferenceContainers[0].Image"},
        "ModelDataUrl": {"Get": "Steps.Learn.BestCandidate.InferenceContainers[0].ModelDataUrl"},
        "Environment": {**environment, "REPORT": reports},
    }
    config = {"Mode": "ENSEMBLING", "CompletionCriteria": {"MaxCandidates": 1}}
    steps = [
        {"Name": "Learn", "Type": "AutoML", "Arguments": {**bench.request(), "AutoMLJobConfig": config}},
        {
            "Name": "Model",
            "Type": "Model",
            "Arguments": {"PrimaryContainer": container, "ExecutionRoleArn": ROLE},
        },
    ]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    bench.sagemaker(
        "CreatePipeline", PipelineName="p", PipelineDefinition=definition, ClientRequestToken="t" * 32, RoleArn=ROLE
    )
    begun = bench.sagemaker("StartPipelineExecution", PipelineName="p", ClientRequestToken="s" * 32)
    arn = begun["PipelineExecutionArn"]

    def status() -> str:
        told = bench.sagemaker("DescribePipelineExecution", PipelineExecutionArn=arn)
        return str(told["PipelineExecutionStatus"])

    bench.until(lambda: status() != "Executing")
    listed = bench.sagemaker("ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    told = {one["StepName"]: one for one in listed}
    assert status() == "Succeeded", told
    assert ":automl-job/" in told["Learn"]["Metadata"]["AutoMLJob"]["Arn"]
    model = bench.sagemaker("DescribeModel", ModelName=told["Model"]["Metadata"]["Model"]["Arn"].rsplit("/", 1)[-1])
    made = model["PrimaryContainer"]
    assert made["Environment"]["MODEL_NAME"] == "WeightedEnsemble_L2"
    assert made["Environment"]["REPORT"].endswith("/statistics.json")
