"""Processing jobs, run for real: their contract, their outputs, and how they fail."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise

import pytest
import sqlalchemy as sa
from tests.engines.jobs.conftest import BUCKET, PYTHON_IMAGE, REGISTRY, ROLE, Shop

from ormer.aws.errors import AwsError


def s3_input(name: str, uri: str, **more: str) -> dict[str, object]:
    local = f"/opt/ml/processing/input/{name}"
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": local, "S3DataType": "S3Prefix", "S3InputMode": "File", **more},
    }


def s3_output(name: str, mode: str = "EndOfJob") -> dict[str, object]:
    where = {"S3Uri": f"s3://{BUCKET}/out/{name}", "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": mode}
    return {"OutputName": name, "S3Output": where}


def cluster(count: int) -> dict[str, object]:
    return {"ClusterConfig": {"InstanceCount": count, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}}


def test_a_script_reads_its_inputs_and_its_outputs_become_objects(shop: Shop) -> None:
    shop.put("in/a.csv", "1,2\n")
    shop.put("in/deep/b.csv", "3,4\n")
    single = shop.put("code/preprocess.py", "x = 1\n")
    script = """
import pathlib
root = pathlib.Path("/opt/ml/processing")
names = sorted(str(p.relative_to(root)) for p in (root / "input").rglob("*") if p.is_file())
(root / "train" / "names.txt").write_text("\\n".join(names))
(root / "train" / "deeper").mkdir()
(root / "train" / "deeper" / "total.csv").write_text((root / "input/data/a.csv").read_text() * 2)
"""
    job = shop.process(
        script,
        ProcessingInputs=[s3_input("data", f"s3://{BUCKET}/in"), s3_input("code", single)],
        ProcessingOutputConfig={"Outputs": [s3_output("train")]},
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert shop.get(f"s3://{BUCKET}/out/train/names.txt").decode().split("\n") == [
        "input/code/preprocess.py",
        "input/data/a.csv",
        "input/data/deep/b.csv",
    ]
    assert shop.get(f"s3://{BUCKET}/out/train/deeper/total.csv") == b"1,2\n1,2\n"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]


def test_the_contract_files_and_variables_are_there(shop: Shop) -> None:
    script = """
