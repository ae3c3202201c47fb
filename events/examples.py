"""One example of the data of each event, as it travels: for the generated pages, and read by tests."""

from collections.abc import Mapping
from typing import Any, Final

_TARGET: Final = "sg1-b7k2q4x6m3n5p7r2t4v6w3y5a2.dkim.signet.example"

_ABOUT: Final = {
    "account": "acme",
    "domain_id": "d_4kq9v2m7x1",
    "domain": "xn--hkyrky-ptac70bc.example",
    "domain_unicode": "háčkyčárky.example",
}

_RECORD: Final = {
    "type": "CNAME",
    "name": "sg1-b7k2q4x6m3n5p7r2t4v6w3y5a2._domainkey.xn--hkyrky-ptac70bc.example",
    "value": _TARGET,
    "purpose": "dkim",
}

_OTHER_RECORD: Final = {
    "type": "CNAME",
    "name": "sg2-h4j6l2n3p5r7t2v4x6z3b5d7f2._domainkey.xn--hkyrky-ptac70bc.example",
    "value": "sg2-h4j6l2n3p5r7t2v4x6z3b5d7f2.dkim.signet.example",
    "purpose": "dkim",
}

_DIAGNOSIS: Final = {
    "code": "dns.target_origin_appended",
    "summary": "The target of this record has your own domain glued on.",
    "advice": "Put a dot at the end of the target, or paste it without your domain.",
    "seen": [f"{_TARGET}.xn--hkyrky-ptac70bc.example"],
    "expected": _TARGET,
    "servers": ["192.0.2.53"],
}

_LOOK: Final = {
    **_ABOUT,
    "outcome": "not_yet",
    "state": "pending",
    "attempt": 7,
    "next_check_at": "2026-01-31T09:30:35.000Z",
    "records": [
        {**_RECORD, "status": "wrong", "seen": _DIAGNOSIS["seen"], "diagnosis": _DIAGNOSIS},
        {**_OTHER_RECORD, "status": "ok", "seen": [_OTHER_RECORD["value"]], "diagnosis": None},
    ],
}

_REQUEST: Final = {"account": "acme", "domain": "háčkyčárky.example"}

_ABOUT_LOGIN: Final = {**_ABOUT, "smtp_id": "s_5kd8w3n6j1"}

_GIVEN_ADDRESS: Final = {"account": "acme", "address": "Info@háčkyčárky.example"}

_ABOUT_ADDRESS: Final = {
    "account": "acme",
    "address_id": "a_7mw2x9c4k5",
    "address": "Info@xn--hkyrky-ptac70bc.example",
}

_CERTIFICATE: Final = {
    "account": "acme",
    "certificate_id": "c_2hx7v9q4n8",
    "address_id": "a_7mw2x9c4k5",
    "address": "Info@xn--hkyrky-ptac70bc.example",
}

