"""Settings are read once; a wrong one is named, with the reason, and never with a password."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest

from infra.setting_values import masked, shown
from infra.settings import Settings, WrongSetting

PASSWORD = "hunter2hunter2"


def _refusal(**environ: str) -> str:
    with pytest.raises(WrongSetting) as refused:
        Settings.load(environ)
    return str(refused.value)


def test_without_any_setting_the_contracts_defaults_hold() -> None:
    """One machine, nothing to configure."""
    settings = Settings.load({})

    assert settings.http == ("127.0.0.1", 8080)
    assert settings.address == "http://127.0.0.1:8080"
    assert settings.state == Path("~/.local/state/signet")
    assert settings.window == timedelta(hours=48)
    assert settings.plans == {"PROFESSIONAL", "BUSINESS", "ENTERPRISE"}
    assert settings.feed_days == 30
    assert settings.queue_type == "quorum"
    assert (settings.lab, settings.require_user_id) == (False, False)
    assert (settings.database_url, settings.broker_url, settings.relay_url) == (None, None, None)
    assert (settings.dkim_zone, settings.dns_qps, settings.resolvers) == (None, None, ())
    assert (settings.authority_port, settings.egress_allow) == (53, ())
    assert settings.smtp_ports == (465, 587, 2525)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("48h", timedelta(hours=48)),
        ("3d", timedelta(days=3)),
        (" 3d ", timedelta(days=3)),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, meant: timedelta) -> None:
    """The four forms of the contract."""
    assert Settings.load({"SIGNET_WINDOW": text}).window == meant


@pytest.mark.parametrize("text", ["90", "0s", "-1h", "1.5h", "48 h", "2w", "1h30m", "PT48H", "9999999d"])
def test_any_other_duration_is_refused_with_examples(text: str) -> None:
    """A bare number could be seconds or hours: nobody guesses."""
    assert _refusal(SIGNET_WINDOW=text) == (
        "SIGNET_WINDOW cannot be used: a duration is a number with s, m, h or d behind it, "
        "such as 90s, 15m, 48h or 3d."
    )


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("SIGNET_HTTP", "0.0.0.0:80", "http", ("0.0.0.0", 80)),
        ("SIGNET_HTTP", "[::1]:8080", "http", ("::1", 8080)),
        ("SIGNET_METRICS", "127.0.0.1:0", "metrics", ("127.0.0.1", 0)),
        ("SIGNET_PLANS", "a, B,,c ", "plans", {"a", "B", "c"}),
        ("SIGNET_DKIM_ZONE", "DKIM.Example.NET.", "dkim_zone", "dkim.example.net"),
        ("SIGNET_AUTHORITY_PORT", "5353", "authority_port", 5353),
        ("SIGNET_AUTHORITY_PORT", "65535", "authority_port", 65535),
        ("SIGNET_LAB", "1", "lab", True),
        ("SIGNET_LAB", "0", "lab", False),
        ("SIGNET_DKIM_ED25519", "1", "dkim_ed25519", True),
        ("SIGNET_DNS_QPS", "0.5", "dns_qps", 0.5),
        ("SIGNET_LOG_LEVEL", "DEBUG", "log_level", "debug"),
        ("SIGNET_FEED_DAYS", "7", "feed_days", 7),
        ("SIGNET_DNS_QPS", "", "dns_qps", None),
    ],
)
def test_each_form_of_value_is_read_into_its_type(name: str, value: str, field: str, meant: object) -> None:
    """An empty value is the same as none, as in shells and compose files."""
    assert getattr(Settings.load({name: value}), field) == meant


def test_resolvers_are_addresses_with_a_port_where_it_is_not_53() -> None:
    """As many as are named, in their order."""
    settings = Settings.load({"SIGNET_RESOLVERS": "127.0.0.1, 127.0.0.2:5353, [::1]:53"})

    assert shown("resolvers", settings.resolvers).count(",") == 2


def test_networks_of_both_families_are_opened_in_one_setting() -> None:
    """And shown as they are written."""
    settings = Settings.load({"SIGNET_EGRESS_ALLOW": "127.0.0.0/8, fd00::/8,192.0.2.1"})

    assert settings.egress_allow == (
        IPv4Network("127.0.0.0/8"),
        IPv6Network("fd00::/8"),
        IPv4Network("192.0.2.1"),
    )
    assert shown("egress_allow", settings.egress_allow) == "127.0.0.0/8,fd00::/8,192.0.2.1/32"


def test_of_several_networks_the_wrong_one_is_named() -> None:
    """With the one that was probably meant."""
    assert _refusal(SIGNET_EGRESS_ALLOW="fd00::/8,10.0.0.1/8") == (
        "SIGNET_EGRESS_ALLOW cannot be used: '10.0.0.1/8' is one address of a network, "
        "which is written 10.0.0.0/8."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNET_HTTP", "8080"),
        ("SIGNET_HTTP", "localhost:99999"),
        ("SIGNET_HTTP", "localhost:http"),
        ("SIGNET_PUBLIC_URL", "signet.example.com"),
        ("SIGNET_DATABASE_URL", "mysql://x/y"),
        ("SIGNET_BROKER_URL", "http://127.0.0.1"),
        ("SIGNET_RELAY_URL", "mail.example.com:25"),
        ("SIGNET_RESOLVERS", "dns.example.com"),
        ("SIGNET_RESOLVERS", "127.0.0.1:99999"),
        ("SIGNET_AUTHORITY_PORT", "0"),
        ("SIGNET_AUTHORITY_PORT", "65536"),
        ("SIGNET_AUTHORITY_PORT", "domain"),
        ("SIGNET_EGRESS_ALLOW", "all"),
        ("SIGNET_EGRESS_ALLOW", "10.0.0.0/33"),
        ("SIGNET_EGRESS_ALLOW", "10.0.0.0/8\n10.0.0.0/8"),
        ("SIGNET_DKIM_ZONE", "not a zone"),
        ("SIGNET_DKIM_ZONE", "single"),
        ("SIGNET_DKIM_ZONE", "-dkim.example.net"),
        ("SIGNET_LAB", "yes"),
        ("SIGNET_DKIM_ED25519", "true"),
        ("SIGNET_REQUIRE_USER_ID", "true"),
        ("SIGNET_DNS_QPS", "0"),
        ("SIGNET_DNS_QPS", "fast"),
        ("SIGNET_FEED_DAYS", "0"),
        ("SIGNET_FEED_DAYS", "a month"),
        ("SIGNET_TICKET_SIZE", "0"),
        ("SIGNET_QUEUE_TYPE", "stream"),
        ("SIGNET_SOURCE", "signet"),
        ("SIGNET_MAIL_FROM", "not an address"),
        ("SIGNET_MAIL_FROM", "a@example.com\nBcc: b@example.com"),
        ("SIGNET_LOG", "xml"),
        ("SIGNET_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_says_which_and_why(name: str, value: str) -> None:
    """So that an operator need not read a stack or a schema."""
    sentence = _refusal(**{name: value})

    assert sentence.startswith(f"{name} cannot be used: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) > len(f"{name} cannot be used: ") + 10


def test_a_setting_that_does_not_exist_is_refused_by_name() -> None:
    """A misspelt setting would otherwise be silently without effect."""
    assert _refusal(SIGNET_WINDWO="1h") == "SIGNET_WINDWO is no setting. `signet settings` lists them."


def test_other_programs_variables_are_left_alone() -> None:
    """The environment belongs to everybody."""
    assert Settings.load({"PATH": "/bin", "signet_http": "x", "WINDOW": "1h"}) == Settings.load({})


def test_a_broker_needs_a_shared_database() -> None:
    """Processes on RabbitMQ cannot share the database embedded in one of them."""
    sentence = _refusal(SIGNET_BROKER_URL="amqp://127.0.0.1/")

    assert "SIGNET_BROKER_URL needs SIGNET_DATABASE_URL" in sentence


def test_defaults_of_the_caller_hold_where_the_environment_is_silent() -> None:
    """The sandbox shortens the window; an operator who sets one is heard."""
    window = timedelta(seconds=75)

    assert Settings.load({}, window=window).window == window
    assert Settings.load({"SIGNET_WINDOW": "2m"}, window=window).window == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNET_DATABASE_URL", f"mysql://signet:{PASSWORD}@db/signet"),
        ("SIGNET_BROKER_URL", f"http://signet:{PASSWORD}@mq/"),
        ("SIGNET_RELAY_URL", f"ftp://signet:{PASSWORD}@mail"),
        ("SIGNET_RELAY_URL", f"smtp://signet:{PASSWORD}@mail:99999"),
        ("SIGNET_DATABASE_URL", f"postgresql://signet:p@ss{PASSWORD}@db/signet"),
        ("SIGNET_DATABASE_URL", f"postgresql://signet:{PASSWORD}#db/signet"),
        ("SIGNET_BROKER_URL", f"amqp://signet:{PASSWORD}/ss@mq/"),
        ("SIGNET_BROKER_URL", f"amqp://signet:{PASSWORD}#ss@mq/"),
        ("SIGNET_BROKER_URL", f"amqp://signet:12/{PASSWORD}@mq/"),
        ("SIGNET_BROKER_URL", f"amqp://signet:{PASSWORD}[@mq/"),
    ],
)
def test_a_refusal_never_repeats_a_password(name: str, value: str) -> None:
    """It ends in a terminal's scroll-back or in a log."""
    assert PASSWORD not in _refusal(**{name: value})


