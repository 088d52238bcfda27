"""Who may: credentials of every client, refusals that say what to do, and policies down to the branch."""

from __future__ import annotations

import base64
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from ormer.stores import connections

ACCOUNT = "arn:aws:codecommit:us-east-1:123456789012"


def allow(*actions, on="*"):
    return {"Effect": "Allow", "Action": [f"codecommit:{action}" for action in actions], "Resource": on}


def deny_main(*actions):
    """Keep `main` from everybody: https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-conditional-branch.html"""
    condition = {
        "StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]},
        "Null": {"codecommit:References": "false"},
    }
    return {**allow(*actions), "Effect": "Deny", "Condition": condition}


def keys_of(client):
    """boto3's names for the keys of a git client."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {name.lower(): client.environment[name] for name in names}


def test_git_remote_codecommit_clones_and_pushes_over_tls(git, url, shared_server, told):
    name, config = url.rpartition("/")[2], shared_server.config
    bundle = str(config.home / "tls" / "ca-bundle.pem")
    grc = git.at(".", CODE_COMMIT_ENDPOINT=f"127.0.0.1:{config.tls_port}", GIT_SSL_CAINFO=bundle, AWS_CA_BUNDLE=bundle)
    grc("clone", "-q", f"codecommit::us-east-1://{name}", "work")
    work = grc.at("work")
    work("symbolic-ref", "HEAD", "refs/heads/main")
    commit = work.commit("By helper", a_txt="one\n")
    work("push", "-q", "origin", "main")
    assert [event["commitId"] for event in told(url)] == [commit]


def test_git_remote_codecommit_reaches_another_region(git, shared_server):
    shared_server.client("codecommit", region="eu-west-1").create_repository(repositoryName="far")
    config = shared_server.config
    bundle = str(config.home / "tls" / "ca-bundle.pem")
    grc = git.at(".", CODE_COMMIT_ENDPOINT=f"127.0.0.1:{config.tls_port}", GIT_SSL_CAINFO=bundle)
    grc("ls-remote", "codecommit::eu-west-1://far")
    assert "no repository far in us-east-1" in grc("ls-remote", "codecommit::us-east-1://far", expect=128)


def test_the_aws_clis_credential_helper_clones(git, work, url):
    bare = {"GIT_CONFIG_COUNT": "0"}
    helper = "credential.helper=!aws codecommit credential-helper $@ --ignore-host-check"
    git("-c", helper, "-c", "credential.UseHttpPath=true", "clone", "-q", url, "by-cli", **bare)
    assert (git.folder / "by-cli" / "a.txt").read_text() == "one\n"


def test_codecommits_own_urls_arrive_here_in_a_shell_of_ormer_env(git, work, url):
    name = url.rpartition("/")[2]
    git("clone", "-q", f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{name}", "original")
    assert (git.folder / "original" / "a.txt").read_text() == "one\n"


def test_the_credential_helper_answers_for_this_server_only(git, shared_server):
    config = shared_server.config

    def asked(host, path="v1/repos/x"):
        return subprocess.run(
            [sys.executable, "-m", "ormer", "git-credential", "get"],
            input=f"protocol=http\nhost={host}\npath={path}\n\n",
            env=git.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert "password=" in asked(f"127.0.0.1:{config.port}")
    assert "password=" in asked(f"localhost:{config.tls_port}")
    assert asked("github.com") == asked("127.0.0.1:1") == ""
    assert asked(f"127.0.0.1:{config.port}", "other/path") == ""


def test_without_keys_in_the_environment_the_helper_signs_as_the_homes_root(git, url):
    nobody = {name: value for name, value in git.environment.items() if not name.startswith("AWS_")}
    git.environment = nobody
    git("clone", "-q", url, "as-root")
    assert (git.folder / "as-root" / ".git").is_dir()


def test_a_stranger_is_told_to_bring_credentials(git, url):
    said = git("clone", url, "x", expect=128, GIT_CONFIG_COUNT="0")
    assert "could not read Username" in said
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/info/refs?service=git-upload-pack")
    assert refused.value.code == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert b"ormer env" in refused.value.read()


def test_an_iam_users_git_credentials_clone_until_they_are_switched_off(git, work, url, user, shared_server):
    reader = user(allow("GitPull"))
    iam = shared_server.client("iam")
    name = reader.folder.name
    made = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    made = made["ServiceSpecificCredential"]
    assert made["ServiceUserName"] == f"{name}-at-123456789012"
    place = url.replace("//", f"//{made['ServiceUserName']}:{made['ServicePassword']}@")
    bare = {"GIT_CONFIG_COUNT": "0"}
    git("clone", "-q", place, "by-password", **bare)
    credential = {"UserName": name, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    (listed,) = iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"]
    assert listed["Status"] == "Active" and "ServicePassword" not in listed
    iam.update_service_specific_credential(**credential, Status="Inactive")
    assert "password is wrong" in git("ls-remote", place, expect=128, **bare)
    iam.update_service_specific_credential(**credential, Status="Active")
    again = iam.reset_service_specific_credential(**credential)["ServiceSpecificCredential"]
    assert "password is wrong" in git("ls-remote", place, expect=128, **bare)
    git("ls-remote", place.replace(made["ServicePassword"], again["ServicePassword"]), **bare)
    second = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    assert "+1-at-" in second["ServiceSpecificCredential"]["ServiceUserName"]
    with pytest.raises(iam.exceptions.LimitExceededException):
        iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    iam.delete_service_specific_credential(**credential)
    assert len(iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"]) == 1
    with pytest.raises(iam.exceptions.ServiceNotSupportedException):
        iam.create_service_specific_credential(UserName=name, ServiceName="cassandra.amazonaws.com")


WRONG = ("AKIA:wrong", f"AKIANOBODY0000000000:20260101T000000Z{'0' * 64}", "no colon", "ada-at-123456789012:x", "\xff")


@pytest.mark.parametrize("pair", WRONG)
def test_wrong_credentials_are_refused_and_learn_nothing(url, pair):
    encoded = base64.b64encode(pair.encode("latin-1")).decode()
    texts = set()
    for place in (url, url + "-nobody"):
        request = urllib.request.Request(
            f"{place}/info/refs?service=git-upload-pack", headers={"Authorization": f"Basic {encoded}"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 401
        texts.add(refused.value.read())
    # What is refused says nothing about which repositories there are.
    assert len(texts) == 1


def test_a_repository_that_is_not_there_is_named_with_what_makes_it(git, url):
    said = git("clone", f"{url}-nobody", expect=128)
    assert "create-repository" in said and f"{url.rpartition('/')[2]}-nobody" in said


def test_a_user_who_may_only_pull_is_told_so_when_pushing(user, work, url):
    name = url.rpartition("/")[2]
    reader = user(allow("GitPull", on=f"{ACCOUNT}:{name}"))
    reader("clone", "-q", url, "mine")
    mine = reader.at("mine")
    mine.commit("Not allowed", a_txt="x\n")
    said = mine("push", "origin", "main", expect=128)
    assert "not authorized to perform: codecommit:GitPush" in said and f"{ACCOUNT}:{name}" in said


def test_a_user_without_a_policy_learns_nothing_about_what_there_is(user, url):
    nobody = user(allow("ListRepositories"))
    there, not_there = (nobody("clone", place, expect=128) for place in (url, f"{url}-nobody"))
    assert "not authorized to perform: codecommit:GitPull" in there
    assert "not authorized to perform: codecommit:GitPull" in not_there


def test_a_protected_branch_refuses_a_push_with_the_reason(user, work, url, told):
    developer = user(allow("GitPull", "GitPush"), deny_main("GitPush"))
    developer("clone", "-q", url, "mine")
    mine = developer.at("mine")
    mine.commit("Change", a_txt="x\n")
    said = mine("push", "origin", "main", "main:feature", expect=1)
    assert "not authorized to perform: codecommit:GitPush" in said
    assert "main -> main (not authorized)" in said
    assert [event["referenceName"] for event in told(url)] == ["main"]
    mine("push", "-q", "origin", "main:feature")
    assert told(url)[-1]["referenceName"] == "feature"
    assert ":user/user-" in told(url)[-1]["callerUserArn"]


def test_a_protected_branch_refuses_operations_too(user, shared_server, codecommit, work, url):
    name = url.rpartition("/")[2]
    head = work("rev-parse", "HEAD").strip()
    codecommit.create_branch(repositoryName=name, branchName="side", commitId=head)
    developer = user(allow("*"), deny_main("PutFile", "MergeBranchesByFastForward", "MergePullRequestBySquash"))
    client = shared_server.client("codecommit", **keys_of(developer))
    file = {"repositoryName": name, "filePath": "x", "fileContent": b"x", "parentCommitId": head}
    commit = client.put_file(**file, branchName="side")["commitId"]
    asked = client.create_pull_request(title="x", targets=[{"repositoryName": name, "sourceReference": "side"}])
    number = asked["pullRequest"]["pullRequestId"]
    merge = {"repositoryName": name, "sourceCommitSpecifier": "side", "destinationCommitSpecifier": "main"}
    for denied in (
        lambda: client.put_file(**file, branchName="main"),
        lambda: client.merge_branches_by_fast_forward(**merge),
        lambda: client.merge_pull_request_by_squash(pullRequestId=number, repositoryName=name),
    ):
        with pytest.raises(client.exceptions.ClientError, match="not authorized"):
            denied()
    assert client.get_branch(repositoryName=name, branchName="side")["branch"]["commitId"] == commit
    assert client.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"] == head


def test_operations_are_authorised_on_the_repositorys_arn(user, shared_server, work, url):
    name = url.rpartition("/")[2]
    reader = user(allow("GetBranch", on=f"{ACCOUNT}:{name}"))
    client = shared_server.client("codecommit", **keys_of(reader))
    assert client.get_branch(repositoryName=name, branchName="main")["branch"]["branchName"] == "main"
    for denied in (
        lambda: client.get_branch(repositoryName="other", branchName="main"),
        lambda: client.get_file(repositoryName=name, filePath="a.txt"),
        lambda: client.batch_get_repositories(repositoryNames=[name]),
    ):
        with pytest.raises(client.exceptions.ClientError, match="not authorized"):
            denied()


def test_only_gits_own_requests_are_answered(url, authorization):
    def status(method, path, data=None):
        request = urllib.request.Request(url + path, method=method, headers=authorization(url), data=data)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        return refused.value.code

    assert status("GET", "") == 404
    assert status("GET", "/info/refs") == 403
    assert status("GET", "/info/refs?service=git-upload-archive") == 403
    assert status("GET", "/git-upload-pack") == 405
    assert status("POST", "/git-receive-pack", b"junk") == 400
    assert status("POST", "/git-receive-pack", b"0003") == 400
    assert status("DELETE", "/git-receive-pack") == 405


def test_a_connections_address_leads_to_the_repository_that_stands_behind_it(git, work, url, shared_server):
    """Clones and pushes under the address that AWS gives third-party repositories, once the owner has said so."""
    stores = shared_server.house.stores
    client = shared_server.client("codeconnections")
    arn = client.create_connection(ProviderType="GitHub", ConnectionName="hub-behind")["ConnectionArn"]
    identifier = arn.rpartition("/")[2]
    for name in ("codeconnections", "codestar-connections"):
        host = f"https://{name}.us-east-1.amazonaws.com"
        through = f"{host}/git-http/123456789012/us-east-1/{identifier}/me/model.git"
        if name == "codeconnections":
            said = git("clone", through, "x", expect=128)
            assert "ormer connection use hub-behind" in said
            with stores.database.write() as tx:
                row = connections.find(tx, "123456789012", "us-east-1", arn)
                remote = connections.Remote(repository=url.rpartition("/")[2])
                connections.use(tx, row, stores.vault, "me/model", remote, stores.clock.now())
        git("clone", through, f"through-{name}")
        clone = git.at(f"through-{name}")
        head = clone.commit(name, told_txt=name)
        clone("push", "origin", "HEAD")
        assert head in git("ls-remote", url)


def test_a_connection_that_a_role_may_not_use_refuses(user, url, shared_server):
    client = shared_server.client("codeconnections")
    arn = client.create_connection(ProviderType="GitHub", ConnectionName="hub-closed")["ConnectionArn"]
    through = f"{shared_server.config.endpoint}/git-http/123456789012/us-east-1/{arn.rpartition('/')[2]}/me/model"
    assert "UseConnection" in user(allow("*"))("clone", through, "x", expect=128)