_FACTS: Final = {
    "subject": "CN=Info,1.2.840.113549.1.9.1=Info@xn--hkyrky-ptac70bc.example",
    "issuer": "CN=Example S/MIME CA,O=Example Trust,C=CZ",
    "serial": "5c4b1f6f0a3d9e2277b1",
    "fingerprint": "9f1c24b0d7a4c1f3be28e4d3f96c5a0277a2f5b8c1d64e0935ad7b6e1c0f8a42",
    "not_before": "2025-03-01T00:00:00.000Z",
    "not_after": "2026-03-01T23:59:59.000Z",
}

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "org.signet.domain.registered.v1": {
        **_REQUEST,
        "plan": "BUSINESS",
        "route": "cloud",
        "contact": {"email": "owner@example.com", "locale": "cs"},
    },
    "org.signet.domain.verification_requested.v1": _REQUEST,
    "org.signet.domain.removal_requested.v1": _REQUEST,
    "org.signet.domain.route_changed.v1": {**_REQUEST, "route": "smtp"},
    "org.signet.domain.accepted.v1": {
        **_ABOUT,
        "route": "cloud",
        "records": [_RECORD, _OTHER_RECORD],
        "deadline": "2026-02-02T09:30:00.000Z",
        "next_check_at": "2026-01-31T09:30:00.000Z",
    },
    "org.signet.domain.refused.v1": {
        "account": "acme",
        "domain": "gmail.com",
        "domain_unicode": "gmail.com",
        "code": "domain.freemail",
        "message": "gmail.com belongs to a mail provider. Only a domain of your own can be proven.",
    },
    "org.signet.domain.checked.v1": _LOOK,
    "org.signet.domain.diagnosis_changed.v1": _LOOK,
    "org.signet.domain.verified.v1": {**_ABOUT, "by": "dns", "at": "2026-01-31T10:02:11.318Z"},
    "org.signet.domain.expired.v1": {
        **_ABOUT,
        "at": "2026-02-02T09:30:00.000Z",
        "diagnosis": _DIAGNOSIS,
        "code": "dns.target_origin_appended",
    },
    "org.signet.domain.at_risk.v1": {
        **_ABOUT,
        "at": "2026-06-14T11:02:40.118Z",
        "diagnosis": _DIAGNOSIS,
        "code": "dns.target_origin_appended",
    },
    "org.signet.domain.recovered.v1": {**_ABOUT, "at": "2026-06-14T13:00:12.004Z"},
    "org.signet.domain.revoked.v1": {
        **_ABOUT,
        "at": "2026-06-17T09:04:31.925Z",
        "diagnosis": _DIAGNOSIS,
        "code": "dns.target_origin_appended",
    },
    "org.signet.domain.removed.v1": {**_ABOUT, "at": "2026-03-01T08:00:00.000Z"},
    "org.signet.domain.claimed_elsewhere.v1": {**_ABOUT, "at": "2026-03-01T08:00:00.000Z"},
    "org.signet.domain.removal_refused.v1": {
        **_ABOUT,
        "at": "2026-03-01T08:00:00.000Z",
        "code": "domain.has_addresses",
        "addresses": 2,
    },
    "org.signet.smtp.configured.v1": {
        **_REQUEST,
        "host": "smtp.example.com",
        "port": 587,
        "username": "info@example.com",
        "password": {"sealed": f"{'A' * 64}", "key": "k_9x2v7m4q"},
        "security": "auto",
    },
    "org.signet.smtp.verification_requested.v1": _REQUEST,
    "org.signet.smtp.removal_requested.v1": _REQUEST,
    "org.signet.smtp.verified.v1": {
        **_ABOUT_LOGIN,
        "stage": "auth",
        "message": "The login works: smtp.example.com took the user name and the password.",
    },
    "org.signet.smtp.failed.v1": {
        **_ABOUT_LOGIN,
        "stage": "connect",
        "code": "smtp.connect",
        "message": "We could not connect to smtp.example.com at port 465. "
        "Change the port to 587 and the security to STARTTLS.",
        "suggestion": "587 answered with STARTTLS",
        "retry_at": "2026-01-31T09:30:32.000Z",
    },
    "org.signet.smtp.expired.v1": {
        **_ABOUT_LOGIN,
        "stage": "connect",
        "code": "smtp.connect",
        "message": "We could not connect to smtp.example.com at port 465. "
        "Check the server name and the port; most providers use port 587 or 465.",
    },
    "org.signet.smtp.removed.v1": {**_ABOUT_LOGIN, "at": "2026-03-01T08:00:00.000Z"},
    "org.signet.address.added.v1": {
        **_GIVEN_ADDRESS,
        "display_name": "Háčky a čárky",
        "contact": {"email": "owner@example.com", "locale": "cs"},
        "when_certificate_expired": "fail",
    },
    "org.signet.address.confirmation_requested.v1": _GIVEN_ADDRESS,
    "org.signet.address.removal_requested.v1": _GIVEN_ADDRESS,
    "org.signet.address.accepted.v1": {
        **_ABOUT_ADDRESS,
        "expires_at": "2026-02-01T09:31:00.000Z",
        "next_mail_at": "2026-01-31T09:31:00.000Z",
    },
    "org.signet.address.refused.v1": {
        **_ABOUT_ADDRESS,
        "code": "address.undeliverable",
        "message": "The mail server of Info@xn--hkyrky-ptac70bc.example does not take mail for it. "
        "Check the spelling and whether the mailbox exists, then add the address again.",
    },
    "org.signet.address.confirmation_sent.v1": {**_ABOUT_ADDRESS, "expires_at": "2026-02-01T09:31:02.114Z"},
    "org.signet.address.confirmed.v1": {**_ABOUT_ADDRESS, "at": "2026-01-31T09:40:11.318Z"},
    "org.signet.address.confirmation_expired.v1": {**_ABOUT_ADDRESS, "at": "2026-02-01T09:31:02.114Z"},
    "org.signet.address.removed.v1": {**_ABOUT_ADDRESS, "at": "2026-03-01T08:00:00.000Z"},
    "org.signet.certificate.uploaded.v1": {
        **_GIVEN_ADDRESS,
        "pkcs12": {"sealed": f"{'A' * 64}", "key": "k_9x2v7m4q"},
        "password": {"sealed": f"{'A' * 64}", "key": "k_9x2v7m4q"},
    },
    "org.signet.certificate.removal_requested.v1": _GIVEN_ADDRESS,
    "org.signet.certificate.accepted.v1": {**_CERTIFICATE, **_FACTS},
    "org.signet.certificate.refused.v1": {
        **_CERTIFICATE,
        "code": "certificate.wrong_password",
        "message": "The password does not open this file. Upload it again with the password that was chosen when it "
        "was exported.",
    },
    "org.signet.certificate.expiring.v1": {**_CERTIFICATE, **_FACTS, "days_left": 14},
    "org.signet.certificate.expired.v1": {**_CERTIFICATE, **_FACTS},
    "org.signet.certificate.removed.v1": {**_CERTIFICATE, "at": "2026-03-01T08:00:00.000Z"},
    "org.signet.account.removal_requested.v1": {"account": "acme"},
    "org.signet.account.removed.v1": {"account": "acme", "at": "2026-03-01T08:00:00.000Z"},
    "org.signet.event.refused.v1": {
        "account": "acme",
        "source": "urn:shop",
        "id": "8a0c9b1e",
        "type": "org.signet.domain.registered.v1",
        "errors": [
            {
                "field": "route",
                "code": "field.invalid",
                "message": 'The field route must be either "cloud" or "smtp".',
            },
        ],
    },
}
