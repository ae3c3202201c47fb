"""What every test of faults ends with."""

import multiprocessing
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    """A test that fails half-way leaves none of its processes behind."""
    yield
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
