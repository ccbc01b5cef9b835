"""One SIAPkerja sandbox process for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.sandbox.siapkerja_ministry import Ministry, ministry


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministry]:
    with ministry(tmp_path_factory.mktemp("siapkerja")) as running:
        yield running