def test_settings_in_a_trace_show_no_password() -> None:
    """A repr is what ends in error reports."""
    settings = Settings.load(
        {
            "SIGNET_DATABASE_URL": f"postgresql://signet:{PASSWORD}@db/signet",
            "SIGNET_BROKER_URL": f"amqps://signet:{PASSWORD}@mq/",
            "SIGNET_RELAY_URL": f"smtps://signet:{PASSWORD}@mail",
        }
    )

    assert PASSWORD not in repr(settings)
    assert PASSWORD not in str(settings)
    for name in ("database_url", "broker_url", "relay_url"):
        assert PASSWORD in getattr(settings, name)
        assert PASSWORD not in shown(name, getattr(settings, name))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("amqp://me:secret@mq:5672/host", "amqp://me:***@mq:5672/host"),
        ("postgresql://me:s%40cret@db/x?sslmode=require", "postgresql://me:***@db/x?sslmode=require"),
        ("smtps://me:p@ss@mail", "smtps://me:***@mail"),
        ("postgresql://me:s/ec?r#t@db/x", "postgresql://me:***@db/x"),
        ("postgresql://me:s[cret@db/x", "postgresql://me:***@db/x"),
        ("amqp://mq", "amqp://mq"),
        ("postgresql://me@db/x", "postgresql://me@db/x"),
    ],
)
def test_a_masked_url_shows_everything_but_the_password(url: str, expected: str) -> None:
    """An at sign inside the password hides nothing less."""
    assert masked(url) == expected


