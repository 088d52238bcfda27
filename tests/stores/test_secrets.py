"""Keys and the vault that seals their secrets."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from ormer.aws.identities import root_identity
from ormer.stores.keys import Keys
from ormer.stores.secrets import Vault
from ormer.stores.tables import access_keys


def test_the_key_file_is_its_owners_alone_and_is_made_once(tmp_path):
    file = tmp_path / "secret.key"
    sealed = Vault(file).seal("word", "row")
    assert file.stat().st_mode & 0o777 == 0o600
    assert Vault(file).open(sealed, "row") == "word"


def test_a_secret_opens_only_with_its_own_key_and_in_its_own_row(tmp_path):
    sealed = Vault(tmp_path / "one").seal("word", "row")
    with pytest.raises(InvalidTag):
        Vault(tmp_path / "two").open(sealed, "row")
    with pytest.raises(InvalidTag):
        Vault(tmp_path / "one").open(sealed, "other row")


def test_a_damaged_key_file_says_what_to_do(tmp_path):
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(RuntimeError, match="restore it from a backup"):
        Vault(tmp_path / "secret.key")


def test_secrets_rest_sealed_and_come_back_whole(stores):
    with stores.database.write() as tx:
        made = stores.keys.make(tx, root_identity("123456789012"), 60)
        row = tx.one(sa.select(access_keys).where(access_keys.c.access_key_id == made.access_key_id))
    assert made.secret.encode() not in row["secret"] and made.session_token.encode() not in row["session_token"]
    # Another Keys has no cache: it must open what rests.
    assert Keys(stores.database, stores.vault, stores.clock).lookup(made.access_key_id).secret == made.secret


def test_a_key_that_is_switched_off_or_revoked_is_not_found(stores):
    with stores.database.write() as tx:
        made = stores.keys.make(tx, root_identity("123456789012"))
    assert stores.keys.lookup(made.access_key_id) is not None
    with stores.database.write() as tx:
        assert stores.keys.switch(tx, made.access_key_id, "Inactive")
    assert stores.keys.lookup(made.access_key_id) is None
    with stores.database.write() as tx:
        stores.keys.switch(tx, made.access_key_id, "Active")
    assert stores.keys.lookup(made.access_key_id) is not None
    with stores.database.write() as tx:
        assert stores.keys.revoke(tx, made.access_key_id)
        assert not stores.keys.revoke(tx, made.access_key_id)
    assert stores.keys.lookup(made.access_key_id) is None
