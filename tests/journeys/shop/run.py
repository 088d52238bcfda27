"""Create or update the pipeline, start it, wait for its end: what a modelbuild repository's build runs.

    python run.py --jobs jobs_2_93 --role ARN --bucket BUCKET --name NAME [--parameters '{"SplitSeed": "3"}']

Everything else, the server among it, is found in the environment. The last line printed is the execution's ARN; the
exit status is 0 only if it succeeded.
"""

import argparse
import importlib
import json
import os
import pathlib
import sys

import checks
import sdk
from settings import Settings

HERE = pathlib.Path(__file__).parent
POLL_SECONDS = 2
POLLS = 450


def build(settings, jobs):
    """The pipeline: data checks -> training -> model, predictions, model checks, evaluation -> registration."""
    made = checks.Checks(settings, jobs.session)
    prepared = jobs.preprocess(str(HERE / "preprocess.py"))
    splits = {
        name: prepared.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri
        for name in ("train", "validation", "test")
    }
    found = {"DataQuality": made.data_quality(splits["train"]), "DataBias": made.data_bias(splits["train"])}
    channels = {name: splits[name] for name in ("train", "validation")}
    trained = jobs.train(channels, after=[found["DataQuality"].name, found["DataBias"].name])
    model_data = trained.properties.ModelArtifacts.S3ModelArtifacts
    model = jobs.create_model(model_data)
    predicted = jobs.transform(model.properties.ModelName, splits["test"])
    found["ModelQuality"] = made.model_quality(predicted.properties.TransformOutput.S3OutputPath)
    found["ModelBias"] = made.model_bias(splits["train"], model.properties.ModelName)
    found["ModelExplainability"] = made.model_explainability(splits["train"], model.properties.ModelName)
    report = sdk.PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluated = jobs.evaluate(str(HERE / "evaluate.py"), model_data, splits["test"], report)
    good = sdk.ConditionLessThanOrEqualTo(
        left=sdk.JsonGet(step_name=evaluated.name, property_file=report, json_path="regression_metrics.mse.value"),
        right=settings.parameters["MseThreshold"],
    )
    registered = jobs.register(model_data, checks.metrics(found), checks.baselines(found))
    decided = sdk.ConditionStep(name="GoodEnough", conditions=[good], if_steps=[registered], else_steps=[])
    return sdk.Pipeline(
        name=settings.name,
        parameters=list(settings.parameters.values()),
        steps=[prepared, *found.values(), trained, model, predicted, evaluated, decided],
        sagemaker_session=jobs.session,
    )


def main():
    parser = argparse.ArgumentParser()
    for name in ("jobs", "role", "bucket", "name"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    arguments = parser.parse_args()
    settings = Settings(os.environ["AWS_REGION"], arguments.role, arguments.bucket, arguments.name)
    jobs = importlib.import_module(arguments.jobs).Jobs(settings)
    jobs.session.default_bucket()  # makes the bucket where there is none
    pipeline = build(settings, jobs)
    pipeline.upsert(role_arn=settings.role, tags=[{"Key": "team", "Value": "shellfish"}])
    execution = pipeline.start(parameters=arguments.parameters)
    print(execution.arn, flush=True)
    try:
        execution.wait(delay=POLL_SECONDS, max_attempts=POLLS)
    finally:
        for step in execution.list_steps():
            print(step["StepName"], step["StepStatus"], step.get("FailureReason", ""), file=sys.stderr)
    print(execution.arn)


if __name__ == "__main__":
    main()
