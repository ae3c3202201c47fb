"""What one contender did, as a line of the table."""

from collections.abc import Mapping
from dataclasses import dataclass

HEAD = "| who | looks/s | CPU µs per look | parts |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one contender did."""

    name: str
    looks: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Looks per second."""
        return self.looks / self.seconds

    def row(self) -> str:
        """One line of the table."""
        total = sum(self.cpu.values()) / self.looks * 1e6
        parts = ", ".join(f"{name} {seconds / self.looks * 1e6:.0f}" for name, seconds in self.cpu.items())
        return f"| {self.name} | {self.rate:,.0f} | {total:,.0f} | {parts} |"
