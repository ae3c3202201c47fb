"""The settings of the zone that DKIM keys are published in: how it is changed, and which servers have it."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from infra.dkim_forms import NameServer, NameServers, TsigFile, Zone
from infra.setting_forms import Duration, Flag


class DkimSettings(BaseSettings):
    """What the operator decided of DKIM keys; a part of all settings."""

    dkim_zone: Zone | None = Field(
        None, description="The zone that the targets of the owners' CNAMEs live in. Needed for route cloud."
    )
    dkim_nameservers: NameServers = Field(
        (),
        description="The addresses of all name servers of SIGNET_DKIM_ZONE, separated by commas: a key signs only "
        "after each of them has shown it. Without, no DKIM keys are made.",
    )
    dkim_update: NameServer | None = Field(
        None,
        description="The name server that takes updates of that zone (RFC 2136); without, the first of "
        "SIGNET_DKIM_NAMESERVERS.",
    )
    dkim_tsig: TsigFile | None = Field(
        None, description="The file of the TSIG key that updates are signed with, as tsig-keygen writes it."
    )
    dkim_zone_file: Path | None = Field(
        None, description="The file of that zone, to write DKIM keys into instead of sending updates."
    )
    dkim_ttl: Duration = Field(timedelta(minutes=5), description="The TTL of the DKIM keys in that zone.")
    dkim_rotation: Duration = Field(
        timedelta(days=90), description="How long a DKIM key signs, before the next one does."
    )
    dkim_ed25519: Flag = Field(
        default=False,
        description="1: mails get an Ed25519 signature (RFC 8463) beside the RSA one. Its key stands at the "
        "selector that rests, and makes room eight days before the next rotation.",
    )

    @model_validator(mode="after")
    def _dkim_together(self) -> Self:
        if self.dkim_nameservers and not self.dkim_zone:
            raise ValueError(
                "SIGNET_DKIM_NAMESERVERS needs SIGNET_DKIM_ZONE: they are the servers of that zone"
            )
        if self.dkim_nameservers and (self.dkim_tsig is None) == (self.dkim_zone_file is None):
            raise ValueError(
                "SIGNET_DKIM_NAMESERVERS needs either SIGNET_DKIM_TSIG, for updates, or SIGNET_DKIM_ZONE_FILE"
            )
        return self
