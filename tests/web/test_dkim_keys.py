"""The DKIM keys of a domain over HTTP: to those who may see the domain, and never a secret."""

from datetime import timedelta

from domain.dkim_keys import Algorithm, DkimPair, Vacancy
from domain.dkim_ports import Visited, place_of
from domain.dkim_rotation import add_key
from domain.ports import Work
from infra.dkim.making import make_key
from tests.conformance.building import register
from tests.web.site import Site

DAY = timedelta(days=1)


def with_a_key(site: Site) -> DkimPair:
    """A domain whose first key was just made."""
    shop = register(site.unit)
    made = make_key()
    with site.unit() as work:
        work.dkim.begin([shop])  # type: ignore[list-item]
        [one] = work.dkim.awaited(work.schedule.claim(Work.KEYS, limit=1, lease=DAY))
        pair = add_key(one.pair, Vacancy(0, Algorithm.RSA), made.public, work.now)
        work.dkim.write(Visited(before=one, pair=pair, due_at=work.now + DAY))
        work.secrets.put(place_of(pair, 1), made.private)
        work.commit()
    return pair


def test_the_keys_of_a_domain_are_told_without_their_private_halves(site: Site) -> None:
    """What stands in the DNS anyway, and the moments."""
    pair = with_a_key(site)
    with site.client(site.key()) as client:
        answer = client.get(f"/v1/domains/{pair.domain_id}/keys")

    [key] = answer.json()["keys"]
    assert answer.json()["fault"] is None
    assert key.keys() == {
        "number", "selector", "target", "algorithm", "state", "record",
        "made_at", "published_at", "active_at", "rotated_at", "emptied_at",
    }  # fmt: skip
    assert (key["number"], key["state"], key["target"]) == (1, "made", pair.targets[0])
    assert key["record"] == pair.keys[0].record
    assert key["published_at"] is None


def test_a_domain_without_keys_has_none(site: Site) -> None:
    """Its first record was not seen yet."""
    shop = register(site.unit)
    with site.client(site.key()) as client:
        assert client.get(f"/v1/domains/{shop.id}/keys").json() == {"keys": [], "fault": None}


def test_the_keys_of_other_accounts_are_not_there(site: Site) -> None:
    """404, not 403; and what is no id is none."""
    pair = with_a_key(site)
    with site.client(site.key("other")) as client:
        assert client.get(f"/v1/domains/{pair.domain_id}/keys").status_code == 404
        assert client.get("/v1/domains/nonsense/keys").status_code == 404
    assert site.client().get(f"/v1/domains/{pair.domain_id}/keys").status_code == 401
