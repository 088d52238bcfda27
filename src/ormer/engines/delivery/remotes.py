"""A branch of a Git repository elsewhere, fetched to be made into an artifact.

git runs as a process of its own with nobody's configuration, hooks or filters, writes objects into a folder of its own
and checks nothing out. It speaks to the one address that the machine's owner named: it follows no redirect.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ormer.stores.connections import Remote
from ormer.stores.repositories import processes
from ormer.stores.repositories.processes import GitFailed
from ormer.stores.repositories.repository import Repository

FETCH_SECONDS_MAX = 600.0
COMMAND_SECONDS_MAX = 60.0
# Of the server's own variables: how the network is reached, and whose certificates are trusted.
NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
SETTINGS = ("http.followRedirects=false", "credential.helper=", "fetch.fsckObjects=true")
PROTOCOLS = "https:http:file"
LEFT_OUT = ("hooks", "branches", "description")
HEADS = "refs/heads/"


@contextmanager
def fetched(remote: Remote, branch: str, commit_id: str, depth: int, folder: Path) -> Iterator[tuple[Repository, str]]:
    """The repository with the branch and the commit in it, and the commit's id; `folder` is gone afterwards.

    commit_id: "" for the branch's newest one. depth: how many commits of history, 0 for all. Raises GitFailed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        _git(folder, "init", "--quiet", "--bare", f"--initial-branch={branch}", ".")
        depths = [f"--depth={depth}"] if depth else []
        heads = [f"+{HEADS}{branch}:{HEADS}{branch}"]
        _git(folder, "fetch", "--quiet", "--no-tags", *depths, "--", remote.url, *heads, remote=remote)
        with Repository(folder) as opened:
            found = opened.head(branch)
            if commit_id and opened.resolve(commit_id) is None:
                _git(folder, "fetch", "--quiet", "--no-tags", *depths, "--", remote.url, commit_id, remote=remote)
        if found is None:
            raise GitFailed(f"There is no branch {branch}.")
        with Repository(folder) as opened:
            yield opened, commit_id or found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_history(archive: bytes, folder: Path, url: str) -> bytes:
    """A zip of a commit's files with the repository's own in `.git`, so that git works where it is unpacked."""
    _git(folder, "read-tree", "HEAD")
    _git(folder, "config", "core.bare", "false")
    _git(folder, "remote", "add", "--", "origin", url)
    target = io.BytesIO(archive)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder)
            if path.is_file() and inner.parts[0] not in LEFT_OUT:
                opened.write(path, f".git/{inner.as_posix()}")
    return target.getvalue()


def _git(folder: Path, *words: str, remote: Remote | None = None) -> None:
    options = [word for setting in SETTINGS for word in ("-c", setting)]
    seconds = FETCH_SECONDS_MAX if remote else COMMAND_SECONDS_MAX
    try:
        done = subprocess.run(
            processes.command(*options, *words),
            cwd=folder,
            env=_environment(remote),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {words[0]} took longer than {seconds:.0f} s") from error
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip()[-500:]
        raise GitFailed(text or f"git {words[0]} ended with {done.returncode}")


def _environment(remote: Remote | None) -> Mapping[str, str]:
    """git's variables. A password goes this way, since the words of a process are there for everyone to read."""
    own = {name: os.environ[name] for name in NETWORK if name in os.environ}
    if "SSL_CERT_FILE" in own:
        own["GIT_SSL_CAINFO"] = own["SSL_CERT_FILE"]
    if remote is not None and remote.user:
        encoded = base64.b64encode(remote.user.encode()).decode()
        own |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{remote.url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {encoded}",
        }
    return processes.environment(GIT_ALLOW_PROTOCOL=PROTOCOLS, GIT_DIR=".", **own)
