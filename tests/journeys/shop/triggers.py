"""Make a pipeline and put a schedule on it, as the SDK's users do: `triggers.py --role R --bucket B --name N`."""

import argparse
import json

from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.triggers import PipelineSchedule


def main(role, bucket, name):
    message = ParameterString(name="message", default_value="on schedule")
    session = PipelineSession(default_bucket=bucket)
    pipeline = Pipeline(name, parameters=[message], steps=[FailStep("Say", message)], sagemaker_session=session)
    pipeline.upsert(role_arn=role)
    schedule = PipelineSchedule(name=f"{name}-hourly", rate=(1, "hours"))
    # Put twice: the second time it is there already and is updated.
    for _ in range(2):
        arns = pipeline.put_triggers([schedule], role_arn=role)
    told = pipeline.describe_trigger(trigger_name=schedule.name)
    pipeline.delete_triggers([f"{name}-nothing"])
    print(json.dumps({"arns": arns, **told}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for word in ("role", "bucket", "name"):
        parser.add_argument(f"--{word}", required=True)
    main(**vars(parser.parse_args()))
