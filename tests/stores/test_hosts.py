"""Where notifications may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormer.stores.database import Database
from ormer.stores.tables import metadata
from ormer.stores.topics import hosts


def test_this_machine_may_be_notified_and_others_when_they_are_named(tmp_path: Path) -> None:
    assert hosts.place("http://localhost:8080/a?b=c", frozenset()).path == "/a?b=c"
    with pytest.raises(ValueError, match="may not be notified"):
        hosts.place("http://192.0.2.1/", frozenset())
    named = hosts.place("https://192.0.2.1/", frozenset({"192.0.2.1"}))
    assert (named.address, named.port, named.path) == ("192.0.2.1", 443, "/")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http:///x", "http://u:p@127.0.0.1/", "http://0.0.0.0/", "x"])
def test_what_is_no_place_to_notify_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        hosts.place(url, frozenset())


def test_the_hosts_that_the_configuration_names_are_remembered(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    metadata.create_all(database.engine)
    hosts.allow(database, "Hooks.example.org, other")
    hosts.allow(database, "Hooks.example.org, other")
    with database.read() as tx:
        assert hosts.allowed(tx) == {"hooks.example.org", "other"}
    database.close()