import json, os, pathlib
ml = pathlib.Path("/opt/ml")
print(json.dumps({
    "job": json.loads((ml / "config/processingjobconfig.json").read_text()),
    "hosts": json.loads((ml / "config/resourceconfig.json").read_text()),
    "role": json.loads((ml / "metadata/resource-metadata.json").read_text())["ExecutionRoleArn"],
    "env": dict(os.environ),
}))
pathlib.Path("here.txt").write_text("the working folder is writable")
"""
    job = shop.process(script, name="contract", Environment={"MINE": "yes"})
    assert job["ProcessingJobStatus"] == "Completed", job
    [(stream, line)] = shop.log("ProcessingJob", "contract")
    said = json.loads(line)
    assert stream.startswith("contract/algo-1-")
    assert said["job"]["ProcessingJobName"] == "contract"
    assert said["job"]["AppSpecification"]["ImageUri"] == PYTHON_IMAGE
    assert said["hosts"]["current_host"] == "algo-1" and said["hosts"]["hosts"] == ["algo-1"]
    assert said["role"] == ROLE
    assert said["env"]["MINE"] == "yes" and said["env"]["AWS_REGION"] == "us-east-1"
    assert said["env"]["PROCESSING_JOB_NAME"] == "contract"
    # Clients wait for a server that is away.
    assert (said["env"]["AWS_RETRY_MODE"], said["env"]["AWS_MAX_ATTEMPTS"]) == ("standard", "10")
    assert said["env"]["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://127.0.0.1:4590/jobs/credentials/")


def test_a_raising_script_fails_with_its_traceback_as_the_reason(shop: Shop) -> None:
    job = shop.process("def f():\n    raise KeyError('rings')\nf()")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: Traceback (most recent call last)")
    assert "KeyError: 'rings'" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 1")


def test_the_message_file_becomes_the_exit_message(shop: Shop) -> None:
    script = (
        "import pathlib, sys; pathlib.Path('/opt/ml/output/message').write_text('done: ' + 'x' * 2000); sys.exit({})"
    )
    good = shop.process(script.format(0))
    assert good["ExitMessage"].startswith("done: xxx") and len(good["ExitMessage"]) == 1024
    bad = shop.process(script.format(3))
    assert bad["ProcessingJobStatus"] == "Failed" and bad["ExitMessage"].startswith("done: xxx")


def test_a_missing_input_fails_the_job_and_names_the_address(shop: Shop) -> None:
    job = shop.process("print('never')", ProcessingInputs=[s3_input("data", f"s3://{BUCKET}/nothing/here")])
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert f"s3://{BUCKET}/nothing/here" in job["FailureReason"]
    job = shop.process("print('never')", ProcessingInputs=[s3_input("data", "s3://no-such-bucket-at-all/x")])
    assert "NoSuchBucket" in job["FailureReason"] and "s3://no-such-bucket-at-all/x" in job["FailureReason"]


def test_an_output_whose_bucket_is_missing_fails_before_the_work_is_done(shop: Shop) -> None:
    output = s3_output("train")
    output["S3Output"]["S3Uri"] = "s3://no-such-bucket-at-all/x"  # type: ignore[index]
    job = shop.process("print('never')", ProcessingOutputConfig={"Outputs": [output]})
    assert job["FailureReason"].startswith("ClientError: Data upload failed")
    assert "s3://no-such-bucket-at-all/x" in job["FailureReason"]


def test_an_unmapped_image_is_refused_at_creation_with_the_way_out(shop: Shop) -> None:
    with pytest.raises(AwsError, match=r"ormer images add .*/my-own:v7 --requirements") as refused:
        shop.start_processing("pass", AppSpecification={"ImageUri": f"{REGISTRY}/my-own:v7"})
    assert refused.value.code == "ValidationException"


def test_a_taken_name_and_a_missing_job_answer_as_aws_does(shop: Shop) -> None:
    shop.start_processing("pass", name="twice")
    with pytest.raises(AwsError, match="a job with this name already exists") as taken:
        shop.start_processing("pass", name="twice")
    assert taken.value.code == "ResourceInUse"
    with pytest.raises(AwsError, match="Could not find requested job with name: nowhere") as missing:
        shop.call("DescribeProcessingJob", {"ProcessingJobName": "nowhere"})
    assert missing.value.code == "ValidationException"
    shop.wait("ProcessingJob", "twice")
    with pytest.raises(AwsError, match="is in status Completed"):
        shop.call("StopProcessingJob", {"ProcessingJobName": "twice"})
    listed = shop.call("ListProcessingJobs", {"NameContains": "twi", "StatusEquals": "Completed"})
    assert [each["ProcessingJobName"] for each in listed["ProcessingJobSummaries"]] == ["twice"]


@pytest.mark.parametrize("path", ["/etc", "/opt/ml/processing/../../../etc", "/opt/ml/input"])
def test_paths_outside_the_processing_folder_are_refused(shop: Shop, path: str) -> None:
    with pytest.raises(AwsError, match="must start with /opt/ml/processing/"):
        shop.start_processing("pass", ProcessingInputs=[s3_input("data", f"s3://{BUCKET}/in", LocalPath=path)])


def test_sharded_inputs_are_divided_among_hosts_that_all_run(shop: Shop) -> None:
    for number in range(5):
        shop.put(f"shards/{number}.csv", str(number))
    shop.put("whole/a.csv", "a")
    script = """
import json, os, pathlib
here = json.loads(pathlib.Path("/opt/ml/config/resourceconfig.json").read_text())
root = pathlib.Path("/opt/ml/processing")
mine = sorted(os.listdir(root / "input/data")) + sorted(os.listdir(root / "input/all"))
(root / "train" / here["current_host"]).write_text(" ".join(mine))
print(os.uname().nodename)
"""
    sharded = s3_input("data", f"s3://{BUCKET}/shards/", S3DataDistributionType="ShardedByS3Key")
    job = shop.process(
        script,
        name="sharded",
        ProcessingInputs=[sharded, s3_input("all", f"s3://{BUCKET}/whole/")],
        ProcessingOutputConfig={"Outputs": [s3_output("train")]},
        ProcessingResources=cluster(2),
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert shop.get(f"s3://{BUCKET}/out/train/algo-1") == b"0.csv 2.csv 4.csv a.csv"
    assert shop.get(f"s3://{BUCKET}/out/train/algo-2") == b"1.csv 3.csv a.csv"
    assert [line for _, line in shop.log("ProcessingJob", "sharded")] == ["algo-1", "algo-2"]


def test_one_failing_host_ends_the_others(shop: Shop) -> None:
    script = """
