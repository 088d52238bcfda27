"""Create or update a pipeline, start it and follow it to its end: what the build of this repository does.

    python -m pipelines.run_pipeline --module-name pipelines.abalone.pipeline --role-arn ARN --kwargs "{...}"

The exit status is 0 only if every step that had to run succeeded.
"""

import argparse
import json
import sys
import time

from pipelines.arguments import add_common, listing, load, tags_of

POLL_SECONDS = 1
ENDED = ("Succeeded", "Failed", "Stopped")


def main(words=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_common(parser)
    parser.add_argument("--role-arn", required=True, help="the role that the pipeline and its jobs act as")
    parser.add_argument("--project-name", help="the project that all of this belongs to, for tags")
    parser.add_argument("--project-id")
    parser.add_argument("--tags", type=listing, default=[], help='further tags: \'[{"Key": "team", "Value": "a"}]\'')
    parser.add_argument("--description", help="what the pipeline is for")
    parser.add_argument(
        "--parameters",
        type=json.loads,
        default={},
        help='pipeline parameters as JSON, in place of the defaults: \'{"InputDataUrl": "s3://..."}\'',
    )
    parser.add_argument("--no-wait", action="store_true", help="end as soon as the execution has begun")
    arguments = parser.parse_args(words)

    module, pipeline = load(arguments.module_name, arguments.kwargs)
    tags = [*tags_of(arguments.project_name, arguments.project_id), *arguments.tags]
    pipeline.upsert(role_arn=arguments.role_arn, tags=tags, description=arguments.description)
    print(f"pipeline {pipeline.name} is up to date")

    # A pipeline without checks of its own has no such function.
    checks = getattr(module, "checks_of_this_run", lambda **_: {})
    parameters = {**checks(**arguments.kwargs), **arguments.parameters}
    execution = pipeline.start(parameters=parameters)
    print(f"started {execution.arn}")
    if arguments.no_wait:
        return 0
    return 0 if follow(execution) == "Succeeded" else 1


def follow(execution, poll_seconds=POLL_SECONDS):
    """Tell of each step as it ends; returns the status the execution ended with."""
    told = set()
    while True:
        # The status first: once it is final, so is every step that is listed afterwards.
        described = execution.describe()
        status = described["PipelineExecutionStatus"]
        for step in reversed(execution.list_steps()):
            if step["StepStatus"] in ENDED and step["StepName"] not in told:
                told.add(step["StepName"])
                print(f"  {step['StepStatus']:10} {step['StepName']}", step.get("FailureReason", ""))
        if status in ENDED:
            print(f"the execution has {status.lower()}", described.get("FailureReason", ""))
            return status
        time.sleep(poll_seconds)


if __name__ == "__main__":
    sys.exit(main())
