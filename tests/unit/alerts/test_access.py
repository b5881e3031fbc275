"""Tokens: made once, kept as hashes, believed only while they hold; and what is withheld from those without a scope."""

import pytest
from msgspec.structs import replace

from alerts.access import (
    ANONYMOUS,
    Caller,
    ForbiddenError,
    Scope,
    TokenError,
    TokenFile,
    UnauthenticatedError,
    is_confidential,
    visible,
)
from alerts.model import encode_alert
from tests.unit.alerts.deeds import AFTER, BEFORE, NOW
from tests.unit.alerts.examples import FIRING


@pytest.fixture
def tokens(tmp_path):
    """Return a file of tokens that does not exist yet."""
    return TokenFile(tmp_path / "state" / "tokens.json")


def test_a_token_is_its_owner(tokens):
    """Whoever sends it is who it was made for, with the scopes it was made with."""
    text, kept = tokens.create("maria", [Scope.READ, Scope.ACK], created_at=NOW)
    caller = tokens.caller(text, now=NOW)
    assert (caller.name, caller.token, caller.scopes) == ("maria", kept.id, {Scope.READ, Scope.ACK})


def test_nothing_that_is_kept_can_be_used_to_call(tokens):
    """The secret is shown once and stored nowhere, in a file that is its owner's alone."""
    text, _ = tokens.create("maria", [Scope.READ], created_at=NOW)
    assert text.split("_", 2)[2] not in tokens.path.read_text()
    assert tokens.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("expires_at", "now", "known"),
    [
        pytest.param(AFTER, NOW, True, id="before"),
        pytest.param(AFTER, AFTER, False, id="at"),
        pytest.param(None, AFTER, True, id="never"),
    ],
)
def test_a_token_holds_until_it_expires(tokens, expires_at, now, known):
    """At that instant it no longer does, and the answer says when it was."""
    text, _ = tokens.create("maria", [Scope.READ], created_at=BEFORE, expires_at=expires_at)
    if known:
        assert tokens.caller(text, now=now).name == "maria"
    else:
        with pytest.raises(UnauthenticatedError, match=f"expired at {expires_at}"):
            tokens.caller(text, now=now)


def test_a_revocation_holds_from_the_next_call_on(tokens):
    """Also in a process that had read the file before; revoking twice changes nothing."""
    text, kept = tokens.create("maria", [Scope.READ], created_at=BEFORE)
    elsewhere = TokenFile(tokens.path)
    assert elsewhere.caller(text, now=NOW).name == "maria"
    revoked = tokens.revoke(kept.id, at=NOW)
    assert tokens.revoke(kept.id, at=AFTER) == revoked
    with pytest.raises(UnauthenticatedError, match=f"revoked at {NOW}"):
        elsewhere.caller(text, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda text: text[:-1], id="cut"),
        pytest.param(lambda text: text + "x", id="longer"),
        pytest.param(lambda text: text.replace("fw_", "fw_0", 1), id="other-id"),
        pytest.param(lambda text: "_".join([*text.split("_", 2)[:2], ""]), id="no-secret"),
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: "fw__", id="nothing-in-it"),
        pytest.param(lambda text: text + "_" * 500, id="endless"),
        pytest.param(lambda text: "Ω" + text, id="not-ascii"),
    ],
)
def test_a_wrong_token_is_always_refused_in_the_same_words(tokens, wrong):
    """What is wrong with it would help whoever guesses."""
    text, _ = tokens.create("maria", [Scope.ADMIN], created_at=NOW)
    with pytest.raises(UnauthenticatedError, match="none that this server knows"):
        tokens.caller(wrong(text), now=NOW)


def test_without_any_token_a_caller_may_read(tokens):
    """A server on loopback that nobody set up yet is of use, and changes nothing."""
    caller = tokens.caller(None, now=NOW)
    assert caller == ANONYMOUS
    assert [scope for scope in Scope if caller.may(scope)] == [Scope.READ]


