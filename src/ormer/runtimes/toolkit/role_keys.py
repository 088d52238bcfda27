"""`run.py toolkit role_keys`: the keys of the job's role as a `credential_process` prints them.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from typing import Dict, Mapping
from urllib.parse import urlsplit

# A server that was ended comes back within a second or two, on a busy machine within ten.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 30.0


class NoKeys(Exception):
    """The server has no keys for this job; the text is its answer, or why there was none."""


def main() -> int:
    """1 and the cause on standard error when there are no keys."""
    try:
        found = fetched(os.environ)
    except NoKeys as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"Version": 1, **found}))
    return 0


def fetched(environ: Mapping[str, str], patience: float = PATIENCE_SECONDS) -> Dict[str, str]:
    """AccessKeyId, SecretAccessKey, SessionToken and Expiration (ISO 8601).

    Asks again while the server is away, for as many seconds. NoKeys when it stays away or refuses."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return _asked(environ)
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() > deadline:
                raise NoKeys("the server that keeps this role's keys does not answer: {}".format(error)) from None
            time.sleep(PAUSE_SECONDS)


def _asked(environ: Mapping[str, str]) -> Dict[str, str]:
    address = urlsplit(environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", address.path, headers={"Authorization": environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status >= 500:
        raise http.client.HTTPException("status {}".format(answer.status))
    if answer.status != 200:
        raise NoKeys(content.decode("utf-8", "replace"))
    keys = json.loads(content)
    return {
        "AccessKeyId": keys["AccessKeyId"],
        "SecretAccessKey": keys["SecretAccessKey"],
        "SessionToken": keys["Token"],
        "Expiration": keys["Expiration"],
    }
