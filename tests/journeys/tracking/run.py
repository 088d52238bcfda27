"""What a person does with managed MLflow: a tracking server by boto3, runs and a model from their own shell, and a
pipeline of functions that log to it from inside their jobs."""

import argparse
import json
import os
import time

import boto3
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sagemaker.workflow.function_step import step
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sklearn.linear_model import LinearRegression

SETTINGS = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"RemoteFunction": {"Dependencies": "requirements.txt"}}}},
}
NAME = "team-tracking"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role")
    parser.add_argument("--bucket")
    told = parser.parse_args()
    arn = tracking_server(told)
    mlflow.set_tracking_uri(arn)
    mlflow.set_experiment("abalone")
    print(json.dumps({"stage": "shell", **from_the_shell()}), flush=True)
    print(json.dumps({"stage": "job", **from_a_job(told, arn)}), flush=True)


def tracking_server(told):
    boto3.client("s3").create_bucket(Bucket=told.bucket)
    sagemaker = boto3.client("sagemaker")
    place = {"ArtifactStoreUri": f"s3://{told.bucket}/mlflow", "RoleArn": told.role}
    made = sagemaker.create_mlflow_tracking_server(
        TrackingServerName=NAME, MlflowVersion="3.0", AutomaticModelRegistration=True, **place
    )
    while sagemaker.describe_mlflow_tracking_server(TrackingServerName=NAME)["TrackingServerStatus"] == "Creating":
        time.sleep(1)
    return made["TrackingServerArn"]


def from_the_shell():
    frame = pd.DataFrame({"length": [1.0, 2.0, 3.0]})
    model = LinearRegression().fit(frame, [2.0, 4.0, 6.0])
    with mlflow.start_run(run_name="by hand") as run:
        mlflow.log_params({"features": 1, "kind": "linear"})
        mlflow.log_metric("rmse", 0.25)
        mlflow.log_text("looks fine", "notes/first.txt")
        mlflow.sklearn.log_model(
            model, name="model", signature=infer_signature(frame, [2.0]), registered_model_name="abalone-linear"
        )
    loaded = mlflow.pyfunc.load_model("models:/abalone-linear/1")
    found = mlflow.search_runs(filter_string="params.kind = 'linear' and metrics.rmse < 1")
    return {
        "runs": list(found["run_id"]) == [run.info.run_id],
        "note": mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/first.txt"),
        "prediction": float(loaded.predict(pd.DataFrame({"length": [10.0]}))[0]),
    }


def from_a_job(told, arn):
    with open("requirements.txt", "w") as file:
        file.write("mlflow==3.0.1\nsagemaker-mlflow\n")
    with open("config.yaml", "w") as file:
        json.dump(SETTINGS, file)
    os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"] = "./config.yaml"
    boto = boto3.Session()
    session = PipelineSession(boto_session=boto, sagemaker_client=boto.client("sagemaker"), default_bucket=told.bucket)

    @step(name="train", instance_type="ml.m5.large", keep_alive_period_in_seconds=300)
    def train(server, rounds):
        import os

        import mlflow

        mlflow.set_tracking_uri(server)
        mlflow.set_experiment("abalone")
        with mlflow.start_run(run_name="in a job") as run:
            for number in range(rounds):
                mlflow.log_metric("loss", 1 / (number + 1), step=number)
            mlflow.log_text(",".join(sorted(name for name in os.environ if "MLFLOW" in name)), "seen.txt")
            return run.info.run_id

    pipeline = Pipeline(name="tracked", steps=[train(arn, 5)], sagemaker_session=session)
    pipeline.upsert(role_arn=told.role)
    execution = pipeline.start()
    execution.wait(delay=2, max_attempts=300)
    run = mlflow.get_run(execution.result("train"))
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    return {
        "execution": execution.arn,
        "name": run.info.run_name,
        "losses": [metric.value for metric in history],
        "seen": mlflow.artifacts.load_text(f"{run.info.artifact_uri}/seen.txt"),
    }


if __name__ == "__main__":
    main()
