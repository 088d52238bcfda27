"""Script mode: what a training script sees, and what is told when it fails."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ormer.runtimes.toolkit.failures import FAILURE_CHARS_MAX, PLATFORM_WORDS_CHARS, CommandFailed

SHOW = """
import json, os, sys
seen = {"variables": dict(os.environ), "arguments": sys.argv[1:], "path": sys.path, "cwd": os.getcwd()}
json.dump(seen, open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w"))
"""

SM_VARIABLES = {
    "SM_HOSTS",
    "SM_NETWORK_INTERFACE_NAME",
    "SM_HPS",
    "SM_USER_ENTRY_POINT",
    "SM_FRAMEWORK_PARAMS",
    "SM_RESOURCE_CONFIG",
    "SM_INPUT_DATA_CONFIG",
    "SM_OUTPUT_DATA_DIR",
    "SM_CHANNELS",
    "SM_CURRENT_HOST",
    "SM_CURRENT_INSTANCE_TYPE",
    "SM_CURRENT_INSTANCE_GROUP",
    "SM_CURRENT_INSTANCE_GROUP_HOSTS",
    "SM_INSTANCE_GROUPS",
    "SM_INSTANCE_GROUPS_DICT",
    "SM_DISTRIBUTION_INSTANCE_GROUPS",
    "SM_IS_HETERO",
    "SM_MODULE_NAME",
    "SM_MODULE_DIR",
    "SM_LOG_LEVEL",
    "SM_FRAMEWORK_MODULE",
    "SM_INPUT_DIR",
    "SM_INPUT_CONFIG_DIR",
    "SM_OUTPUT_DIR",
    "SM_NUM_CPUS",
    "SM_NUM_GPUS",
    "SM_NUM_NEURONS",
    "SM_MODEL_DIR",
    "SM_TRAINING_ENV",
    "SM_USER_ARGS",
    "SM_OUTPUT_INTERMEDIATE_DIR",
}


def encoded(**values):
    """Hyperparameters as the SDK sends them for scripts: each value as JSON."""
    return {name: json.dumps(value) for name, value in values.items()}


def test_a_script_gets_every_sm_variable_and_sorted_arguments(folder, run_program):
    folder.code(train_py=SHOW)
    folder.write(
        encoded(
            sagemaker_program="train.py",
            sagemaker_submit_directory=str(folder.root / "source"),
            sagemaker_container_log_level=10,
            sagemaker_mpi_enabled=True,
            _tuning_objective_metric="loss",
            epochs=3,
            b="text",
            nothing=None,
            table={"y": 2, "x": 1},
        ),
        {"train": {"TrainingInputMode": "File"}, "code-2": {"TrainingInputMode": "File"}},
        resourceconfig={
            "current_host": "algo-1",
            "hosts": ["algo-1"],
            "current_instance_type": "ml.m5.large",
            "current_group_name": "homogeneousCluster",
            "instance_groups": [
                {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": ["algo-1"]}
            ],
            "network_interface_name": "eth0",
        },
    )
    ran = run_program("script", "train", folder.root, MINE="kept")
    assert ran.exit_code == 0, ran.output
    seen = json.loads((folder.root / "model" / "seen.json").read_text())
    variables = seen["variables"]
    own = {"SM_CHANNEL_TRAIN", "SM_CHANNEL_CODE-2", "SM_HP_EPOCHS", "SM_HP_B", "SM_HP_NOTHING", "SM_HP_TABLE"}
    assert {name for name in variables if name.startswith("SM_")} == SM_VARIABLES | own
    assert seen["arguments"] == ["-b", "text", "--epochs", "3", "--nothing", "", "--table", "x=1,y=2"]
    assert json.loads(variables["SM_USER_ARGS"]) == seen["arguments"]
    assert variables["SM_HPS"] == '{"b":"text","epochs":3,"nothing":null,"table":{"x":1,"y":2}}'
    assert variables["SM_FRAMEWORK_PARAMS"] == '{"sagemaker_mpi_enabled":true}'
    assert variables["SM_CHANNELS"] == '["code-2","train"]'
    assert variables["SM_CHANNEL_TRAIN"] == str(folder.root / "input/data/train")
    assert variables["SM_OUTPUT_DATA_DIR"] == str(folder.root / "output/data")
    assert variables["SM_CURRENT_INSTANCE_GROUP_HOSTS"] == '["algo-1"]'
    assert variables["SM_MODULE_NAME"] == "train"
    assert variables["SM_LOG_LEVEL"] == "10"
    assert variables["SM_HP_NOTHING"] == ""
    assert variables["MINE"] == "kept"
    assert json.loads(variables["SM_TRAINING_ENV"])["channel_input_dirs"]["train"].endswith("input/data/train")
    assert seen["cwd"] == str(folder.root / "code")
    assert not any(entry.endswith(("ormer", "runtimes")) for entry in seen["path"])


def test_a_failing_script_leaves_its_traceback_not_only_an_exit_code(folder, run_program):
    folder.code(train_py="print('x' * 5000)\ndef load():\n    raise ValueError('column rings is missing')\nload()\n")
    folder.write(encoded(sagemaker_program="train.py", sagemaker_submit_directory=str(folder.root / "source")))
    ran = run_program("sklearn", "train", folder.root)
    assert ran.exit_code == 1
    assert ran.failure.startswith('ExecuteUserScriptError:\nExitCode 1\nErrorMessage "Traceback')
    assert 'ValueError: column rings is missing"' in ran.failure
    assert "train.py" in ran.failure.splitlines()[-1] and ran.failure.splitlines()[-1].startswith("Command ")
    assert len(ran.failure) <= FAILURE_CHARS_MAX
    assert "x" * 5000 in ran.output


def test_a_reason_written_by_the_script_itself_stays(folder, run_program):
    folder.code(
        train_py="import os\nopen(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('mine')\nraise SystemExit(3)\n"
    )
    folder.write(encoded(sagemaker_program="train.py", sagemaker_submit_directory=str(folder.root / "source")))
    assert run_program("script", "train", folder.root).failure == "mine"


@pytest.mark.parametrize("depth", [3, 60])
def test_the_failure_text_fits_and_ends_with_the_error_however_long_the_traceback_is(depth):
    traceback = "Traceback (most recent call last):\n" + '  File "a.py", line 1, in f\n    f()\n' * depth
    text = str(CommandFailed("ExecuteUserScriptError", "python a.py", 1, "noise\n" * 9 + traceback + "KeyError: 'z'"))
    assert len(text) <= FAILURE_CHARS_MAX - PLATFORM_WORDS_CHARS
    assert "KeyError: 'z'\"\nCommand" in text
    assert "noise" not in text


def test_code_comes_from_an_archive_and_a_shell_script_runs(folder, run_program):
    folder.code(
        start_sh='#!/bin/sh\necho "args: $@"\npython helper.py\n', helper_py="import sys; print('helper', sys.argv)"
    )
    archive = folder.root / "sourcedir.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        for path in (folder.root / "source").iterdir():
            opened.add(path, path.name)
    folder.write(encoded(sagemaker_program="start.sh", sagemaker_submit_directory=str(archive), lr=0.5))
    ran = run_program("script", "train", folder.root)
    assert ran.exit_code == 0, ran.output
    assert "args: --lr 0.5\nhelper ['helper.py']" in ran.output
    assert (folder.root / "output" / "success").exists()


def test_an_entry_point_may_be_named_as_a_module(folder, run_program):
    folder.code(train_py="import sys; print('began as', __name__, sys.argv[1:])")
    folder.write(encoded(sagemaker_program="train", sagemaker_submit_directory=str(folder.root / "source"), lr=0.5))
    ran = run_program("script", "train", folder.root)
    assert ran.exit_code == 0, ran.output
    assert "began as __main__ ['--lr', '0.5']" in ran.output


def test_a_missing_entry_point_is_named_with_what_is_there_instead(folder, run_program):
    folder.code(other_py="")
    folder.write(encoded(sagemaker_program="train.py", sagemaker_submit_directory=str(folder.root / "source")))
    ran = run_program("script", "train", folder.root)
    assert ran.exit_code == 1
    assert ran.failure == "UserError: the entry point train.py is not in the code; it holds: other.py"


def test_requirements_that_cannot_be_installed_fail_with_the_installers_words(folder, run_program):
    folder.code(train_py="", requirements_txt="./no-such-folder\n")
    folder.write(encoded(sagemaker_program="train.py", sagemaker_submit_directory=str(folder.root / "source")))
    ran = run_program("script", "train", folder.root)
    assert ran.exit_code == 1
    assert ran.failure.startswith("InstallRequirementsError:\nExitCode")
    assert "no-such-folder" in ran.failure


SAVE_ON_SIGTERM = """
import os, signal, sys
def save(number, frame):
    open(os.path.join(os.environ["SM_MODEL_DIR"], "saved"), "w").write("whole")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("waiting", flush=True)
signal.pause()
"""


def test_sigterm_reaches_the_script_so_that_it_can_save(folder, start_program):
    folder.code(train_py=SAVE_ON_SIGTERM)
    folder.write(encoded(sagemaker_program="train.py", sagemaker_submit_directory=str(folder.root / "source")))
    process = start_program("script", "train", folder.root)
    while "waiting" not in process.stdout.readline():
        continue
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    assert (folder.root / "model" / "saved").read_text() == "whole"


def test_a_script_without_a_handler_ends_with_the_signal_and_is_no_failure_of_its_own(folder, start_program):
    folder.code(train_py="import signal\nprint('waiting', flush=True)\nsignal.pause()\n")
    folder.write(encoded(sagemaker_program="train.py", sagemaker_submit_directory=str(folder.root / "source")))
    process = start_program("script", "train", folder.root)
    while "waiting" not in process.stdout.readline():
        continue
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 128 + signal.SIGTERM
    assert not (folder.root / "output" / "failure").exists()


def test_an_unknown_program_is_refused_with_the_usage(tmp_path: Path):
    run = Path(__file__).parents[3] / "src" / "ormer" / "runtimes" / "run.py"
    for words in (["xgboost", "fly"], ["nothing", "train"], ["../x", "train"], []):
        done = subprocess.run([sys.executable, str(run), *words], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2
        assert "usage: run.py KIND VERB" in done.stderr