def test_a_password_among_the_parameters_of_a_url_is_masked_too() -> None:
    """PostgreSQL takes it there (libpq, section 34.1.1.2)."""
    assert PASSWORD not in masked(f"postgresql:///signet?user=me&password={PASSWORD}&host=db")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("window", timedelta(hours=48), "48h"),
        ("window", timedelta(days=3), "3d"),
        ("window", timedelta(seconds=75), "75s"),
        ("window", timedelta(minutes=15), "15m"),
        ("http", ("127.0.0.1", 8080), "127.0.0.1:8080"),
        ("http", ("::1", 8080), "[::1]:8080"),
        ("plans", frozenset({"B", "A"}), "A,B"),
        ("lab", True, "1"),
        ("lab", False, "0"),
        ("relay_url", None, ""),
        ("feed_days", 30, "30"),
    ],
)
def test_a_value_is_shown_as_it_is_written(name: str, value: object, expected: str) -> None:
    """What `signet settings` prints can be pasted into an environment."""
    assert shown(name, value) == expected


def test_every_default_as_it_is_shown_is_read_back_as_itself() -> None:
    """Showing and reading are each other's mirror."""
    defaults = Settings.load({})
    environ = {
        f"SIGNET_{name.upper()}": shown(name, getattr(defaults, name)) for name in Settings.model_fields
    }

    assert Settings.load(environ) == defaults


def test_the_public_address_has_no_final_slash_and_brackets_an_ipv6_host() -> None:
    """Links are made by appending a path."""
    assert Settings.load({"SIGNET_PUBLIC_URL": "https://signet.example.com/"}).address == (
        "https://signet.example.com"
    )
    assert Settings.load({"SIGNET_HTTP": "[::1]:8080"}).address == "http://[::1]:8080"


def test_every_setting_says_what_it_means() -> None:
    """`signet settings` and docs/settings.md are made of these."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_ports_of_mail_servers_are_numbers_separated_by_commas() -> None:
    """Each once, in order."""
    assert Settings.load({"SIGNET_SMTP_PORTS": "587, 25,465,25"}).smtp_ports == (25, 465, 587)


@pytest.mark.parametrize("text", ["smtp", "0", "65536", "587;465", "587-600", ",", "-25", "２５"])
def test_anything_else_is_no_list_of_ports(text: str) -> None:
    """The start stops with a sentence."""
    assert _refusal(SIGNET_SMTP_PORTS=text) == (
        "SIGNET_SMTP_PORTS cannot be used: they are numbers from 1 to 65535, separated by commas, such as 465,587."
    )
