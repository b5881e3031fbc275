"""How a client proves itself, and what is said while no broker is there."""

import ssl
import threading

import pytest

from streams.broker import BrokerError, BrokerRefusedError, BrokerSecurity, BrokerUnreachableError, admin_client
from streams.embedded import free_port

LOGIN = {"mechanism": "SCRAM-SHA-512", "user": "floorwatch", "password": "secret"}


def test_an_open_cluster_needs_no_settings():
    """The default is what a broker on the same machine takes."""
    assert BrokerSecurity().client_options() == {"security_protocol": "PLAINTEXT"}


def test_a_login_is_told_in_the_words_of_both_client_libraries():
    """kafka-python and aiokafka name these settings alike."""
    assert BrokerSecurity(protocol="SASL_PLAINTEXT", **LOGIN).client_options() == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "floorwatch",
        "sasl_plain_password": "secret",
    }


def test_an_encrypted_connection_checks_certificate_and_host_name():
    """A context is built here, so that no library's laxer default applies."""
    context = BrokerSecurity(protocol="SASL_SSL", **LOGIN).client_options()["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_the_password_is_not_in_the_repr():
    """Settings end up in logs."""
    assert "secret" not in repr(BrokerSecurity(protocol="SASL_SSL", **LOGIN))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param(
            {"protocol": "TLS"}, "protocol must be one of PLAINTEXT, SSL, .*, was 'TLS'", id="unknown protocol"
        ),
        pytest.param({**LOGIN, "protocol": "SASL_SSL", "mechanism": "MD5"}, "mechanism .* was 'MD5'", id="mechanism"),
        pytest.param({**LOGIN, "protocol": "SASL_SSL", "password": None}, "there is no password", id="no password"),
        pytest.param({"protocol": "SASL_SSL"}, "there is no mechanism, user, password", id="no login"),
        pytest.param(LOGIN, "carries no mechanism or user or password", id="login without SASL"),
        pytest.param({"cafile": "ca.pem"}, "no certificate to check by cafile", id="authority without TLS"),
    ],
)
def test_settings_that_no_broker_could_serve_are_refused(settings, said):
    """The message names the setting and what to use instead."""
    with pytest.raises(ValueError, match=said):
        BrokerSecurity(**settings)


def test_an_absent_broker_is_waited_for_with_a_message_on_each_try():
    """In the end the error says what was tried and what to do, and no thread is left behind."""
    bootstrap = f"127.0.0.1:{free_port()}"
    heard = []
    before = set(threading.enumerate())
    with (
        pytest.raises(BrokerUnreachableError) as raised,
        admin_client(bootstrap, patience_s=0.6, on_wait=lambda waiting: heard.append(str(waiting))),
    ):
        pass
    assert heard == [
        f"Kafka at {bootstrap} is not there (try 1: {bootstrap}: connection refused); trying again in 0.5 s"
    ]
    assert f"no Kafka broker at {bootstrap}: 2 tries" in str(raised.value)
    assert "connection refused. Start Kafka, or give its address as host:port" in str(raised.value)
    assert set(threading.enumerate()) <= before


def test_every_address_given_is_tried():
    """One of several brokers that is down says nothing about the others."""
    last = f"127.0.0.1:{free_port()}"
    with (
        pytest.raises(BrokerUnreachableError, match=f"{last}: connection refused"),
        admin_client(f"127.0.0.1:{free_port()},{last}", patience_s=0),
    ):
        pass


@pytest.mark.parametrize("bootstrap", ["", "localhost", "kafka://localhost:9092", "localhost:http", "a:1,"])
def test_what_is_no_address_is_said_without_a_try(bootstrap):
    """The form that is wanted is in the message."""
    with (
        pytest.raises(BrokerError, match=r"is no address of Kafka: give host:port\[,host:port\.\.\.\]"),
        admin_client(bootstrap),
    ):
        pass


def test_a_host_that_does_not_exist_is_said():
    """It may still appear, as containers do."""
    with pytest.raises(BrokerUnreachableError, match="no such host"), admin_client("broker.invalid:9092", patience_s=0):
        pass


def test_an_unreadable_certificate_authority_is_said_before_anything_is_tried(tmp_path):
    """Trying again would not make the file readable."""
    security = BrokerSecurity(protocol="SSL", cafile=tmp_path / "absent.pem")
    with (
        pytest.raises(BrokerRefusedError, match=r"absent\.pem cannot be used .* in PEM form"),
        admin_client("x:1", security),
    ):
        pass