import os, time
if os.uname().nodename == "algo-2":
    raise ValueError("second host gives up")
time.sleep(300)
"""
    job = shop.process(script, ProcessingResources=cluster(2))
    assert job["ProcessingJobStatus"] == "Failed"
    assert "second host gives up" in job["FailureReason"] and "algo-2" in job["FailureReason"]


def test_manifests_and_compressed_inputs_are_understood(shop: Shop) -> None:
    shop.put("many/x.csv", "x")
    shop.put("many/y.csv", "y")
    shop.put("many/z.csv.gz", gzip.compress(b"zz"))
    manifest = shop.put("list.manifest", json.dumps([{"prefix": f"s3://{BUCKET}/many/"}, "x.csv"]))
    script = """
import pathlib
for path in sorted(pathlib.Path("/opt/ml/processing/input").rglob("*")):
    if path.is_file():
        print(path.name, path.read_text())
"""
    job = shop.process(
        script,
        name="manifest",
        ProcessingInputs=[
            s3_input("listed", manifest, S3DataType="ManifestFile"),
            s3_input("packed", f"s3://{BUCKET}/many/z.csv.gz", S3CompressionType="Gzip"),
        ],
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert [line for _, line in shop.log("ProcessingJob", "manifest")] == ["x.csv x", "z.csv zz"]


def test_a_job_changes_its_copy_of_an_input_and_never_the_object(shop: Shop) -> None:
    uri = shop.put("in/a.csv", "mine")
    script = "open('/opt/ml/processing/input/data/a.csv', 'w').write('theirs')"
    job = shop.process(script, ProcessingInputs=[s3_input("data", uri)])
    assert job["ProcessingJobStatus"] == "Completed", job
    assert shop.get(uri) == b"mine"


def test_links_and_special_files_in_an_output_are_passed_over(shop: Shop) -> None:
    script = """
import os
os.chdir("/opt/ml/processing/train")
os.symlink("/etc/passwd", "secrets")
os.symlink("/etc", "folder")
os.mkfifo("pipe")
open("real.txt", "w").write("real")
"""
    job = shop.process(script, ProcessingOutputConfig={"Outputs": [s3_output("train")]})
    assert job["ProcessingJobStatus"] == "Completed", job
    assert shop.keys("out/train") == ["out/train/real.txt"]


def test_stopping_a_job_ends_it_and_keeps_what_it_wrote(shop: Shop) -> None:
    script = """
import signal, sys, time, pathlib
out = pathlib.Path("/opt/ml/processing/train")
def end(*_):
    (out / "last.txt").write_text("saved in time")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("waiting", flush=True)
time.sleep(300)
"""
    name = shop.start_processing(script, ProcessingOutputConfig={"Outputs": [s3_output("train")]})
    shop.until("ProcessingJob", name, lambda job: bool(shop.log("ProcessingJob", name)))
    shop.call("StopProcessingJob", {"ProcessingJobName": name})
    job = shop.wait("ProcessingJob", name)
    assert job["ProcessingJobStatus"] == "Stopped" and "FailureReason" not in job
    assert shop.get(f"s3://{BUCKET}/out/train/last.txt") == b"saved in time"


def test_a_job_that_runs_too_long_is_stopped_and_says_so(shop: Shop) -> None:
    job = shop.process("import time; time.sleep(300)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert job["ProcessingJobStatus"] == "Stopped"
    assert "MaxRuntimeExceeded" in job["FailureReason"]


def test_lines_are_stored_once_and_in_order(shop: Shop) -> None:
    script = """
import time
for number in range(2000):
    print(f"line\\t{number}", flush=number % 100 == 0)
    if number % 500 == 0:
        time.sleep(0.4)
