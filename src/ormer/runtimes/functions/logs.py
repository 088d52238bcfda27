"""What Lambda's runtime writes into a function's log by itself, and the logging that it sets up for functions."""

from __future__ import annotations

import logging
import resource
import sys
import time

# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
LINE = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
TIME = "%Y-%m-%dT%H:%M:%S"


class _RequestId(logging.Filter):
    def __init__(self, request_id: str) -> None:
        super().__init__()
        self._request_id = request_id

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self._request_id
        return True


def set_up(request_id: str) -> None:
    """Let the root logger write lines as Lambda's does."""
    formatter = logging.Formatter(LINE, TIME)
    formatter.converter = time.gmtime
    writer = logging.StreamHandler(sys.stdout)
    writer.setFormatter(formatter)
    writer.addFilter(_RequestId(request_id))
    logging.getLogger().addHandler(writer)


def begin(request_id: str, version: str) -> None:
    """The first line of an invocation."""
    print("START RequestId: {} Version: {}".format(request_id, version), flush=True)


def end(request_id: str, seconds: float, init_seconds: float, memory_size: str) -> None:
    """The last lines: how long it took and how much it needed."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    milliseconds = seconds * 1000
    print("END RequestId: {}".format(request_id), flush=True)
    print(
        "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\t"
        "Max Memory Used: {} MB\tInit Duration: {:.2f} ms\t".format(
            request_id, milliseconds, int(milliseconds) + 1, memory_size, peak_mb, init_seconds * 1000
        ),
        flush=True,
    )
