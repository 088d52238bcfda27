"""Test the endpoint that has just been deployed: is it in service, does it answer well, does it capture?

Every animal of ANIMALS is asked for, and its answer must be a number of rings that can be true: of a model that comes
from this project's own group. Another group's is another model, and only this repository's owner knows what to ask it.
A test that fails ends the delivery before anybody is asked to approve it.
"""

import argparse
import json
import math
import sys

import boto3

# Animals of the data set as the model takes them: length, diameter, height, whole, shucked, viscera and shell weight,
# then the sex as three columns F, I, M; and the rings that were counted.
ANIMALS = [
    ("0.455,0.365,0.095,0.514,0.2245,0.101,0.15,0,0,1", 15),
    ("0.53,0.42,0.135,0.677,0.2565,0.1415,0.21,1,0,0", 9),
    ("0.33,0.255,0.08,0.205,0.0895,0.0395,0.055,0,1,0", 7),
]
RINGS_MAX = 40.0
# How far predictions may be off on average, in rings.
ERROR_MAX = 6.0


class TestFailed(Exception):
    """What is wrong with the endpoint."""


def in_service(client, name):
    """The description of the endpoint. Raises TestFailed unless it is in service."""
    found = client.describe_endpoint(EndpointName=name)
    if found["EndpointStatus"] != "InService":
        raise TestFailed(f"The endpoint {name} is {found['EndpointStatus']}: {found.get('FailureReason', '')}")
    return found


def about_animals(config):
    """Whether the version is of the group that this project's modelbuild registers in."""
    group = config["Parameters"]["ModelPackageName"].split("/")[1]
    return group == f"{config['Parameters']['SageMakerProjectName']}-{config['Tags']['sagemaker:project-id']}"


def answers(runtime, name):
    """What the endpoint predicts for each animal. Raises TestFailed for an answer that cannot be true."""
    found = []
    for animal, rings in ANIMALS:
        answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=animal.encode())
        text = answer["Body"].read().decode().strip()
        try:
            predicted = float(text)
        except ValueError:
            raise TestFailed(f"The endpoint answered {text!r} for the animal {animal}, which is no number.") from None
        if not math.isfinite(predicted) or not 0 < predicted < RINGS_MAX:
            raise TestFailed(f"The endpoint predicted {predicted} rings for the animal {animal}.")
        found.append({"Animal": animal, "Rings": rings, "Predicted": predicted})
    error = sum(abs(each["Predicted"] - each["Rings"]) for each in found) / len(found)
    if error > ERROR_MAX:
        raise TestFailed(f"The predictions are off by {error:.1f} rings on average.")
    return found


def captured(client, endpoint, parameters):
    """The capture of the endpoint's configuration. Raises TestFailed unless it is as the build wanted it."""
    config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    capture = config.get("DataCaptureConfig", {})
    if capture.get("EnableCapture", False) != (parameters["EnableDataCapture"] == "true"):
        raise TestFailed(f"EnableDataCapture should be {parameters['EnableDataCapture']}, and is not.")
    if not capture.get("EnableCapture", False):
        return capture
    if capture["InitialSamplingPercentage"] != int(parameters["SamplingPercentage"]):
        raise TestFailed(f"{capture['InitialSamplingPercentage']} percent of the traffic would be captured.")
    modes = {option["CaptureMode"] for option in capture["CaptureOptions"]}
    if modes != {"Input", "Output"}:
        raise TestFailed(f"Only {', '.join(sorted(modes))} would be captured; a monitor needs both sides.")
    return {name: value for name, value in capture.items() if name != "KmsKeyId"}


def tested(client, runtime, config):
    """The report of all tests. Raises TestFailed."""
    parameters = config["Parameters"]
    name = f"{parameters['SageMakerProjectName']}-{parameters['StageName']}"
    endpoint = in_service(client, name)
    report = {
        "EndpointName": name,
        "EndpointArn": endpoint["EndpointArn"],
        "ModelPackageName": parameters["ModelPackageName"],
        "Predictions": answers(runtime, name) if about_animals(config) else [],
        "DataCapture": captured(client, endpoint, parameters),
    }
    return report


def main(words=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--import-build-config", required=True)
    parser.add_argument("--export-test-results", required=True)
    arguments = parser.parse_args(words)

    with open(arguments.import_build_config) as file:
        config = json.load(file)
    try:
        report = tested(boto3.client("sagemaker"), boto3.client("sagemaker-runtime"), config)
    except TestFailed as reason:
        print(reason, file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2))
    with open(arguments.export_test_results, "w") as file:
        json.dump(report, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
