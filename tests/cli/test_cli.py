"""The command line as a person uses it: real processes, real ports, a home of its own."""

from __future__ import annotations

import json
import os
import shlex
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from tests.ports import free_port


class Shell:
    """Runs `ormer` with a home and ports of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.tls_port = free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORMER_"))}
        self.environment = {
            **kept,
            "ORMER_HOME": str(home),
            "ORMER_PORT": str(self.port),
            "ORMER_TLS_PORT": str(self.tls_port),
        }

    def __call__(self, *words: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ormer", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home")


@pytest.fixture
def up(shell: Shell) -> Iterator[Shell]:
    shell("up", "-d")
    yield shell
    if "No server" not in shell("status", expect=0 if (shell.home / "server.json").exists() else 3):
        shell("down")


def test_a_server_starts_behind_shows_its_status_and_ends(shell: Shell) -> None:
    assert f"http://127.0.0.1:{shell.port}" in shell("up", "-d")
    found = json.loads(shell("status", "--json"))
    assert found["running"] is True
    assert found["port"] == shell.port
    assert found["under_way"] == []
    assert "runs already" in shell("up", "-d")
    assert "has ended" in shell("down")
    assert json.loads(shell("status", "--json", expect=3))["running"] is False


def test_a_second_server_in_the_same_home_is_refused_with_what_to_do(up: Shell) -> None:
    said = up("up", "--port", str(free_port()), expect=1)
    assert "ormer down" in said


def test_a_taken_port_is_refused_with_what_to_do(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = shell("up", "--port", str(taken.getsockname()[1]), expect=1)
    assert "--port" in said
    assert "Traceback" not in said


def test_an_unknown_setting_in_the_configuration_names_it(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "config.toml").write_text("prot = 1\n")
    assert "prot" in shell("up", expect=1)


def test_env_speaks_the_language_of_each_shell(shell: Shell) -> None:
    assert f"export AWS_ENDPOINT_URL=http://127.0.0.1:{shell.port}" in shell("env")
    assert "set -gx AWS_REGION us-east-1" in shell("env", "--shell", "fish")
    assert "$env:AWS_REGION = 'us-east-1'" in shell("env", "--shell", "powershell")
    assert "AWS_REGION=us-east-1" in shell("env", "--shell", "dotenv").splitlines()


def test_env_gives_a_session_of_the_execution_role_that_works(up: Shell) -> None:
    variables = json.loads(up("env", "--json"))
    client = boto3.client(
        "sts",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
    )
    arn = client.get_caller_identity()["Arn"]
    assert ":assumed-role/AmazonSageMakerServiceCatalogProductsUseRole/" in arn
    config = Path(variables["SAGEMAKER_USER_CONFIG_OVERRIDE"]).read_text()
    assert "TelemetryOptOut: true" in config
    assert "DefaultS3Bucket: sagemaker-us-east-1-123456789012" in config


def test_env_full_makes_the_hard_coded_sts_host_answer_here(up: Shell) -> None:
    code = (
        "import boto3;"
        "print(boto3.client('sts', endpoint_url='https://sts.us-east-1.amazonaws.com').get_caller_identity()['Arn'])"
    )
    exports = up("env", "--full")
    script = f"{exports}\n{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    bare = {name: value for name, value in up.environment.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(["sh", "-c", script], env=bare, capture_output=True, text=True, timeout=60)
    assert "assumed-role" in done.stdout, done.stderr


def test_env_full_names_the_sdk_no_configuration_and_takes_back_an_earlier_one(up: Shell) -> None:
    assert json.loads(up("env", "--full", "--json"))["SAGEMAKER_USER_CONFIG_OVERRIDE"] == ""
    assert "unset SAGEMAKER_USER_CONFIG_OVERRIDE" in up("env", "--full").splitlines()


def test_git_in_a_shell_of_env_clones_from_a_home_on_ports_of_its_own(up: Shell, tmp_path: Path) -> None:
    variables = json.loads(up("env", "--json"))
    boto3.client(
        "codecommit",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
    ).create_repository(repositoryName="shop")
    bare = {name: value for name, value in up.environment.items() if not name.startswith("ORMER_")}
    settings = {**bare, **{name: value for name, value in variables.items() if value}, "HOME": str(tmp_path)}
    url = f"{variables['AWS_ENDPOINT_URL']}/v1/repos/shop"
    cloning = ["git", "clone", "-q", url, str(tmp_path / "shop")]
    done = subprocess.run(cloning, env=settings, capture_output=True, text=True, timeout=60)
    assert (tmp_path / "shop" / ".git").is_dir(), done.stderr


def test_env_root_gives_the_root_key(up: Shell) -> None:
    variables = json.loads(up("env", "--root", "--json"))
    assert variables["AWS_ACCESS_KEY_ID"].startswith("AKIA")
    assert variables["AWS_SESSION_TOKEN"] == ""


def test_the_home_and_its_key_are_for_the_owner_only(up: Shell) -> None:
    assert stat.S_IMODE(up.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((up.home / "secret.key").stat().st_mode) == 0o600


def test_no_secret_is_written_to_the_log(up: Shell) -> None:
    variables = json.loads(up("env", "--json"))
    secrets = [variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]]
    boto3.client(
        "sts",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secrets[0],
        aws_session_token=secrets[1],
    ).get_caller_identity()
    log = up("logs", "-n", "1000")
    assert "GetCallerIdentity" in log
    assert not any(secret in log for secret in secrets)


def test_logs_of_an_unknown_job_say_so(up: Shell) -> None:
    assert "no training, processing or transform job" in up("logs", "nothing", expect=1)


def test_doctor_tells_about_sandbox_python_git_disk_and_tasks(shell: Shell) -> None:
    found = {finding["name"]: finding for finding in json.loads(shell("doctor", "--json"))}
    assert set(found) == {"python", "git", "disk", "sandbox", "tasks"}
    assert all(finding["seen"] for finding in found.values())


def test_help_teaches_the_first_steps() -> None:
    done = subprocess.run([sys.executable, "-m", "ormer", "--help"], capture_output=True, text=True, timeout=60)
    assert 'eval "$(ormer env)"' in done.stdout
    for command in ("up", "down", "status", "env", "git-credential", "doctor", "logs", "images", "demo"):
        assert f"  {command} " in done.stdout


def test_plain_git_clones_and_pushes_in_a_shell_of_env(up: Shell, tmp_path: Path) -> None:
    script = f"""
{up("env")}
set -e
cd {shlex.quote(str(tmp_path))}
{shlex.quote(sys.executable)} -c "import boto3; boto3.client('codecommit').create_repository(repositoryName='abalone')"
git clone -q http://127.0.0.1:{up.port}/v1/repos/abalone work
cd work
git -c user.name=Ada -c user.email=ada@example.com commit -q --allow-empty -m First
git push -q origin HEAD:main
git ls-remote https://git-codecommit.us-east-1.amazonaws.com/v1/repos/abalone
"""
    done = subprocess.run(["sh", "-c", script], env=up.environment, capture_output=True, text=True, timeout=120)
    assert "refs/heads/main" in done.stdout, done.stderr


def test_what_git_was_told_before_is_kept_by_env(shell: Shell) -> None:
    shell.environment |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Ada",
    }
    variables = json.loads(shell("env", "--json").partition("No server runs")[0])
    assert variables["GIT_CONFIG_KEY_0"] == "user.name"
    shell.environment |= variables
    again = json.loads(shell("env", "--json").partition("No server runs")[0])
    assert again["GIT_CONFIG_COUNT"] == variables["GIT_CONFIG_COUNT"]