"""
    job = shop.process(script, name="chatty")
    assert job["ProcessingJobStatus"] == "Completed", job
    assert [line for _, line in shop.log("ProcessingJob", "chatty")] == [f"line#011{number}" for number in range(2000)]


def test_continuous_outputs_appear_while_the_job_runs(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ormer.engines.jobs.engine.SYNC_SECONDS", 0.2)
    script = """
import pathlib, time
pathlib.Path("/opt/ml/processing/live/early.txt").write_text("early")
while not pathlib.Path("/opt/ml/processing/live/../go").exists():
    time.sleep(0.05)
"""
    name = shop.start_processing(
        script, ProcessingOutputConfig={"Outputs": [s3_output("live", "Continuous")]}, name="live"
    )
    shop.until("ProcessingJob", name, lambda job: shop.keys("out/live") == ["out/live/early.txt"])
    shop.call("StopProcessingJob", {"ProcessingJobName": name})
    assert shop.wait("ProcessingJob", name)["ProcessingJobStatus"] == "Stopped"


def test_an_isolated_job_reaches_nothing(shop: Shop) -> None:
    script = """
import os, socket
assert "AWS_ENDPOINT_URL" not in os.environ
try:
    socket.create_connection(("127.0.0.1", 4590), 1)
except OSError as error:
    print("refused")
"""
    job = shop.process(script, name="alone", NetworkConfig={"EnableNetworkIsolation": True})
    assert job["ProcessingJobStatus"] == "Completed", job
    assert [line for _, line in shop.log("ProcessingJob", "alone")] == ["refused"]


def test_a_role_that_does_not_exist_is_refused_and_one_without_rights_fails_the_download(shop: Shop) -> None:
    with pytest.raises(AwsError, match="Could not assume role"):
        shop.start_processing("pass", RoleArn="arn:aws:iam::123456789012:role/nobody")
    with pytest.raises(AwsError, match=r"a role of account 210987654321, .* with ORMER_ACCOUNT=210987654321"):
        shop.start_processing("pass", RoleArn="arn:aws:iam::210987654321:role/elsewhere")
    trust = {"Version": "2012-10-17", "Statement": []}
    shop.call("CreateRole", {"RoleName": "poor", "AssumeRolePolicyDocument": json.dumps(trust)}, service="iam")
    uri = shop.put("in/a.csv", "1")
    job = shop.process("pass", RoleArn="arn:aws:iam::123456789012:role/poor", ProcessingInputs=[s3_input("data", uri)])
    assert job["ProcessingJobStatus"] == "Failed"
    assert "s3:GetObject" in job["FailureReason"] and "role/poor" in job["FailureReason"]


def test_a_job_leaves_a_trial_component_and_lineage(shop: Shop) -> None:
    uri = shop.put("in/a.csv", "1")
    name = "traced"
    job = shop.process(
        "pass",
        name=name,
        ProcessingInputs=[s3_input("data", uri)],
        ProcessingOutputConfig={"Outputs": [s3_output("train")]},
        ExperimentConfig={"ExperimentName": "study", "TrialName": "first"},
    )
    component = shop.call("DescribeTrialComponent", {"TrialComponentName": f"{name}-aws-processing-job"})
    assert component["Source"] == {"SourceArn": job["ProcessingJobArn"], "SourceType": "SageMakerProcessingJob"}
    assert component["Status"]["PrimaryStatus"] == "Completed"
    assert component["InputArtifacts"]["data"]["Value"] == uri
    assert component["OutputArtifacts"]["train"]["Value"] == f"s3://{BUCKET}/out/train"
    assert component["Parameters"]["SageMaker.InstanceType"]["StringValue"] == "ml.m5.large"
    listed = shop.call("ListTrialComponents", {"TrialName": "first"})
    assert [each["TrialComponentName"] for each in listed["TrialComponentSummaries"]] == [f"{name}-aws-processing-job"]
    into = shop.call("ListAssociations", {"DestinationArn": component["TrialComponentArn"]})
    assert {each["AssociationType"] for each in into["AssociationSummaries"]} == {"ContributedTo"}
    out = shop.call("ListAssociations", {"SourceArn": component["TrialComponentArn"], "AssociationType": "Produced"})
    [produced] = out["AssociationSummaries"]
    artifact = shop.call("DescribeArtifact", {"ArtifactArn": produced["DestinationArn"]})
    assert artifact["Source"]["SourceUri"] == f"s3://{BUCKET}/out/train"


def test_jobs_wait_in_line_for_the_machine_and_then_all_run(shop: Shop) -> None:
    large = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.4xlarge", "VolumeSizeInGB": 1}}
    names = [shop.start_processing("import time; time.sleep(0.2)", ProcessingResources=large) for _ in range(3)]
    jobs = [shop.wait("ProcessingJob", name) for name in names]
    assert [job["ProcessingJobStatus"] for job in jobs] == ["Completed"] * 3
    # Whose task is claimed first asks first; whoever that is, the others wait for the whole machine.
    for earlier, later in pairwise(sorted(jobs, key=lambda job: job["ProcessingStartTime"])):
        assert earlier["ProcessingEndTime"] <= later["ProcessingStartTime"]


def test_an_input_that_is_a_query_of_redshift_fails_the_job_and_says_what_to_do(shop: Shop) -> None:
    query = {
        "ClusterId": "cluster",
        "Database": "dev",
        "DbUser": "awsuser",
        "QueryString": "select 1",
        "ClusterRoleArn": ROLE,
        "OutputS3Uri": f"s3://{BUCKET}/redshift",
        "OutputFormat": "PARQUET",
    }
    definition = {"LocalPath": "/opt/ml/processing/query", "RedshiftDatasetDefinition": query}
    job = shop.process("print(1)", ProcessingInputs=[{"InputName": "query", "DatasetDefinition": definition}])
    assert job["ProcessingJobStatus"] == "Failed"
    assert "input query is a query of Redshift" in job["FailureReason"]
    assert "S3Input" in job["FailureReason"]


def test_a_job_costs_five_commits(shop: Shop) -> None:
    """It is made, admitted, running, over, and final; its task is claimed and let go within these."""
    commits: list[int] = []

    def count(_connection: sa.Connection) -> None:
        commits.append(1)

    request = {"AppSpecification": {"ImageUri": PYTHON_IMAGE, "ContainerEntrypoint": ["true"]}}
    assert shop.process("", **request)["ProcessingJobStatus"] == "Completed"
    full = {"ProcessingJobName": "counted", "RoleArn": ROLE, "ProcessingResources": cluster(1), **request}
    sa.event.listen(sa.Engine, "commit", count)
    try:
        shop.call("CreateProcessingJob", full)
        assert shop.wait("ProcessingJob", "counted")["ProcessingJobStatus"] == "Completed"
    finally:
        sa.event.remove(sa.Engine, "commit", count)
    assert len(commits) == 5


def test_a_processing_script_works_in_the_root_of_its_container(shop: Shop) -> None:
    """Scripts of the provider's examples unpack a model into ".." and open it from where they are."""
    job = shop.process("import os; open('../here', 'w').write('x'); assert open('here').read() == 'x', os.getcwd()")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")


