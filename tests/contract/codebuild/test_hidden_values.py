"""Variables of builds that stand in Parameter Store and Secrets Manager, and logs that hide them."""

from __future__ import annotations

import json

import pytest

SHOWN = "python -c \"import os; print('{0}', len(os.environ['{0}']), os.environ['{0}'][::-1], os.environ['{0}'])\""


@pytest.fixture
def stored(shared_server, unique):
    """The names of a parameter, of a SecureString and of a secret with two members, and what stands there."""
    name = unique("hidden")
    ssm, secretsmanager = shared_server.client("ssm"), shared_server.client("secretsmanager")
    ssm.put_parameter(Name=f"/{name}/plain", Value="a-plain-value", Type="String")
    ssm.put_parameter(Name=f"/{name}/secure", Value="a-secure-value", Type="SecureString")
    text = json.dumps({"user": "somebody", "password": "a-secret-value"})
    secretsmanager.create_secret(Name=name, SecretString=text)
    return name


def test_a_buildspec_takes_values_from_the_stores_and_its_log_hides_them(
    codebuild, project, over, lines, stored, shared_server
):
    arn = shared_server.client("secretsmanager").describe_secret(SecretId=stored)["ARN"]
    commands = "\n".join(f"      - {SHOWN.format(name)}" for name in ("PLAIN", "SECURE", "USER_NAME", "PASSWORD"))
    name = project(
        "version: 0.2\n"
        "env:\n"
        f"  parameter-store:\n    PLAIN: /{stored}/plain\n    SECURE: /{stored}/secure\n"
        f"  secrets-manager:\n    USER_NAME: {stored}:user\n    PASSWORD: {arn}:password:AWSCURRENT\n"
        f"phases:\n  build:\n    commands:\n{commands}\n      - echo whole $SECURE && ls /nowhere/$PASSWORD\n"
    )
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    told = lines(build)
    for variable, value in (
        ("PLAIN", "a-plain-value"),
        ("SECURE", "a-secure-value"),
        ("USER_NAME", "somebody"),
        ("PASSWORD", "a-secret-value"),
    ):
        # Backwards nobody knows it: so it is seen that the program had it.
        assert f"{variable} {len(value)} {value[::-1]} ***" in told
    assert "whole ***" in told
    assert not any("a-secret-value" in line or "a-secure-value" in line for line in told)
    assert "a-secret-value" not in json.dumps(build, default=str)


def test_a_projects_variables_take_values_from_the_stores(codebuild, project, over, lines, stored):
    variables = [
        {"name": "SECURE", "value": f"/{stored}/secure", "type": "PARAMETER_STORE"},
        {"name": "PASSWORD", "value": f"{stored}:password", "type": "SECRETS_MANAGER"},
    ]
    name = project("version: 0.2\nphases:\n  build:\n    commands: [echo $SECURE-$PASSWORD]\n")
    build = codebuild.start_build(projectName=name, environmentVariablesOverride=variables)["build"]
    assert over(build["id"])["buildStatus"] == "SUCCEEDED"
    assert "***-***" in lines(codebuild.batch_get_builds(ids=[build["id"]])["builds"][0])


def test_a_variable_that_cannot_be_read_fails_the_build_in_words(codebuild, project, over):
    name = project("version: 0.2\nenv:\n  secrets-manager:\n    WORD: nobody-made-it:key\nphases: {}\n")
    build = over(codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "FAILED"
    failed = next(phase for phase in build["phases"] if phase["phaseStatus"] == "FAILED")
    assert "WORD cannot be read from nobody-made-it:key" in failed["contexts"][0]["message"]
