"""Another implementation of HPKE, in another language: `@hpke/core` on node."""

from pathlib import Path

import pytest

from tests.servers.node import installed


@pytest.fixture(scope="session")
def javascript() -> Path:
    """A folder with it and our two scripts."""
    return installed(Path(__file__).parent)