def test_a_program_that_takes_itself_for_another_user_may_use_sudo(shop: Shop) -> None:
    """As SageMaker's remote functions do wherever the job's environment names a USER."""
    script = """
import os, subprocess
os.mkdir("/opt/ml/processing/kept", mode=0o700)
subprocess.run(["sudo", "chmod", "-R", "777", "/opt/ml/processing/kept"], check=True)
print(oct(os.stat("/opt/ml/processing/kept").st_mode & 0o777))
words = ["sudo", "-n", "-u", "root", "--", "MADE=so", "sh", "-c", "echo $MADE; exit 3"]
print(subprocess.run(words).returncode)
"""
    job = shop.process(script, name="raised", Environment={"USER": "somebody"})
    assert job["ProcessingJobStatus"] == "Completed", job
    assert [text for _, text in shop.log("ProcessingJob", "raised")] == ["0o777", "so", "3"]


def test_mlflow_sends_nothing_about_a_job_unless_its_owner_says_so(shop: Shop) -> None:
    """The thread that would ask whether to send imports while the program imports, and autolog() has hung on it."""
    script = "import os\nprint(os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    for name, environment, seen in (("silent", {}, "true"), ("told", {"MLFLOW_DISABLE_TELEMETRY": "false"}, "false")):
        shop.process(script, name=name, Environment=environment)
        assert [text for _, text in shop.log("ProcessingJob", name)] == [seen]
