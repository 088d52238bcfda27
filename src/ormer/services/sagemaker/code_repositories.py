"""Code repositories: Git addresses under a name, as notebooks and projects list them."""

from __future__ import annotations

from typing import Any

from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

CODE_REPOSITORY = Noun(
    "CodeRepository",
    name="CodeRepositoryName",
    arn="code-repository/{name}",
    plural="CodeRepositorySummaryList",
    missing=("ValidationException", "Cannot find CodeRepository: {arn}"),
    taken=("ValidationException", "Code repository already exists: {arn}"),
    sort={"Name": "name", "CreationTime": "created", "LastModifiedTime": "modified"},
)
create_code_repository, describe_code_repository, list_code_repositories, delete_code_repository = CODE_REPOSITORY.crud(
    "create describe list delete"
)


def update_code_repository(call: Call, request: JsonDict) -> JsonDict:
    """Change the secret that a repository is cloned with.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCodeRepository.html
    Errors: ValidationException when it is not there.
    """
    with call.write():
        row = CODE_REPOSITORY.get(call, request["CodeRepositoryName"])
        settings = {**row.document["GitConfig"], **request.get("GitConfig", {})}
        CODE_REPOSITORY.save(call, row, {"GitConfig": settings})
    return {"CodeRepositoryArn": row.arn}
