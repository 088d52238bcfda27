"""Builds as boto3 sees them: real commands in the real sandbox."""

from __future__ import annotations

import io
import zipfile

import pytest
from botocore.exceptions import ClientError
from tests.contract.codebuild.conftest import BUCKET, zipped

PHASES = [
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
]
STATEFUL = """
version: 0.2
env:
  variables: {FROM_SPEC: spec, FROM_PROJECT: spec}
  exported-variables: [ANSWER]
phases:
  install:
    commands:
      - say() { echo "said $1"; }
      - export ANSWER=42
      - cd /tmp
  build:
    commands:
      - say "$FROM_SPEC $FROM_PROJECT $FROM_CALL in $PWD"
"""


def test_a_build_runs_its_phases_in_one_shell(codebuild, project, over, lines):
    variables = [{"name": "FROM_PROJECT", "value": "project"}, {"name": "FROM_CALL", "value": "project"}]
    (first,) = codebuild.batch_get_projects(names=[project()])["projects"]
    name = project(STATEFUL, environment={**first["environment"], "environmentVariables": variables})
    override = [{"name": "FROM_CALL", "value": "call"}]
    started = codebuild.start_build(projectName=name, environmentVariablesOverride=override)["build"]
    assert (started["buildStatus"], started["buildNumber"], started["projectName"]) == ("IN_PROGRESS", 1, name)
    build = over(started["id"])
    assert build["buildStatus"] == "SUCCEEDED", lines(build)
    assert [phase["phaseType"] for phase in build["phases"]] == PHASES
    assert build["exportedEnvironmentVariables"] == [{"name": "ANSWER", "value": "42"}]
    assert "said spec project call in /tmp" in lines(build)
    assert build["logs"]["groupName"] == f"/aws/codebuild/{name}"


def test_a_failing_command_is_named_with_its_last_words(codebuild, project, over, lines):
    name = project(
        "version: 0.2\nphases:\n  build:\n    commands: [echo the reason, ls /nowhere, echo never]\n"
        "  post_build:\n    commands: [echo succeeding=$CODEBUILD_BUILD_SUCCEEDING]\n"
    )
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "FAILED"
    failed = next(phase for phase in build["phases"] if phase["phaseType"] == "BUILD")
    assert failed["phaseStatus"] == "FAILED"
    (context,) = failed["contexts"]
    assert context["statusCode"] == "COMMAND_EXECUTION_ERROR"
    assert context["message"].startswith("Error while executing command: ls /nowhere. Reason: exit status 2")
    assert "No such file or directory" in context["message"]
    told = lines(build)
    assert "succeeding=0" in told
    assert "never" not in told
    assert any(line.endswith("Phase complete: BUILD State: FAILED") for line in told)


def test_sources_and_artifacts_are_zips_of_s3(codebuild, project, over, lines, bucket):
    spec = (
        "version: 0.2\nphases:\n  build:\n    commands:\n"
        "      - cat $CODEBUILD_SRC_DIR/name.txt $CODEBUILD_SRC_DIR_Other/other.txt > $TARGET\n"
        "artifacts:\n  files: [$TARGET]\n"
        "  secondary-artifacts:\n    Texts: {files: ['**/*.txt'], discard-paths: yes}\n"
    )
    bucket.put_object(Bucket=BUCKET, Key="one.zip", Body=zipped({"my/spec.yml": spec, "name.txt": "one "}))
    bucket.put_object(Bucket=BUCKET, Key="two.zip", Body=zipped({"other.txt": "two"}))
    name = project(source={"type": "CODEPIPELINE", "buildspec": "my/spec.yml"}, artifacts={"type": "CODEPIPELINE"})
    with pytest.raises(ClientError, match="comes from a pipeline"):
        codebuild.start_build(projectName=name)
    kept = {"type": "S3", "location": BUCKET, "path": "out", "packaging": "ZIP"}
    started = codebuild.start_build(
        projectName=name,
        sourceTypeOverride="S3",
        sourceLocationOverride=f"{BUCKET}/one.zip",
        secondarySourcesOverride=[{"type": "S3", "location": f"{BUCKET}/two.zip", "sourceIdentifier": "Other"}],
        artifactsOverride={**kept, "name": "primary.zip"},
        secondaryArtifactsOverride=[{**kept, "name": "texts", "artifactIdentifier": "Texts", "packaging": "NONE"}],
        environmentVariablesOverride=[{"name": "TARGET", "value": "made.json"}],
    )["build"]
    build = over(started["id"])
    assert build["buildStatus"] == "SUCCEEDED", lines(build)
    assert build["artifacts"]["location"] == f"arn:aws:s3:::{BUCKET}/out/primary.zip"
    assert len(build["artifacts"]["sha256sum"]) == 64
    made = zipfile.ZipFile(io.BytesIO(bucket.get_object(Bucket=BUCKET, Key="out/primary.zip")["Body"].read()))
    assert made.read("made.json") == b"one two"
    assert bucket.get_object(Bucket=BUCKET, Key="out/texts/name.txt")["Body"].read() == b"one "
    (secondary,) = build["secondaryArtifacts"]
    assert secondary["artifactIdentifier"] == "Texts"


