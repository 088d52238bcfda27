"""A server whose one endpoint captures everything, as a process to be killed: `python capture_server.py HOME`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from ormer.config import Config
from ormer.engines.hosting.routes import Answer, Capture, Route, Variant
from ormer.first_run import root_key
from ormer.server import Server


class Echo:
    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        return Answer(200, body, "text/csv")


def main(home: str) -> None:
    server = Server(Config(home=Path(home), port=0, tls_port=0))
    server.start()
    stores, account, region = server.house.stores, server.config.account, server.config.region
    if stores.objects.find_bucket("captures") is None:
        stores.objects.create_bucket("captures", account, region)
    capture = Capture("s3://captures/all", 100, True, True, frozenset({"text/csv"}), frozenset())
    arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/one"
    variant = Variant("AllTraffic", 1.0, evaluator=Echo())
    server.house.routes.put(Route(arn, account, region, "one", "config", (variant,), capture=capture))
    key = root_key(stores)
    print(server.config.port, key.access_key_id, key.secret, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
