"""AutoML as SDK 2 code does it: a job, its candidates and endpoint, a pipeline with an AutoML step, a tuner's Autotune.

Everything else, the server among it, is found in the environment. Prints what came of each stage, a JSON object a line.
"""

import argparse
import contextlib
import csv
import io
import json
import random

import boto3
import sagemaker
from botocore.exceptions import WaiterError
from sagemaker import image_uris
from sagemaker.automl.automl import AutoML, AutoMLInput
from sagemaker.automl.automlv2 import AutoMLDataChannel, AutoMLTabularConfig, AutoMLV2
from sagemaker.automl.candidate_estimator import CandidateEstimator
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession

COLORS = ("red", "green", "blue")
KEYS = ["predicted_label", "probability", "labels"]


def tell(stage, **facts):
    """One line for whoever checks what came of a stage; the SDK prints dots and leaves them without a line's end."""
    print("\n" + json.dumps({"stage": stage, **facts}), flush=True)


def flowers(count, seed):
    """Rows of two numbers and a color, and the kind that follows from them."""
    chance = random.Random(seed)
    rows = []
    for _ in range(count):
        size, width, color = chance.uniform(0, 10), chance.uniform(0, 5), chance.choice(COLORS)
        kind = "iris" if color == "blue" else "rose" if size > 5 else "daisy"
        rows.append([f"{size:.2f}", f"{width:.2f}", color, kind])
    return rows


def written(rows):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def begin_pipeline(told, session, uri):
    """Train by an AutoML step, then make a model of its best candidate and register it with its reports."""
    auto_ml = AutoML(
        role=told.role, target_attribute_name="kind", sagemaker_session=session, mode="ENSEMBLING", max_candidates=1
    )
    fitted = auto_ml.fit(inputs=[AutoMLInput(inputs=uri, target_attribute_name="kind", channel_type="training")])
    trained = AutoMLStep(name="AutoML", step_args=fitted)
    model = trained.get_best_auto_ml_model(told.role, sagemaker_session=session)
    created = ModelStep(name="Model", step_args=model.create(instance_type="ml.m5.large"))
    reports = trained.properties.BestCandidateProperties
    metrics = ModelMetrics(
        model_statistics=MetricsSource("application/json", reports.ModelInsightsJsonReportPath),
        explainability=MetricsSource("application/json", reports.ExplainabilityJsonReportPath),
    )
    registered = ModelStep(
        name="Register",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name="flowers",
            approval_status="Approved",
            model_metrics=metrics,
        ),
    )
    pipeline = Pipeline(name="flowers", steps=[trained, created, registered], sagemaker_session=session)
    pipeline.upsert(role_arn=told.role)
    return pipeline.start()


def follow_job(told, session, uri):
    """Tune candidates, look at them as the SDK does, and ask the best of them for more than a label."""
    auto_ml = AutoML(role=told.role, target_attribute_name="kind", sagemaker_session=session, max_candidates=2)
    auto_ml.fit(uri, job_name="flowers", wait=False, logs=False)
    session.wait_for_auto_ml_job("flowers", poll=1)
    session.logs_for_auto_ml_job("flowers", wait=False)
    attached = AutoML.attach("flowers", sagemaker_session=session)
    best = attached.best_candidate()
    steps = CandidateEstimator(best, session).get_steps()
    tell(
        "job",
        status=attached.describe_auto_ml_job()["AutoMLJobSecondaryStatus"],
        candidates=len(auto_ml.list_candidates()),
        containers=len(best["InferenceContainers"]),
        steps=[step.type for step in steps],
        value=best["FinalAutoMLJobObjectiveMetric"]["Value"],
    )
    auto_ml.deploy(1, "ml.m5.large", candidate=best, endpoint_name="flowers", inference_response_keys=KEYS)
    predictor = Predictor("flowers", session, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    tell("endpoint", answers=predictor.predict([["9.1", "1.0", "red"], ["0.3", "4.0", "blue"]]))
    predictor.delete_endpoint()


def define_only(told, session, uri):
    """The second version, only as far as its candidates' definitions."""
    config = AutoMLTabularConfig(target_attribute_name="kind", generate_candidate_definitions_only=True)
    auto_ml = AutoMLV2(problem_config=config, base_job_name="v2", role=told.role, sagemaker_session=session)
    channel = AutoMLDataChannel(s3_data_type="S3Prefix", s3_uri=uri, channel_type="training")
    auto_ml.fit([channel], job_name="flowers-v2", wait=False, logs=False)
    session.logs_for_auto_ml_job("flowers-v2", wait=True, poll=1)
    described = AutoMLV2.attach("flowers-v2", sagemaker_session=session).describe_auto_ml_job()
    tell("definitions", status=described["AutoMLJobSecondaryStatus"], artifacts=described["AutoMLJobArtifacts"])


def autotune(told, session, uri):
    """A tuner that names no ranges."""
    image = image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")
    estimator = Estimator(
        image,
        told.role,
        1,
        "ml.m5.large",
        sagemaker_session=session,
        hyperparameters={"objective": "reg:squarederror", "num_round": 8, "eta": 0.3},
    )
    tuner = HyperparameterTuner(
        estimator,
        "validation:rmse",
        hyperparameter_ranges=None,
        objective_type="Minimize",
        max_jobs=2,
        max_parallel_jobs=2,
        autotune=True,
        hyperparameters_to_keep_static=["objective"],
    )
    channel = TrainingInput(uri, content_type="text/csv")
    tuner.fit({"train": channel, "validation": channel}, job_name="flowers-tuner", wait=False)
    session.wait_for_tuning_job("flowers-tuner", poll=1)
    described = HyperparameterTuner.attach("flowers-tuner", sagemaker_session=session).describe()
    ranges = described["HyperParameterTuningJobConfig"]["ParameterRanges"]
    tell("tuner", ranges=ranges, best=described["BestTrainingJob"]["TrainingJobStatus"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role")
    parser.add_argument("--bucket")
    told = parser.parse_args()
    session = sagemaker.Session(default_bucket=told.bucket)
    session.default_bucket()
    header = ["size", "width", "color", "kind"]
    uri = f"s3://{told.bucket}/flowers/all.csv"
    session.upload_string_as_file_body(written([header, *flowers(500, 1)]), told.bucket, "flowers/all.csv")
    numbers = [[row[0], row[1]] for row in flowers(200, 2)]
    session.upload_string_as_file_body(written(numbers), told.bucket, "numbers/all.csv")
    boto = boto3.Session()
    lazy = PipelineSession(boto_session=boto, sagemaker_client=boto.client("sagemaker"), default_bucket=told.bucket)
    execution = begin_pipeline(told, lazy, uri)
    follow_job(told, session, uri)
    with contextlib.suppress(WaiterError):  # whoever checks asks its steps why
        execution.wait(delay=1, max_attempts=600)
    tell("pipeline", execution=execution.arn)
    define_only(told, session, uri)
    autotune(told, session, f"s3://{told.bucket}/numbers/")


if __name__ == "__main__":
    main()
