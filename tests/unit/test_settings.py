"""Settings from the environment, and the secrets among them."""

import ssl

import faust
import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from streams.app import _credentials
from streams.broker import OPEN, BrokerSecurity, broker_security
from streams.settings import Settings, SettingsError, read_settings, redis_url, state_path

LOGIN = {
    "FLOORWATCH_KAFKA_PROTOCOL": "SASL_PLAINTEXT",
    "FLOORWATCH_KAFKA_MECHANISM": "SCRAM-SHA-512",
    "FLOORWATCH_KAFKA_USER": "floorwatch",
}
SECRET = "s3cret/@:"  # noqa: S105 - of no broker


@pytest.fixture
def secret_file(tmp_path):
    """Return a file that holds the secret as an editor leaves it."""
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n")
    return str(path)


def test_a_cluster_is_open_where_nothing_else_is_said():
    """The default needs no password."""
    assert broker_security(Settings()) == OPEN


def test_a_password_comes_from_the_environment_or_a_file(secret_file):
    """Both make the same client."""
    expected = BrokerSecurity(protocol="SASL_PLAINTEXT", mechanism="SCRAM-SHA-512", user="floorwatch", password=SECRET)
    for given in ({"FLOORWATCH_KAFKA_PASSWORD": SECRET}, {"FLOORWATCH_KAFKA_PASSWORD_FILE": secret_file}):
        assert broker_security(read_settings(LOGIN | given)) == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, "there is no password", id="no password"),
        pytest.param({"FLOORWATCH_KAFKA_PROTOCOL": "TLS"}, "protocol must be one of", id="unknown protocol"),
        pytest.param({"FLOORWATCH_KAFKA_MECHANISM": "MD5"}, "mechanism must be one of", id="unknown mechanism"),
        pytest.param({"FLOORWATCH_KAFKA_PROTOCOL": "SSL"}, "carries no mechanism or user", id="user without login"),
        pytest.param({"FLOORWATCH_KAFKA_PASSWORD_FILE": "absent"}, "cannot be read", id="no such file"),
        pytest.param({"FLOORWATCH_KAFKA_PASSWORD_FILE": "/dev/null"}, "is empty", id="empty file"),
        pytest.param(
            {"FLOORWATCH_KAFKA_PASSWORD": "a", "FLOORWATCH_KAFKA_PASSWORD_FILE": "b"}, "leave one out", id="both"
        ),
    ],
)
def test_settings_that_no_broker_could_serve_are_refused(given, said):
    """Before any connection is tried, and in words."""
    with pytest.raises(SettingsError, match=said):
        broker_security(read_settings(LOGIN | given))


def test_secrets_are_not_shown():
    """Neither the password of Kafka nor the address of Redis, which may hold one."""
    settings = Settings(kafka_password=SECRET, redis=f"redis://:{SECRET}@host")
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://cache:6379/0", "redis://:s3cret%2F%40%3A@cache:6379/0", id="default user"),
        pytest.param("rediss://reader@cache/1", "rediss://reader:s3cret%2F%40%3A@cache/1", id="named user, TLS"),
        pytest.param("redis://[::1]:6379", "redis://:s3cret%2F%40%3A@[::1]:6379", id="IPv6"),
    ],
)
def test_a_password_for_redis_comes_from_a_file(secret_file, url, expected):
    """It takes its place in the address."""
    assert redis_url(Settings(redis=url, redis_password_file=secret_file)) == expected


def test_two_passwords_for_redis_are_refused(secret_file):
    """Which of them holds could only be guessed."""
    with pytest.raises(SettingsError, match="leave one out"):
        redis_url(Settings(redis="redis://:other@cache", redis_password_file=secret_file))


def test_an_address_of_redis_stays_as_it_is_without_a_file():
    """With or without a password in it."""
    assert redis_url(Settings(redis="redis://:a@b")) == "redis://:a@b"


@pytest.mark.parametrize(
    ("protocol", "login"),
    [
        pytest.param("PLAINTEXT", {}, id="open"),
        pytest.param("SSL", {}, id="TLS"),
        pytest.param("SASL_PLAINTEXT", {"mechanism": "PLAIN", "user": "u", "password": "p"}, id="login"),
        pytest.param("SASL_SSL", {"mechanism": "SCRAM-SHA-256", "user": "u", "password": "p"}, id="login over TLS"),
    ],
)
def test_faust_connects_as_the_other_clients_do(protocol, login):
    """What Faust makes of its credentials is what every client gets."""
    security = BrokerSecurity(protocol=protocol, **login)
    made = dict(credentials_to_aiokafka_auth(_credentials(security)))
    context = made.pop("ssl_context", None)
    expected = security.client_options()
    expected.pop("ssl_context", None)
    assert made == expected
    assert isinstance(context, ssl.SSLContext) is security.uses_tls
    assert not security.uses_tls or (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_an_open_cluster_has_no_credentials():
    """Faust's own default."""
    assert _credentials(OPEN) is None
    assert faust.App("open", broker_credentials=None).conf.broker_credentials is None


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        pytest.param(Settings(tokens_file="/etc/fw/tokens.json"), "/etc/fw/tokens.json", id="named"),
        pytest.param(Settings(state_dir="/var/lib/fw"), "/var/lib/fw/tokens.json", id="in-the-folder"),
        pytest.param(Settings(), "/state/floorwatch/tokens.json", id="in-the-users-folder"),
    ],
)
def test_the_apis_state_is_where_it_is_said_to_be(settings, path, monkeypatch):
    """A file by its own name, else in the folder for state, else in the user's."""
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert str(state_path(settings, "tokens_file")) == path
