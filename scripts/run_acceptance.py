"""Run the provider's own SDK tests: `python scripts/run_acceptance.py HARNESS TESTS [options of the harness]`.

HARNESS is the folder of a harness (sdk_integ.py, its requirements and scope), TESTS an export of the SDK's `tests`
folder. The server is our own, in a home that is removed afterwards. Options such as `--only TEXT` or `--jobs 1` go
to the harness as they are. Exit status 0 only if every test passed that docs/compatibility.md does not name.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import boto3
from sdk_env import FOLDER, ROOT, Recipe, environment
from throwaway_server import throwaway_server

REGION = "us-west-2"
ROLE = "SageMakerRole"
SCOPE = "scope_dev.txt"
COMPATIBILITY = ROOT / "docs" / "compatibility.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("harness", type=Path)
    parser.add_argument("tests", type=Path)
    parser.add_argument("--logs", type=Path, default=FOLDER / "acceptance-logs", help="folder for each test's output")
    parser.add_argument("--home", type=Path, help="a home for the server that stays (default: one that is removed)")
    arguments, rest = parser.parse_known_args()
    requirements = (arguments.harness / "requirements.txt").read_text().split("\n")
    python = environment("acceptance", Recipe("3.11", tuple(line for line in requirements if line.strip())))
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        with throwaway_server(REGION, arguments.home, root=True) as variables:
            make_default_bucket(variables)
            words = [str(python), str(arguments.harness.resolve() / "sdk_integ.py"), "--tests", str(arguments.tests)]
            words += ["--python", str(python), "--scope", str(arguments.harness.resolve() / SCOPE), "--residue"]
            words += ["--region", REGION, "--assume-role", ROLE, "--logs", str(arguments.logs), "--json", str(result)]
            subprocess.run([*words, *connection(variables), *(rest or ["--jobs", "2"])], check=True)
        return judge(json.loads(result.read_text())["tests"])


def connection(variables: dict[str, str]) -> list[str]:
    """The harness's options that say where the server is and who calls it."""
    return [
        *("--endpoint", variables["AWS_ENDPOINT_URL"], "--access-key", variables["AWS_ACCESS_KEY_ID"]),
        *("--secret-key", variables["AWS_SECRET_ACCESS_KEY"], "--https-proxy", variables["HTTPS_PROXY"]),
        *("--ca", variables["AWS_CA_BUNDLE"]),
    ]


def make_default_bucket(variables: dict[str, str]) -> None:
    """The bucket that an account has in which these tests ever ran: two tests that start at once both try to make it,
    and the SDK gives up when the other was quicker."""
    keys = (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
    session, endpoint = boto3.Session(*keys, region_name=REGION), variables["AWS_ENDPOINT_URL"]
    account = session.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]
    s3, bucket = session.client("s3", endpoint_url=endpoint), f"sagemaker-{REGION}-{account}"
    if bucket not in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})


def judge(tests: list[dict[str, Any]]) -> int:
    """Print the score and what failed without being listed. Returns the exit status."""
    listed = set(re.findall(r"`(test_\w+)`", COMPATIBILITY.read_text()))
    passed = [test for test in tests if test["status"] == "passed"]
    weak = sum(test["weak"] is not None for test in passed)
    print(f"\n{len(passed)} of {len(tests)}, {weak} of them weak")
    surprises = [test["id"] for test in tests if test["status"] != "passed" and name_of(test["id"]) not in listed]
    for surprise in surprises:
        print(f"  not passed, and not in {COMPATIBILITY.relative_to(ROOT)}: {surprise}")
    return 1 if surprises or not tests else 0


def name_of(test: str) -> str:
    return test.rsplit("::", 1)[-1].split("[")[0]


if __name__ == "__main__":
    raise SystemExit(main())