def test_with_a_token_there_is_no_caller_without(tokens):
    """The first token closes the door for good: a revoked one keeps it closed."""
    _, kept = tokens.create("maria", [Scope.READ], created_at=BEFORE)
    tokens.revoke(kept.id, at=NOW)
    with pytest.raises(UnauthenticatedError, match="needs a token"):
        tokens.caller(None, now=NOW)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_allows_itself_and_admin_allows_all(scope):
    """Nothing else follows from a scope."""
    caller = Caller(name="maria", token="abc", scopes=frozenset({scope}))
    assert {each for each in Scope if caller.may(each)} == (set(Scope) if scope is Scope.ADMIN else {scope})


def test_who_lacks_a_scope_hears_which():
    """A known caller is forbidden; an unknown one is asked who they are."""
    with pytest.raises(ForbiddenError, match="has the scopes read, this needs ack") as raised:
        Caller(name="maria", token="abc", scopes=frozenset({Scope.READ})).must(Scope.ACK)
    assert raised.value.scope is Scope.ACK
    with pytest.raises(UnauthenticatedError, match="floorwatch tokens create"):
        ANONYMOUS.must(Scope.ACK)


@pytest.mark.parametrize(
    ("name", "scopes", "expires_at"),
    [("", [Scope.READ], None), (" ", [Scope.READ], None), ("maria", [], None), ("maria", [Scope.READ], NOW)],
    ids=["no-name", "blank-name", "no-scope", "expired"],
)
def test_a_token_that_makes_no_sense_is_not_made(tokens, name, scopes, expires_at):
    """Each has an owner, something it is for, and a time in which it holds."""
    with pytest.raises(TokenError):
        tokens.create(name, scopes, created_at=NOW, expires_at=expires_at)


def test_a_file_that_others_may_write_is_not_believed(tokens):
    """Whoever could write to it could let themselves in."""
    tokens.create("maria", [Scope.READ], created_at=NOW)
    tokens.path.chmod(0o660)
    with pytest.raises(TokenError, match="chmod 600"):
        TokenFile(tokens.path).tokens()


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"id":1}]', b"\xff"])
def test_a_file_that_is_none_of_tokens_is_said_to_be_none(tokens, content):
    """A server that cannot read its tokens lets nobody in."""
    tokens.path.parent.mkdir()
    tokens.path.write_bytes(content)
    tokens.path.chmod(0o600)
    with pytest.raises(TokenError, match="cannot be read as tokens"):
        tokens.tokens()


def test_an_unknown_token_cannot_be_revoked(tokens):
    """It says where to look."""
    with pytest.raises(TokenError, match="tokens list"):
        tokens.revoke("nobody", at=NOW)


CONTRACTUAL = replace(
    FIRING, evidence={**FIRING.evidence, "floors": [{"floor": "offtake@1", "status": "contractual", "value": "31.7"}]}
)


def test_figures_on_a_confidential_floor_are_withheld():
    """Who lacks the scope sees that there is an alert, and none of its figures."""
    reader = Caller(name="maria", token="abc", scopes=frozenset({Scope.READ}))
    seen = visible(CONTRACTUAL, reader)
    assert b"31.7" not in encode_alert(seen)
    assert b"1580.62" not in encode_alert(seen)
    assert "scope floors" in seen.summary
    assert (seen.id, seen.state, seen.severity) == (FIRING.id, FIRING.state, FIRING.severity)


@pytest.mark.parametrize(
    ("facts", "confidential"),
    [
        pytest.param({"status": "contractual"}, True, id="between-parties"),
        pytest.param({"status": "in_force", "visibility": "restricted"}, True, id="restricted"),
        pytest.param({"status": "in_force"}, False, id="published"),
    ],
)
def test_what_makes_a_floor_confidential(facts, confidential):
    """Its status, or what its file says of who may see it."""
    assert confidential is is_confidential(replace(FIRING, evidence={"floors": [facts]}))


def test_the_scope_shows_confidential_figures():
    """With floors, or admin, an alert is as it is."""
    for scope in (Scope.FLOORS, Scope.ADMIN):
        assert visible(CONTRACTUAL, Caller(name="m", token="abc", scopes=frozenset({scope}))) is CONTRACTUAL


def test_a_public_floor_is_nobodys_secret():
    """What authorities publish is shown to whoever may read."""
    assert not is_confidential(FIRING)
    assert visible(FIRING, ANONYMOUS) is FIRING
