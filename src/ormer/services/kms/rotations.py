"""Rotation of keys: new material after each period. What was encrypted with earlier material is decrypted as before.

https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from __future__ import annotations

import base64
import os
from typing import Any

from ormer.services.kms.keys import KEY, key_of
from ormer.stores import resources
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PERIOD_DAYS = 365
DAY_SECONDS = 86_400.0
# In a key's facts: {"period_days": …, "since": …} while it is on, and the materials before the one in use.
ROTATION, EARLIER = "rotation", "earlier_materials"
MATERIAL_BYTES = 32


def enable_key_rotation(call: Call, request: JsonDict) -> JsonDict:
    """Give a key new material after each period, 365 days unless said otherwise; it begins now.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
    Errors: NotFoundException.
    """
    _note(call, request["KeyId"], {"period_days": request.get("RotationPeriodInDays", PERIOD_DAYS), "since": call.now})
    return {}


def disable_key_rotation(call: Call, request: JsonDict) -> JsonDict:
    """Keep a key's material as it is from now on.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
    Errors: NotFoundException.
    """
    _note(call, request["KeyId"], None)
    return {}


def get_key_rotation_status(call: Call, request: JsonDict) -> JsonDict:
    """Tell whether a key's material is rotated, how often, and when next.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
    Errors: NotFoundException.
    """
    row = key_of(call, request["KeyId"])
    rotation = row.facts.get(ROTATION)
    if not rotation:
        return {"KeyId": row.name, "KeyRotationEnabled": False}
    period = rotation["period_days"]
    return {
        "KeyId": row.name,
        "KeyRotationEnabled": True,
        "RotationPeriodInDays": period,
        "NextRotationDate": rotation["since"] + period * DAY_SECONDS,
    }


def rotated(call: Call, row: Row) -> Row:
    """The key with the material that is due: what encrypts asks first. Material that was in use stays known."""
    rotation = row.facts.get(ROTATION)
    if not rotation or call.now < rotation["since"] + rotation["period_days"] * DAY_SECONDS:
        return row
    secret = base64.b64encode(os.urandom(MATERIAL_BYTES)).decode()
    material = base64.b64encode(call.stores.vault.seal(secret, row.name)).decode()
    with call.write() as tx:
        now = KEY.get(call, row.name)
        if now.version != row.version:
            return rotated(call, now)
        facts = {
            **now.facts,
            "material": material,
            EARLIER: [now.facts["material"], *now.facts.get(EARLIER, ())],
            ROTATION: {**rotation, "since": call.now},
        }
        return resources.save(tx, now, {}, now=call.now, facts=facts)


def materials(row: Row) -> list[str]:
    """A key's sealed materials, the one in use first."""
    return [row.facts["material"], *row.facts.get(EARLIER, ())]


def _note(call: Call, wanted: str, rotation: JsonDict | None) -> None:
    with call.write() as tx:
        row = key_of(call, wanted)
        resources.save(tx, row, {}, now=call.now, facts={**row.facts, ROTATION: rotation})
