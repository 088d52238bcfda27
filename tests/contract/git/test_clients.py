"""What people do with git: clone, push, tag, force, delete, shallow and partial clones, in every protocol version."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_a_clone_pushes_and_another_clone_pulls(git, url, told, version, codecommit):
    settings = ("-c", f"protocol.version={version}")
    git(*settings, "clone", "-q", url, "one")
    one = git.at("one")
    one("symbolic-ref", "HEAD", "refs/heads/main")
    first = one.commit("First", a_txt="one\n")
    one(*settings, "push", "-q", "origin", "main")
    git(*settings, "clone", "-q", url, "two")
    two = git.at("two")
    assert two("branch", "--show-current").strip() == "main"
    second = two.commit("Second", a_txt="two\n")
    two(*settings, "push", "-q")
    one(*settings, "pull", "-q", "origin", "main")
    assert (one.folder / "a.txt").read_text() == "two\n"
    name = url.rpartition("/")[2]
    assert codecommit.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"] == second
    created, updated = told(url)
    assert (created["event"], created["commitId"]) == ("referenceCreated", first)
    assert (updated["event"], updated["commitId"], updated["oldCommitId"]) == ("referenceUpdated", second, first)
    assert created["callerUserArn"] == "arn:aws:iam::123456789012:root"


def test_tags_are_pushed_told_and_deleted(work, url, told):
    work("tag", "-a", "v1", "-m", "One")
    work("push", "-q", "origin", "v1")
    work("push", "-q", "origin", ":refs/tags/v1")
    created, deleted = told(url)[1:]
    assert (created["event"], created["referenceType"], created["referenceName"]) == ("referenceCreated", "tag", "v1")
    assert created["referenceFullName"] == "refs/tags/v1"
    assert (deleted["event"], deleted["referenceType"]) == ("referenceDeleted", "tag")
    assert deleted["oldCommitId"] == created["commitId"] == work("rev-parse", "v1").strip()


def test_a_branch_is_forced_and_deleted(work, url, told):
    work("push", "-q", "origin", "main:side")
    work("commit", "-q", "--amend", "-m", "Other words")
    assert "rejected" in work("push", "origin", "main:side", expect=1)
    work("push", "-q", "--force", "origin", "main:side")
    work("push", "-q", "origin", ":side")
    assert [event["event"] for event in told(url)] == [
        "referenceCreated",
        "referenceCreated",
        "referenceUpdated",
        "referenceDeleted",
    ]


def test_the_default_branch_is_not_deleted_by_a_push(work):
    assert "deletion of the current branch prohibited" in work("push", "origin", ":main", expect=1)


def test_an_atomic_push_moves_all_refs_or_none(work, url, told):
    work("push", "-q", "origin", "main:kept")
    work.commit("Second", a_txt="two\n")
    work("push", "-q", "origin", "main:kept")
    count = len(told(url))
    # For `main` the new commit is the next one, for `kept` it is not.
    work("commit", "-q", "--amend", "-m", "Aside")
    said = work("push", "--atomic", "origin", "main:main", "main:kept", expect=1)
    assert "atomic" in said
    assert len(told(url)) == count
    said = work("push", "origin", "main:main", "main:kept", expect=1)
    assert "rejected" in said
    assert len(told(url)) == count + 1


def test_the_server_itself_refuses_all_refs_of_an_atomic_push_when_it_refuses_one(work, url, told):
    work.commit("Second", a_txt="two\n")
    work("checkout", "-q", "-b", "other")
    # The current branch cannot be deleted; only the server knows that.
    said = work("push", "--atomic", "origin", "other", ":main", expect=1)
    assert "prohibited" in said
    assert [event["referenceName"] for event in told(url)] == ["main"]


def test_shallow_and_partial_clones_bring_only_what_they_need(work, git, url):
    work.commit("Second", b_txt="two\n")
    work("push", "-q", "origin", "main")
    git("clone", "-q", "--depth", "1", url, "shallow")
    shallow = git.at("shallow")
    assert shallow("rev-list", "--count", "HEAD").strip() == "1"
    shallow("fetch", "-q", "--unshallow")
    assert shallow("rev-list", "--count", "HEAD").strip() == "2"
    git("clone", "-q", "--filter=blob:none", "--no-checkout", url, "partial")
    partial = git.at("partial")
    missing = partial("rev-list", "--objects", "--all", "--missing=print")
    assert missing.count("?") == 2
    assert partial("show", "HEAD:b.txt") == "two\n"
    shallow.commit("Third", c_txt="three\n")
    shallow("push", "-q", "origin", "main")
    assert "Third" in work("fetch", "-q") + work("log", "--format=%s", "origin/main")


def test_a_push_larger_than_the_post_buffer_comes_in_chunks(work, url, git):
    work.commit("Large", large_bin=os.urandom(3_000_000))
    work("-c", "http.postBuffer=65536", "push", "-q", "origin", "main")
    git("clone", "-q", url, "again")
    again = git.at("again")
    assert (again.folder / "large.bin").read_bytes() == (work.folder / "large.bin").read_bytes()


def test_a_gzipped_request_is_understood(work, url, authorization):
    question = b"0014command=ls-refs\n00010009peel\n0000"
    headers = {"Git-Protocol": "version=2", "Content-Encoding": "gzip", **authorization(url)}
    request = urllib.request.Request(f"{url}/git-upload-pack", gzip.compress(question), headers)
    answer = urllib.request.urlopen(request).read()
    assert work("rev-parse", "HEAD").strip().encode() + b" refs/heads/main" in answer
    request = urllib.request.Request(f"{url}/git-upload-pack", b"not gzip", headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400
    assert b"not gzip" in refused.value.read()


def test_a_client_that_asks_to_continue_is_told_to(work, url, authorization):
    place = urllib.parse.urlsplit(url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        head = [f"POST {place.path}/git-upload-pack HTTP/1.1", f"Host: {place.netloc}", "Expect: 100-continue"]
        head += ["Git-Protocol: version=2", "Content-Length: 24"]
        head += [f"{name}: {value}" for name, value in authorization(url).items()]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"0014command=ls-refs\n0000")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_two_pushes_to_one_branch_at_once_leave_one_winner(work, git, url, told, codecommit):
    git("clone", "-q", url, "other")
    other = git.at("other")
    commits = [work.commit("Mine", mine_txt="m"), other.commit("Theirs", theirs_txt="t")]
    ended: dict[int, int] = {}

    def push(number, client):
        ended[number] = client.run("push", "-q", "origin", "main").returncode

    threads = [threading.Thread(target=push, args=pair) for pair in enumerate((work, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended.values()) == [0, 1]
    winner = next(number for number, status in ended.items() if status == 0)
    assert (
        codecommit.get_branch(repositoryName=url.rpartition("/")[2], branchName="main")["branch"]["commitId"]
        == commits[winner]
    )
    assert [event["commitId"] for event in told(url)][1:] == [commits[winner]]


def test_two_pushes_to_two_branches_at_once_both_arrive_and_are_told_once(work, git, url, told):
    git("clone", "-q", url, "other")
    other = git.at("other")
    work.commit("Mine", mine_txt="m")
    other.commit("Theirs", theirs_txt="t")
    pairs = ((work, "HEAD:refs/heads/mine"), (other, "HEAD:refs/heads/theirs"))
    threads = [threading.Thread(target=client.run, args=("push", "-q", "origin", refspec)) for client, refspec in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event["referenceName"] for event in told(url)) == ["main", "mine", "theirs"]


def test_objects_that_are_not_sound_are_refused(work):
    """A tree that names `.git` would overwrite a clone's own repository."""
    blob = work("hash-object", "-w", "a.txt").strip()
    raw = b"100644 .git\0" + bytes.fromhex(blob)
    made = subprocess.run(
        ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        cwd=work.folder,
        env=work.environment,
        input=raw,
        capture_output=True,
    )
    tree_id = made.stdout.decode().strip()
    commit = work("commit-tree", "-m", "Evil", tree_id).strip()
    said = work("push", "origin", f"{commit}:refs/heads/evil", expect=1)
    assert "hasDotgit" in said or "unpack" in said
