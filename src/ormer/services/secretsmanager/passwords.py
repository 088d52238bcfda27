"""Passwords nobody thought of."""

from __future__ import annotations

import random
import string
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.port import Call

JsonDict = dict[str, Any]
LENGTH = 32
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
SOURCE = random.SystemRandom()


def get_random_password(call: Call, request: JsonDict) -> JsonDict:
    """A random password of the asked length and characters. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html

    Errors: InvalidParameterException when too few characters are left, or too short a length for one of each kind.
    """
    return {"RandomPassword": password(request)}


def password(request: JsonDict) -> str:
    """A password by GetRandomPassword's members."""
    excluded = set(request.get("ExcludeCharacters", ""))
    kinds = [
        "".join(sign for sign in signs if sign not in excluded)
        for signs, member in (
            (string.ascii_lowercase, "ExcludeLowercase"),
            (string.ascii_uppercase, "ExcludeUppercase"),
            (string.digits, "ExcludeNumbers"),
            (PUNCTUATION, "ExcludePunctuation"),
            (" " if request.get("IncludeSpace") else "", ""),
        )
        if not request.get(member, False)
    ]
    kinds = [kind for kind in kinds if kind]
    length = int(request.get("PasswordLength", LENGTH))
    each = bool(request.get("RequireEachIncludedType", True))
    if not kinds:
        raise AwsError("InvalidParameterException", "No characters are left to make a password of.")
    if each and length < len(kinds):
        text = f"A password with one character of each of {len(kinds)} kinds must have as many characters."
        raise AwsError("InvalidParameterException", text)
    # A space counts as no kind of its own.
    needed = [SOURCE.choice(kind) for kind in kinds if kind != " "] if each else []
    chosen = needed + SOURCE.choices("".join(kinds), k=length - len(needed))
    SOURCE.shuffle(chosen)
    return "".join(chosen)
