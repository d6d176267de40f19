"""Data folders and processes of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.servers import Processes, data_folder


@pytest.fixture
def var() -> Iterator[Path]:
    """A data folder to be."""
    with data_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_var() -> Iterator[Path]:
    """One data folder for the tests of a module."""
    with data_folder() as folder:
        yield folder


@pytest.fixture
def run() -> Iterator[Processes]:
    """Commands of the project, ended when the test ends."""
    processes = Processes()
    yield processes
    processes.end_all()
