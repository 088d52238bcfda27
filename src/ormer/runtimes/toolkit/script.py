"""Script mode: the user's own training program, started as SageMaker's training toolkit starts it."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Dict, List, Mapping, Optional

from ..stand_ins import missing_folders
from .child import Ended, run_command
from .code import fetch_code
from .contract import DEFAULT_ROOT, Contract, base_dir
from .failures import CommandFailed, UserError, write_failure
from .requirements import install_package, install_requirements
from .variables import module_name, script_arguments, script_variables

FAILURE_EXIT_CODE = 1
KILLED_EXIT_CODE = 137


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Runs the training program of the job under root; returns 0, 1, or 128 + n when signal n ended it."""
    variables = os.environ if environ is None else environ
    try:
        job = Contract.read(root, variables)
        if job.program is None:
            raise UserError("there is no program to run: set the hyperparameter sagemaker_program to your entry point")
        return run_script(job)
    except UserError as error:
        return report_failure(base_dir(root, variables), error)


def run_script(job: Contract) -> int:
    """Fetches the user's code, installs what it needs and runs it. Raises UserError when one of these goes wrong.

    Returns 0, or 128 + n when the program was ended by signal n and so did not fail by itself.
    """
    if job.submit_directory:
        fetch_code(job.submit_directory, job.code_dir, job.environ)
    job.code_dir.mkdir(parents=True, exist_ok=True)
    for folder in (job.model_dir, job.output_data_dir, job.intermediate_dir):
        folder.mkdir(parents=True, exist_ok=True)
    environ = child_environment(job)
    with tempfile.TemporaryDirectory(prefix="requirements-") as scratch:
        command = _prepare(job, Path(scratch), environ)
        print("Invoking script with the following command:\n\n{}\n".format(printable(command)), flush=True)
        ended = run_command(command, str(job.code_dir), environ)
    return _judge(job, command, ended)


def child_environment(job: Contract) -> Dict[str, str]:
    """Returns the variables the program runs with: the job's own, SM_*, and the code folder on the module path.

    The interpreter's own folder leads PATH, because a shell script says `python` and means the image's.
    """
    environ = dict(job.environ)
    environ.update(script_variables(job))
    environ["PYTHONUNBUFFERED"] = "1"
    _prepend(environ, "PYTHONPATH", job.code_dir)
    _prepend(environ, "PATH", Path(sys.executable).parent)
    return environ


def report_failure(root: Path, error: Exception) -> int:
    """Writes why the job failed to the failure file and the log; returns the exit code."""
    text = str(error) if isinstance(error, CommandFailed) else "{}: {}".format(type(error).__name__, error)
    if not isinstance(error, UserError):
        traceback.print_exc()
    print(text, file=sys.stderr, flush=True)
    write_failure(root, text)
    return FAILURE_EXIT_CODE


def printable(command: List[str]) -> str:
    """Returns a command as a person would type it."""
    return " ".join(shlex.quote(part) for part in command)


def _prepare(job: Contract, scratch: Path, environ: Dict[str, str]) -> List[str]:
    """Installs what the entry point needs and returns the command: a package, a Python program or a shell command."""
    program = job.program or ""
    arguments = script_arguments(job.script_hyperparameters)
    if (job.code_dir / "setup.py").exists():
        extra = install_package(job.code_dir, scratch, environ)
        command = [sys.executable, "-m", module_name(job).replace("/", "."), *arguments]
    elif program.endswith(".py"):
        extra = install_requirements(job.code_dir, scratch, environ)
        if not (job.code_dir / program).exists():
            raise UserError(
                "the entry point {} is not in the code; it holds: {}".format(program, _listing(job.code_dir))
            )
        command = [sys.executable, program, *arguments]
    elif not (job.code_dir / program).exists() and (job.code_dir / (program + ".py")).exists():
        # The images of XGBoost and scikit-learn run the entry point as a module, so people may leave its suffix out.
        extra = install_requirements(job.code_dir, scratch, environ)
        command = [sys.executable, "-m", program.replace("/", "."), *arguments]
    else:
        extra = install_requirements(job.code_dir, scratch, environ)
        command = _shell_command(job.code_dir, program, arguments)
    if extra is not None:
        _prepend(environ, "PYTHONPATH", extra)
    environ["PYTHONPATH"] = os.pathsep.join([environ["PYTHONPATH"], *missing_folders()])
    return command


def _shell_command(code_dir: Path, program: str, arguments: List[str]) -> List[str]:
    script = code_dir / program
    if script.exists() and not os.access(str(script), os.X_OK):
        script.chmod(script.stat().st_mode | 0o755)
    return ["/bin/sh", "-c", printable(["./" + program, *arguments])]


def _judge(job: Contract, command: List[str], ended: Ended) -> int:
    if ended.exit_code == 0:
        (job.output_dir / "success").touch()
        return 0
    if ended.by_signal and ended.exit_code != KILLED_EXIT_CODE:
        return ended.exit_code
    extra = None
    if ended.exit_code == KILLED_EXIT_CODE:
        extra = "OutOfMemory: Process killed by SIGKILL (signal 9)"
    raise CommandFailed("ExecuteUserScriptError", printable(command), ended.exit_code, ended.output, extra)


def _listing(folder: Path) -> str:
    return ", ".join(sorted(entry.name for entry in folder.iterdir())) or "nothing"


def _prepend(environ: Dict[str, str], name: str, folder: Path) -> None:
    before = environ.get(name)
    environ[name] = str(folder) + (os.pathsep + before if before else "")
