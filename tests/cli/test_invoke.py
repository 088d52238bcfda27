"""`ormer invoke` asks an endpoint of the running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner

from ormer.cli.main import main
from ormer.engines.hosting.routes import Answer, Route, Variant


class Telling:
    """An evaluator that tells what it was asked."""

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        return Answer(200, b"%b as %b for %b" % (body, content_type.encode(), accept.encode()), "text/plain")


def endpoint(server: Any) -> list[str]:
    account, region = server.config.account, server.config.region
    arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/one"
    variant = Variant("AllTraffic", 1.0, evaluator=Telling())
    server.house.routes.put(Route(arn, account, region, "one", "config", (variant,)))
    return ["invoke", "one", "--home", str(server.config.home)]


def test_data_and_files_are_sent_and_the_answer_is_printed(server: Any, tmp_path: Path) -> None:
    words = endpoint(server)
    said = CliRunner().invoke(main, [*words, "--data", "1,2", "--accept", "text/plain", "--variant", "AllTraffic"])
    assert (said.exit_code, said.stdout) == (0, "1,2 as text/csv for text/plain")
    file = tmp_path / "body.json"
    file.write_text("[1]")
    said = CliRunner().invoke(main, [*words, "--file", str(file), "--content-type", "application/json"])
    assert said.stdout.startswith("[1] as application/json")
    said = CliRunner().invoke(main, [*words, "--file", "-"], input="3,4")
    assert said.stdout.startswith("3,4 as text/csv")


def test_what_goes_wrong_is_said_in_awss_words(server: Any) -> None:
    words = endpoint(server)
    said = CliRunner().invoke(main, [*words, "--data", "1", "--variant", "other"])
    assert said.exit_code == 1
    assert "Variant other not found in endpoint one" in said.output
    assert CliRunner().invoke(main, words).exit_code == 2
