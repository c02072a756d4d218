"""A bloc of three members for the tests of analytics."""

from collections.abc import Iterator

import pytest

from tests.integration.sharing.services import Bloc, make_bloc


@pytest.fixture(scope="module")
def bloc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bloc]:
    """A running bloc for tests that keep to assets and values of their own."""
    with make_bloc(tmp_path_factory.mktemp("bloc"), profile="five", members=("XA", "XB", "XC")) as running:
        yield running
