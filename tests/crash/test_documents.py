"""What two runs are compared by does not depend on the ids that chance gave them."""

from __future__ import annotations

import json

from tests.crash.documents import Plain


def test_rows_that_differ_by_ids_alone_read_the_same() -> None:
    def row(execution: str, etag: str) -> tuple[str, str, float]:
        members = {f"{execution}/Pack/model.tar.gz": etag, "Objects": "1", "CreationTime": 1790000000.25}
        return ("Artifact", json.dumps(members, separators=(",", ":")), 1.0)

    first = Plain("arn:aws:sagemaker:us-east-1:1:pipeline/p/execution/0aaaaaaaaaaa")
    second = Plain("arn:aws:sagemaker:us-east-1:1:pipeline/p/execution/zbbbbbbbbbbb")
    assert first(row("0aaaaaaaaaaa", "a" * 32)) == second(row("zbbbbbbbbbbb", "b" * 32))


def test_rows_that_say_something_else_read_differently() -> None:
    plain = Plain("arn:aws:sagemaker:us-east-1:1:pipeline/p/execution/0aaaaaaaaaaa")
    assert plain(("Artifact", '{"Objects":"1"}')) != plain(("Artifact", '{"Objects":"2"}'))
