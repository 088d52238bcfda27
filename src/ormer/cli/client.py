"""The CLI's way to the server: the AWS operations, signed with the home's own key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ormer.config import load
from ormer.homes import running

if TYPE_CHECKING:
    from ormer.stores.stores import Stores


@contextmanager
def opened(home: Path) -> Iterator[Stores]:
    """The stores of a home, for what its owner may see and no operation answers; beside a running server or without."""
    from ormer.aws.clock import WallClock
    from ormer.stores.stores import open_stores

    config, state = load(home=home), running(home)
    address = f"http://{state.host}:{state.port}" if state else config.endpoint
    stores = open_stores(config.home, config.database_url, WallClock(), address)
    try:
        yield stores
    finally:
        stores.close()


# What a page's token is called in the next request, where it has another name.
TOKENS = {"NextPageToken": "PageToken", "NextContinuationToken": "ContinuationToken"}


class Client:
    """Calls operations of the server that lives in a home. Raises ClickException when none runs."""

    def __init__(self, home: Path) -> None:
        import botocore.config
        import botocore.session

        from ormer.first_run import root_key

        state = running(home)
        if state is None:
            raise click.ClickException("No server runs in this home. Start one with `ormer up -d`.")
        config = load(home=home)
        with opened(home) as stores:
            key = root_key(stores)
        self.region, self.account = config.region, config.account
        self.endpoint = f"http://{state.host}:{state.port}"
        self._session = botocore.session.Session()
        self._session.set_credentials(key.access_key_id, key.secret)
        self._config = botocore.config.Config(retries={"max_attempts": 2}, parameter_validation=False)
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """One operation's answer; AWS's error as a ClickException."""
        from botocore.exceptions import ClientError

        client = self.client(service)
        try:
            answer: dict[str, Any] = getattr(client, _snake(operation))(**params)
        except ClientError as error:
            raise click.ClickException(str(error)) from None
        return answer

    def pages(self, service: str, operation: str, member: str, /, **params: Any) -> list[Any]:
        """The items of all pages of a list; AWS's error as a ClickException."""
        found: list[Any] = []
        while True:
            page = self.call(service, operation, **params)
            found += page.get(member, [])
            token = next(
                (name for name in ("NextToken", "NextPageToken", "NextContinuationToken") if page.get(name)), ""
            )
            if not token:
                return found
            params |= {TOKENS.get(token, token): page[token]}

    def client(self, service: str) -> Any:
        """A botocore client of the service."""
        if service not in self._clients:
            self._clients[service] = self._session.create_client(
                service, region_name=self.region, endpoint_url=self.endpoint, config=self._config
            )
        return self._clients[service]


def _snake(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower()
