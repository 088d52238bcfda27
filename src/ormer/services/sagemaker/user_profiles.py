"""User profiles: the people of a domain, kept to be described and listed."""

from __future__ import annotations

from typing import Any

from ormer.services.sagemaker.domains import DOMAIN
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

USER_PROFILE = Noun(
    "UserProfile",
    name="UserProfileName",
    arn="user-profile/{name}",
    missing=("ResourceNotFound", "User profile {name} does not exist."),
    taken=("ResourceInUse", "User profile already exists: {arn}"),
)


def create_user_profile(call: Call, request: JsonDict) -> JsonDict:
    """Keep a user of a domain. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateUserProfile.html

    Differs: it is InService at once. Errors: ResourceNotFound for the domain; ResourceInUse when the name is taken.
    """
    with call.write():
        domain = DOMAIN.get(call, request["DomainId"])
        arn = USER_PROFILE.arn_of(call, f"{domain.name}/{request['UserProfileName']}")
        row = USER_PROFILE.create(call, request, arn=arn, parent=domain.name, status="InService")
    return {"UserProfileArn": row.arn}


def describe_user_profile(call: Call, request: JsonDict) -> JsonDict:
    """Answer a user profile. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeUserProfile.html

    Errors: ResourceNotFound.
    """
    return _get(call, request).document


def list_user_profiles(call: Call, request: JsonDict) -> JsonDict:
    """Page through user profiles, of one domain or of all.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListUserProfiles.html
    """
    page = {"SortOrder": "Ascending", **request}
    if request.get("UserProfileNameContains"):
        page["NameContains"] = request["UserProfileNameContains"]
    rows, more = USER_PROFILE.rows(call, page, parent=request.get("DomainIdEquals"))
    return {"UserProfiles": [row.document for row in rows], **more}


def update_user_profile(call: Call, request: JsonDict) -> JsonDict:
    """Change a user's settings. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateUserProfile.html

    Errors: ResourceNotFound.
    """
    with call.write():
        row = _get(call, request)
        USER_PROFILE.save(call, row, {name: request[name] for name in ("UserSettings",) if name in request})
    return {"UserProfileArn": row.arn}


def delete_user_profile(call: Call, request: JsonDict) -> JsonDict:
    """Delete a user profile. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteUserProfile.html

    Errors: ResourceNotFound.
    """
    with call.write():
        USER_PROFILE.remove(call, _get(call, request))
    return {}


def _get(call: Call, request: JsonDict) -> Row:
    return USER_PROFILE.get(call, request["UserProfileName"], parent=request["DomainId"])
