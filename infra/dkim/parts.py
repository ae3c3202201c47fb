"""What the lane of DKIM keys works with, as the settings have it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from domain.dkim_keys import Sighting, Told
from domain.dkim_ports import NotPublished
from domain.dkim_rotation import RotationRules
from infra.dkim.asking import NameServers
from infra.dkim.tsig import TsigKey
from infra.dkim.updates import Updates
from infra.dkim.zone_file import ZoneFile
from infra.settings import Settings


class Publisher(Protocol):
    """How our zone is changed."""

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """Let just this TXT stand at each name, or nothing; answer why that was not done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedZone:
    """Our zone: changed in one way, seen on all its servers. Of names outside of it nobody knows anything."""

    publisher: Publisher
    servers: NameServers

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """Let just this TXT stand at each name, or nothing; answer why that was not done."""
        ours = {name: record for name, record in records.items() if self._has(name)}
        return self.publisher.publish(ours) if ours else None

    def look(self, names: Collection[str]) -> Sighting:
        """What each of our servers says stands at the names."""
        seen = self.servers.look([name for name in names if self._has(name)])
        silent = tuple(Told(server=str(server), texts=None) for server in self.servers.servers)
        return replace(seen, told={name: seen.told.get(name, silent) for name in names})

    def _has(self, name: str) -> bool:
        """Whether a target is in this zone: those of domains from before it was changed are not."""
        return name.endswith(f".{self.servers.zone}")


def own_zone(settings: Settings) -> PublishedZone | None:
    """Our zone; None where the settings do not say which servers have it. Raises WrongTsig."""
    if settings.dkim_zone is None or not settings.dkim_nameservers:
        return None
    servers = NameServers(zone=settings.dkim_zone, servers=settings.dkim_nameservers)
    return PublishedZone(publisher=_publisher(settings, settings.dkim_zone), servers=servers)


def _publisher(settings: Settings, zone: str) -> Publisher:
    if settings.dkim_zone_file is not None:
        return ZoneFile(zone=zone, file=settings.dkim_zone_file.expanduser(), ttl=settings.dkim_ttl)
    assert settings.dkim_tsig is not None, "the settings were checked together"
    return Updates(
        zone=zone,
        server=settings.dkim_update or settings.dkim_nameservers[0],
        key=TsigKey.read(settings.dkim_tsig),
        ttl=settings.dkim_ttl,
    )


def rotation_rules(settings: Settings) -> RotationRules:
    """What the operator decided of keys."""
    return RotationRules(ttl=settings.dkim_ttl, every=settings.dkim_rotation, beside=settings.dkim_ed25519)
