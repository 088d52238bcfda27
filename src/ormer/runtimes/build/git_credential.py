"""`run.py build git_credential get`: git's user name and password for repositories here, signed with the role's keys.

https://git-scm.com/docs/git-credential
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import sys
import time
from typing import Dict, Mapping, Tuple

from ..toolkit.role_keys import fetched

# A repository of CodeCommit's, or one behind a code connection: what is signed is the path as git has it.
REPOSITORY = re.compile(r"/?(v1/repos/[^/]+|git-http/\d{12}/[a-z0-9-]+/[^/]+/[^/]+/.+[^/]).*")


def main() -> int:
    """Answers `get`; there is nothing to store or to erase."""
    if sys.argv[1:2] != ["get"]:
        return 0
    asked = dict(line.rstrip("\n").partition("=")[::2] for line in sys.stdin if "=" in line)
    for name, value in credential(asked, os.environ, keys(os.environ)).items():
        print("{}={}".format(name, value))
    return 0


def keys(environ: Mapping[str, str]) -> Tuple[str, str, str]:
    """Key id, secret and token: the variables' own, else the role's."""
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        return environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], environ.get("AWS_SESSION_TOKEN", "")
    found = fetched(environ)
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def credential(asked: Mapping[str, str], environ: Mapping[str, str], key: Tuple[str, str, str]) -> Dict[str, str]:
    """The answer to what git asks; {} for paths that are no repository's."""
    path = REPOSITORY.match(asked.get("path", ""))
    if path is None:
        return {}
    key_id, secret, token = key
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    scope = "{}/{}/codecommit/aws4_request".format(stamp[:8], environ["AWS_REGION"])
    canonical = "GIT\n/{}\n\nhost:{}\n\nhost\n".format(path.group(1), asked.get("host", ""))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signing = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    text = "AWS4-HMAC-SHA256\n{}\n{}\n{}".format(stamp, scope, digest)
    signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
    user = "{}%{}".format(key_id, token) if token else key_id
    return {"username": user, "password": "{}Z{}".format(stamp, signature)}
