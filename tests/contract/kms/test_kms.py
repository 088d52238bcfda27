"""Keys, aliases, policies, and envelopes made and opened with them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ormer.app import build
from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.stores import resources


@pytest.fixture
def key(kms) -> str:
    return kms.create_key(Description="mine", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]["KeyId"]


def test_an_envelope_is_sealed_and_opened(kms, key):
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"bucket": "b"})
    assert len(made["Plaintext"]) == 32 and made["Plaintext"] not in made["CiphertextBlob"]
    sealed = AESGCM(made["Plaintext"]).encrypt(b"0" * 12, b"secret", None)
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"bucket": "b"})
    assert AESGCM(opened["Plaintext"]).decrypt(b"0" * 12, sealed, None) == b"secret"
    assert opened["KeyId"] == made["KeyId"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=20)
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == 20


def test_small_texts_are_encrypted_and_moved_to_another_key(kms, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"word")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other, DestinationEncryptionContext={"x": "y"})
    assert moved["SourceKeyId"].endswith(key) and moved["KeyId"].endswith(other)
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"x": "y"}, KeyId=other)
    assert opened["Plaintext"] == b"word"
    assert len(kms.generate_random(NumberOfBytes=16)["Plaintext"]) == 16


def test_another_context_key_or_text_is_refused(kms, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"word", EncryptionContext={"a": "b"})["CiphertextBlob"]
    for broken, context in ((blob, {}), (blob[:-1] + bytes([blob[-1] ^ 1]), {"a": "b"}), (b"short", {})):
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(CiphertextBlob=broken, EncryptionContext=context)
    with pytest.raises(kms.exceptions.IncorrectKeyException):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}, KeyId=other)


def test_a_key_is_found_by_id_arn_and_alias(kms, key, unique):
    alias = f"alias/{unique('key')}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    found = kms.describe_key(KeyId=alias)["KeyMetadata"]
    assert found["KeyId"] == key and found["Description"] == "mine"
    assert kms.describe_key(KeyId=found["Arn"])["KeyMetadata"]["KeyId"] == key
    with pytest.raises(kms.exceptions.AlreadyExistsException):
        kms.create_alias(AliasName=alias, TargetKeyId=key)
    assert [one["AliasName"] for one in kms.list_aliases(KeyId=key)["Aliases"]] == [alias]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == other
    kms.delete_alias(AliasName=alias)
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=alias)
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert {key, other} <= {one["KeyId"] for page in pages for one in page["Keys"]}


def test_awss_own_keys_are_there_when_they_are_asked_for(kms):
    first, second = (kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"] for _ in range(2))
    assert first["KeyId"] == second["KeyId"] and first["KeyManager"] == "AWS"


def test_policies_and_tags_are_kept(kms, key):
    assert "kms:*" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == policy
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    with pytest.raises(kms.exceptions.MalformedPolicyDocumentException):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy="{")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=key, TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]
    kms.update_key_description(KeyId=key, Description="changed")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "changed"


def test_a_disabled_key_does_nothing(kms, key):
    kms.disable_key(KeyId=key)
    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.enable_key(KeyId=key)
    assert kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]


def test_a_key_goes_when_its_window_is_over(tmp_path):
    clock = ManualClock()
    house = build(Config(home=tmp_path / "home"), clock, strict=True)
    kms = house.port.acting_as(root_identity("123456789012"), "us-east-1")
    kept, gone = (kms("kms", "CreateKey", {})["KeyMetadata"]["KeyId"] for _ in range(2))
    for one in (kept, gone):
        kms("kms", "ScheduleKeyDeletion", {"KeyId": one, "PendingWindowInDays": 7})
    kms("kms", "CancelKeyDeletion", {"KeyId": kept})
    clock.advance(8 * 86_400)
    assert kms("kms", "DescribeKey", {"KeyId": kept})["KeyMetadata"]["KeyState"] == "Disabled"
    with pytest.raises(AwsError, match="NotFoundException"):
        kms("kms", "DescribeKey", {"KeyId": gone})
    house.stores.close()


def test_key_material_never_rests_in_the_clear(shared_server, kms, key):
    """Nothing that the database holds opens a ciphertext without the home's key file."""
    plain = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
    home = shared_server.config.home
    stored = b"".join(file.read_bytes() for file in home.glob("ormer.db*"))
    assert plain not in stored
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_other_kinds_of_keys_are_refused(kms):
    for request in ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"KeyUsage": "GENERATE_VERIFY_MAC"}):
        with pytest.raises(ClientError):
            kms.create_key(**request)


def test_a_key_that_is_rotated_opens_what_it_sealed_before(tmp_path):
    clock = ManualClock()
    house = build(Config(home=tmp_path / "home"), clock, strict=True)
    api = house.port.acting_as(root_identity("123456789012"), "us-east-1")
    key = api("kms", "CreateKey", {})["KeyMetadata"]["KeyId"]
    assert not api("kms", "GetKeyRotationStatus", {"KeyId": key})["KeyRotationEnabled"]
    api("kms", "EnableKeyRotation", {"KeyId": key, "RotationPeriodInDays": 90})
    assert api("kms", "GetKeyRotationStatus", {"KeyId": key})["RotationPeriodInDays"] == 90
    old = api("kms", "Encrypt", {"KeyId": key, "Plaintext": b"before"})["CiphertextBlob"]
    before = _material(house)
    clock.advance(91 * 86_400)
    new = api("kms", "Encrypt", {"KeyId": key, "Plaintext": b"after"})["CiphertextBlob"]
    assert _material(house) != before, "the key has new material"
    opened = [api("kms", "Decrypt", {"CiphertextBlob": blob})["Plaintext"] for blob in (old, new)]
    assert opened == [b"before", b"after"]
    api("kms", "DisableKeyRotation", {"KeyId": key})
    clock.advance(91 * 86_400)
    after = _material(house)
    api("kms", "Encrypt", {"KeyId": key, "Plaintext": b"later"})
    assert _material(house) == after
    house.stores.close()


def _material(house):
    with house.stores.database.read() as tx:
        (row,) = resources.select(tx, resources.resources.c.kind == "Key")
    return row.facts["material"]
