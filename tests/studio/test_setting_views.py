"""What Studio's settings ask: this machine, its disk, its regions, the people who look, and their keys."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Live
from .conftest import Visitor
from .test_users import ormer, signed_in


def person(visitor: Visitor, what: str, **sent: str) -> Any:
    return visitor.post(f"/studio/api/ormer/{what}", sent)


def test_people_are_added_linked_given_another_role_and_removed(server: Live, studio: Visitor) -> None:
    made = person(studio, "person", name="ada", role="viewer").json()
    ada = Visitor(server)
    assert ada.post("/studio/api/sign-in", {"token": made["token"]}).status_code == 200
    assert ada.get("/studio/api/ormer/session").json()["name"] == "ada"
    assert ormer(server, "user", "list").split() == ["ada", "viewer"]
    person(studio, "person", name="ada", role="approver")
    listed = studio.get("/studio/api/ormer/people").json()
    assert [(one["name"], one["role"], one["arn"]) for one in listed["people"]] == [("ada", "approver", made["arn"])]
    assert listed["roles"] == ["viewer", "developer", "approver", "admin"]
    again = Visitor(server)
    token = person(studio, "person-link", name="ada").json()["token"]
    assert again.post("/studio/api/sign-in", {"token": token}).status_code == 200
    unused = person(studio, "person-link", name="ada").json()["token"]
    ada.call("iam", "CreateAccessKey")
    assert person(studio, "person-removal", name="ada").status_code == 200
    for each in (ada, again):
        assert each.get("/studio/api/ormer/session").status_code == 401
    assert Visitor(server).post("/studio/api/sign-in", {"token": unused}).status_code == 403
    person(studio, "person", name="ada", role="admin")
    assert ada.get("/studio/api/ormer/session").status_code == 401


def test_what_is_wrong_about_a_person_is_said(studio: Visitor) -> None:
    assert person(studio, "person", name="ada", role="king").json()["message"].startswith("There is no role 'king'")
    assert person(studio, "person", role="viewer").json()["code"] == "ValidationException"
    assert person(studio, "person", name="a b", role="viewer").status_code == 400
    for what in ("person-link", "person-removal"):
        assert person(studio, what, name="nobody").json()["code"] == "NoSuchEntity"


@pytest.mark.parametrize("role", ["viewer", "developer", "approver"])
def test_only_an_admin_sees_the_machine_and_the_people(server: Live, role: str) -> None:
    visitor = signed_in(server, ormer(server, "user", "add", "ada", "--role", role))
    for path in ("doctor", "storage", "people"):
        assert visitor.get(f"/studio/api/ormer/{path}").status_code == 403, path
    assert person(visitor, "person", name="eve", role="admin").status_code == 403
    assert person(visitor, "person", name="ada", role="admin").status_code == 403
    for what in ("person-link", "person-removal"):
        assert person(visitor, what, name="ada").status_code == 403
    assert ormer(server, "user", "list").split() == ["ada", role]
    assert visitor.get("/studio/api/ormer/regions").status_code == 200


def test_an_admin_sees_what_the_doctor_says_and_where_the_bytes_lie(server: Live) -> None:
    admin = signed_in(server, ormer(server, "user", "add", "ada", "--role", "admin"))
    found = {one["name"]: one for one in admin.get("/studio/api/ormer/doctor").json()["findings"]}
    assert set(found) == {"python", "git", "disk", "sandbox", "tasks"} and found["python"]["good"]
    s3 = server.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="large", Body=b"x" * (3 << 20))
    storage = admin.get("/studio/api/ormer/storage").json()
    areas = {one["name"]: one for one in storage["areas"]}
    assert storage["home"] == str(server.config.home)
    assert areas["blobs"]["bytes"] >= 3 << 20 and areas["ormer.db"]["bytes"] > 0
    assert storage["areas"] == sorted(storage["areas"], key=lambda one: -one["bytes"])


def test_regions_that_hold_something_are_listed(server: Live, studio: Visitor) -> None:
    studio.call("events", "PutRule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}, x_ormer_region="eu-west-1")
    found = studio.get("/studio/api/ormer/regions").json()
    assert found["own"] == found["regions"][0]["name"] == "us-east-1"
    assert {"name": "eu-west-1", "resources": 1} in found["regions"]
    nobody = Visitor(server)
    nobody.sign_in(server.client("iam").create_user(UserName="nobody")["User"]["Arn"])
    assert nobody.get("/studio/api/ormer/regions").status_code == 403


def test_everybody_makes_and_switches_off_keys_of_their_own_only(server: Live) -> None:
    ada = signed_in(server, ormer(server, "user", "add", "ada"))
    ormer(server, "user", "add", "eve")
    key = ada.call("iam", "CreateAccessKey")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    assert server.client("sts", **keys).get_caller_identity()["Arn"].endswith(":user/ormer/ada")
    assert [one["AccessKeyId"] for one in ada.call("iam", "ListAccessKeys")["AccessKeyMetadata"]] == [
        key["AccessKeyId"]
    ]
    others = server.client("iam").create_access_key(UserName="eve")["AccessKey"]["AccessKeyId"]
    for operation, more in (("UpdateAccessKey", {"Status": "Inactive"}), ("DeleteAccessKey", {})):
        for user in ({}, {"UserName": "ada"}, {"UserName": "eve"}):
            refused = ada.post(f"/studio/api/iam/{operation}", {"AccessKeyId": others, **more, **user})
            assert refused.status_code in (403, 404), (operation, user)
    assert ada.post("/studio/api/iam/CreateAccessKey", {"UserName": "eve"}).status_code == 403
    ada.call("iam", "UpdateAccessKey", {"AccessKeyId": key["AccessKeyId"], "Status": "Inactive"})
    ada.call("iam", "DeleteAccessKey", {"AccessKeyId": key["AccessKeyId"]})
    assert ada.call("iam", "ListAccessKeys")["AccessKeyMetadata"] == []


def test_root_makes_further_keys_but_the_homes_own_stays(server: Live, studio: Visitor) -> None:
    (own,) = studio.call("iam", "ListAccessKeys")["AccessKeyMetadata"]
    further = studio.call("iam", "CreateAccessKey")["AccessKey"]["AccessKeyId"]
    off = {"AccessKeyId": further, "Status": "Inactive"}
    studio.call("iam", "UpdateAccessKey", off)
    studio.call("iam", "DeleteAccessKey", {"AccessKeyId": further})
    for operation, more in (("UpdateAccessKey", {"Status": "Inactive"}), ("DeleteAccessKey", {})):
        refused = studio.post(f"/studio/api/iam/{operation}", {"AccessKeyId": own["AccessKeyId"], **more})
        assert "The root key of this home cannot" in refused.json()["message"]
    assert server.client("sts").get_caller_identity()["Arn"].endswith(":root")