def test_a_repository_is_cloned_at_the_version_asked_for(codebuild, project, over, lines, shared_server):
    git = shared_server.client("codecommit")
    git.create_repository(repositoryName="built")
    spec = "version: 0.2\nphases:\n  build:\n    commands: [cat word.txt, git log --oneline]\n"
    files = [{"filePath": "buildspec.yml", "fileContent": spec}, {"filePath": "word.txt", "fileContent": "first\n"}]
    first = git.create_commit(repositoryName="built", branchName="main", putFiles=files)["commitId"]
    later = [{"filePath": "word.txt", "fileContent": "second\n"}]
    second = git.create_commit(repositoryName="built", branchName="main", parentCommitId=first, putFiles=later)
    place = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/built"
    name = project(source={"type": "CODECOMMIT", "location": place})
    newest = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert newest["buildStatus"] == "SUCCEEDED", lines(newest)
    assert newest["resolvedSourceVersion"] == second["commitId"]
    assert "second" in lines(newest)
    older = over(codebuild.start_build(projectName=name, sourceVersion=first)["build"]["id"])
    assert older["resolvedSourceVersion"] == first
    assert "first" in lines(older)


def test_a_build_acts_as_its_role_and_pushes_to_repositories_here(codebuild, project, over, lines, shared_server):
    shared_server.client("codecommit").create_repository(repositoryName="pushed")
    place = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/pushed"
    name = project(
        "version: 0.2\nphases:\n  build:\n    commands:\n"
        "      - git init -q -b main work && cd work && git config user.email a@example.com && git config user.name a\n"
        f"      - touch a && git add a && git commit -qm first && git push -q {place} main\n"
    )
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED", lines(build)
    branch = shared_server.client("codecommit").get_branch(repositoryName="pushed", branchName="main")["branch"]
    assert len(branch["commitId"]) == 40


def test_a_buildspec_that_is_wrong_fails_the_download_with_its_line(codebuild, project, over):
    name = project("version: 0.2\nphases:\n  build:\n    commands: {echo: a}\n")
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "FAILED"
    (context,) = [each for phase in build["phases"] for each in phase.get("contexts", [])]
    assert context == {"statusCode": "YAML_FILE_ERROR", "message": "line 4: `commands` must be a list"}


def test_a_source_that_is_not_there_fails_the_build(codebuild, project, over, bucket):
    name = project(source={"type": "S3", "location": f"{BUCKET}/nothing.zip"})
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "FAILED"
    assert "nothing.zip" in str(build["phases"])


def test_a_build_is_stopped(codebuild, project, over, shared_server):
    name = project("version: 0.2\nphases:\n  build:\n    commands: [sleep 300]\n")
    identifier = codebuild.start_build(projectName=name)["build"]["id"]
    codebuild.stop_build(id=identifier)
    assert over(identifier)["buildStatus"] == "STOPPED"
    assert codebuild.stop_build(id=identifier)["build"]["buildStatus"] == "STOPPED"


def test_a_token_starts_one_build(codebuild, project, over):
    name = project()
    first = codebuild.start_build(projectName=name, idempotencyToken="once")["build"]
    assert codebuild.start_build(projectName=name, idempotencyToken="once")["build"]["id"] == first["id"]
    second = codebuild.start_build(projectName=name)["build"]
    assert second["buildNumber"] == 2
    over(first["id"]), over(second["id"])
    assert codebuild.list_builds_for_project(projectName=name)["ids"] == [second["id"], first["id"]]
    ascending = codebuild.list_builds_for_project(projectName=name, sortOrder="ASCENDING")["ids"]
    assert ascending == [first["id"], second["id"]]


def test_a_build_is_started_again_as_it_was(codebuild, project, over, lines):
    name = project("version: 0.2\nphases:\n  build:\n    commands: [echo was]\n")
    override = "version: 0.2\nphases:\n  build:\n    commands: [echo overridden]\n"
    first = over(codebuild.start_build(projectName=name, buildspecOverride=override)["build"]["id"])
    again = over(codebuild.retry_build(id=first["id"])["build"]["id"])
    assert again["id"] != first["id"]
    assert "overridden" in lines(again)


