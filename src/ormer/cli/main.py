"""`ormer`: start and stop the server, connect clients, look at what it does."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

from ormer import __version__

# Each command imports its module only when it is called, so that `ormer env` costs a fraction of a second.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "up": ("ormer.cli.up", "Start the server."),
    "down": ("ormer.cli.down", "Stop the server; running jobs go on unless told otherwise."),
    "studio": ("ormer.cli.studio", "Print a link that opens Studio in a browser, signed in."),
    "user": ("ormer.cli.user", "Add people who look at Studio, each with a role."),
    "status": ("ormer.cli.status", "Show whether the server runs and what it is doing."),
    "env": ("ormer.cli.env", "Print the variables that point boto3, the AWS CLI and the SageMaker SDK here."),
    "git-credential": ("ormer.cli.git_credential", "Give git the password of a repository here."),
    "doctor": ("ormer.cli.doctor", "Check this machine: sandbox, interpreters, disk, ports."),
    "logs": ("ormer.cli.logs", "Print a job's log, or the server's."),
    "invoke": ("ormer.cli.invoke", "Ask an endpoint and print its answer."),
    "monitor": ("ormer.cli.monitor", "List, show and run monitoring schedules."),
    "images": ("ormer.cli.images", "List, add and prefetch the runtimes behind image URIs."),
    "project": ("ormer.cli.project", "Make, look at and delete MLOps projects."),
    "template": ("ormer.cli.template", "The templates projects are made of: built in, and your own."),
    "connection": ("ormer.cli.connection", "Say which Git repositories stand behind code connections."),
    "model": ("ormer.cli.model", "What happened to a version of a model, and where it serves."),
    "demo": ("ormer.cli.demo", "Run the abalone story from data to a registered model."),
}


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ormer")
def main() -> None:
    """The SageMaker MLOps system on your own machine.

    \b
    First steps:
      ormer up -d                 start the server in the background
      eval "$(ormer env)"         point this shell's AWS clients at it
      python your_pipeline.py     your SageMaker code, unchanged
      ormer studio                watch it in a browser

    State lives in ORMER_HOME (default ~/.ormer).
    """
