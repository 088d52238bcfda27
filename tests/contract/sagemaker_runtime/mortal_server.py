"""A server to be killed, as a process: `python mortal_server.py HOME`.

Its endpoint `one` captures everything, its endpoint `later` is asynchronous and takes its time.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from ormer.config import Config
from ormer.engines.hosting.routes import Answer, AsyncOutput, Capture, Route, Variant
from ormer.first_run import root_key
from ormer.server import Server


class Echo:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        time.sleep(self.seconds)
        return Answer(200, body, "text/csv")


def main(home: str) -> None:
    server = Server(Config(home=Path(home), port=0, tls_port=0))
    server.start()
    stores, account, region = server.house.stores, server.config.account, server.config.region
    if stores.objects.find_bucket("captures") is None:
        stores.objects.create_bucket("captures", account, region)
    capture = Capture("s3://captures/all", 100, True, True, frozenset({"text/csv"}), frozenset())
    for name, seconds, more in (
        ("one", 0.0, {"capture": capture}),
        ("later", 0.02, {"async_output": AsyncOutput("s3://captures/later", concurrency_max=3)}),
    ):
        arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/{name}"
        variant = Variant("AllTraffic", 1.0, evaluator=Echo(seconds))
        server.house.routes.put(Route(arn, account, region, name, "config", (variant,), **more))
    key = root_key(stores)
    print(server.config.port, key.access_key_id, key.secret, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