def test_builds_that_are_over_are_deleted(codebuild, project, over):
    name = project()
    done = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert done["id"] in codebuild.list_builds()["ids"]
    answer = codebuild.batch_delete_builds(ids=[done["id"], f"{name}:none"])
    assert answer["buildsDeleted"] == [done["arn"]]
    assert answer["buildsNotDeleted"] == [{"id": f"{name}:none", "statusCode": "BUILD_NOT_FOUND"}]
    assert done["id"] not in codebuild.list_builds()["ids"]
    assert codebuild.batch_get_builds(ids=[done["id"]])["buildsNotFound"] == [done["id"]]


def test_more_builds_than_the_project_allows_are_refused(codebuild, project, over):
    name = project("version: 0.2\nphases:\n  build:\n    commands: [sleep 300]\n", concurrentBuildLimit=1)
    first = codebuild.start_build(projectName=name)["build"]["id"]
    with pytest.raises(ClientError) as refused:
        codebuild.start_build(projectName=name)
    assert refused.value.response["Error"]["Code"] == "AccountLimitExceededException"
    codebuild.stop_build(id=first)
    over(first)


def test_docker_is_refused_in_words(codebuild, project, over):
    name = project("version: 0.2\nphases:\n  build:\n    commands: [docker build .]\n")
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "FAILED"
    assert "There is no Docker engine inside builds" in str(build["phases"])


def test_builds_tell_of_their_states_and_phases(codebuild, project, over, shared_server):
    from ormer.stores import events

    name = project()
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    with shared_server.house.stores.database.read() as tx:
        told = events.about(tx, build["arn"])[::-1]
    states = [each["detail"] for each in told if each["detail_type"] == "CodeBuild Build State Change"]
    assert [detail["build-status"] for detail in states] == ["IN_PROGRESS", "SUCCEEDED"]
    assert states[-1]["project-name"] == name
    assert states[-1]["additional-information"]["build-complete"] is True
    phases = [each["detail"]["completed-phase"] for each in told if each["detail_type"].endswith("Phase Change")]
    assert phases == PHASES[:-1]


def test_what_a_build_does_to_packages_ends_with_it(codebuild, project, over, lines, shared_server):
    cache = shared_server.config.home / "builds" / "packages"
    name = project(
        "version: 0.2\nphases:\n  build:\n    commands:\n"
        "      - touch $UV_CACHE_DIR/poison && test -e $UV_CACHE_DIR/poison\n"
        "      - pip --version && python -m pip --version\n"
    )
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED", lines(build)
    assert not (cache / "poison").exists()
    assert sum(line.startswith("pip ") for line in lines(build)) == 2


def test_a_role_builds_what_its_policies_allow(project, over, shared_server, codebuild):
    allowed, other = project(), project()
    iam, sts = shared_server.client("iam"), shared_server.client("sts")
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]}'
    )
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["codebuild:StartBuild", '
        f'"codebuild:BatchGetBuilds"], "Resource": "arn:aws:codebuild:us-east-1:123456789012:project/{allowed}"}}]}}'
    )
    role = iam.create_role(RoleName="Builder", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="Builder", PolicyName="builds", PolicyDocument=policy)
    key = sts.assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    client = shared_server.client(
        "codebuild",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )
    started = client.start_build(projectName=allowed)["build"]
    assert started["initiator"] == "assumed-role/Builder/ci"
    assert client.batch_get_builds(ids=[started["id"]])["builds"][0]["arn"] == started["arn"]
    with pytest.raises(ClientError, match="not authorized to perform: codebuild:StartBuild"):
        client.start_build(projectName=other)
    over(started["id"])


def test_programs_find_boto3_and_setuptools_as_in_codebuilds_images(codebuild, project, over, lines):
    ask = """python -c "import boto3, pkg_resources; print(boto3.client('sts').get_caller_identity()['Arn'])" """
    name = project(f"version: 0.2\nphases:\n  build:\n    commands:\n      - {ask}\n")
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED", lines(build)
    assert any(":assumed-role/" in line for line in lines(build))


def test_uvs_system_python_is_that_of_the_build(codebuild, project, over, lines):
    """At CodeBuild `uv pip install --system` installs for the runtime version; the machine's own Python is no part."""
    name = project("version: 0.2\nphases:\n  build:\n    commands:\n      - /opt/ormer/uv pip show --system boto3\n")
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED", lines(build)
    assert any(line.startswith("Location: /codebuild/venv/") for line in lines(build)), lines(build)
