"""Values that rest encrypted under a KMS key: an envelope key for each, made and opened by the operations of KMS.

What lies in the database is of use to nobody without the key; a caller who may not use the key does not get the value.
AWS's own keys (`alias/aws/ssm`) are open to the whole account, as their policies are at AWS.
"""

from __future__ import annotations

import os
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ormer.aws.identities import root_identity
from ormer.stores.port import Api, Call

NONCE_BYTES = 12
AWS_ALIAS = "alias/aws/"
LENGTH = struct.Struct(">H")


def seal(call: Call, key_id: str, text: str, context: dict[str, str]) -> bytes:
    """Encrypt a text under a key. Raises AwsError as kms:GenerateDataKey does."""
    request = {"KeyId": key_id, "KeySpec": "AES_256", "EncryptionContext": context}
    made = _api(call, key_id)("kms", "GenerateDataKey", request)
    nonce, blob = os.urandom(NONCE_BYTES), bytes(made["CiphertextBlob"])
    body = AESGCM(bytes(made["Plaintext"])).encrypt(nonce, text.encode(), None)
    return LENGTH.pack(len(blob)) + blob + nonce + body


def unseal(call: Call, key_id: str, sealed: bytes, context: dict[str, str]) -> str:
    """Decrypt what was sealed under this key with this context. Raises AwsError as kms:Decrypt does."""
    (length,) = LENGTH.unpack_from(sealed)
    blob, rest = sealed[LENGTH.size : LENGTH.size + length], sealed[LENGTH.size + length :]
    opened = _api(call, key_id)("kms", "Decrypt", {"CiphertextBlob": blob, "EncryptionContext": context})
    plain = AESGCM(bytes(opened["Plaintext"])).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], None)
    return plain.decode()


def _api(call: Call, key_id: str) -> Api:
    identity = root_identity(call.account) if key_id.startswith(AWS_ALIAS) else call.identity
    return call.port.acting_as(identity, call.region)
