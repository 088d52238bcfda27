"""Encryption with keys of the service: small texts, and envelope keys for what is large."""

from __future__ import annotations

import base64
import json
import os
import uuid
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ormer.aws.errors import AwsError
from ormer.services.kms import rotations
from ormer.services.kms.keys import key_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PLAINTEXT_LIMIT_BYTES = 4096
NONCE_BYTES = 12
# A ciphertext begins with its key's id, which is how Decrypt finds the key without being told.
ID_BYTES = 16


def encrypt(call: Call, request: JsonDict) -> JsonDict:
    """Encrypt up to 4 KB. https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html"""
    row = _usable(call, request["KeyId"])
    return {
        "CiphertextBlob": _seal(call, row, bytes(request["Plaintext"]), request.get("EncryptionContext", {})),
        "KeyId": row.arn,
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }


def decrypt(call: Call, request: JsonDict) -> JsonDict:
    """Decrypt what one of the account's keys encrypted. https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html

    Errors: InvalidCiphertextException when key or encryption context do not fit; IncorrectKeyException.
    """
    blob = bytes(request["CiphertextBlob"])
    if len(blob) <= ID_BYTES + NONCE_BYTES:
        raise AwsError("InvalidCiphertextException", "The ciphertext is too short.")
    row = _usable(call, str(uuid.UUID(bytes=blob[:ID_BYTES])))
    if "KeyId" in request and key_of(call, request["KeyId"]).name != row.name:
        raise AwsError(
            "IncorrectKeyException", "The key ID in the request does not identify a key that can decrypt this."
        )
    nonce, sealed = blob[ID_BYTES : ID_BYTES + NONCE_BYTES], blob[ID_BYTES + NONCE_BYTES :]
    plain = _opened(call, row, nonce, sealed, _context(request.get("EncryptionContext", {})))
    return {"KeyId": row.arn, "Plaintext": plain, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def generate_data_key(call: Call, request: JsonDict) -> JsonDict:
    """Make an envelope key: in the clear and encrypted. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html"""
    row = _usable(call, request["KeyId"])
    size = int(request.get("NumberOfBytes") or (16 if request.get("KeySpec") == "AES_128" else 32))
    plain = os.urandom(size)
    return {
        "CiphertextBlob": _seal(call, row, plain, request.get("EncryptionContext", {})),
        "Plaintext": plain,
        "KeyId": row.arn,
    }


def generate_data_key_without_plaintext(call: Call, request: JsonDict) -> JsonDict:
    """Make an envelope key, encrypted only. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html"""
    made = generate_data_key(call, request)
    return {"CiphertextBlob": made["CiphertextBlob"], "KeyId": made["KeyId"]}


def re_encrypt(call: Call, request: JsonDict) -> JsonDict:
    """Decrypt and encrypt under another key; the text is not answered. https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html"""
    old: JsonDict = {
        "CiphertextBlob": request["CiphertextBlob"],
        "EncryptionContext": request.get("SourceEncryptionContext", {}),
    }
    opened = decrypt(call, old | ({"KeyId": request["SourceKeyId"]} if "SourceKeyId" in request else {}))
    row = _usable(call, request["DestinationKeyId"])
    return {
        "CiphertextBlob": _seal(call, row, opened["Plaintext"], request.get("DestinationEncryptionContext", {})),
        "SourceKeyId": opened["KeyId"],
        "KeyId": row.arn,
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }


def generate_random(call: Call, request: JsonDict) -> JsonDict:
    """Random bytes. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html"""
    if "NumberOfBytes" not in request:
        raise AwsError("ValidationException", "Give NumberOfBytes, 1 to 1024.")
    return {"Plaintext": os.urandom(int(request["NumberOfBytes"]))}


def _usable(call: Call, wanted: str) -> Row:
    row = key_of(call, wanted)
    if row.document["KeyState"] == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{row.arn} is pending deletion.")
    if not row.document["Enabled"]:
        raise AwsError("DisabledException", f"{row.arn} is disabled.")
    return row


def _opened(call: Call, row: Row, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
    """What was sealed with any material that the key has had. Raises InvalidCiphertextException."""
    for material in rotations.materials(row):
        try:
            return _cipher(call, row, material).decrypt(nonce, sealed, context)
        except InvalidTag:
            continue
    raise AwsError("InvalidCiphertextException", "The ciphertext or its encryption context is not right.")


def _cipher(call: Call, row: Row, material: str) -> AESGCM:
    return AESGCM(base64.b64decode(call.stores.vault.open(base64.b64decode(material), row.name)))


def _seal(call: Call, row: Row, plain: bytes, context: dict[str, str]) -> bytes:
    if len(plain) > PLAINTEXT_LIMIT_BYTES:
        raise AwsError("ValidationException", f"Plaintext may have {PLAINTEXT_LIMIT_BYTES} bytes at most.")
    nonce, row = os.urandom(NONCE_BYTES), rotations.rotated(call, row)
    cipher = _cipher(call, row, rotations.materials(row)[0])
    return uuid.UUID(row.name).bytes + nonce + cipher.encrypt(nonce, plain, _context(context))


def _context(pairs: dict[str, str]) -> bytes:
    return json.dumps(pairs, sort_keys=True).encode()
