"""Every spelling of an observable has its canonical value."""

from random import Random

import pytest

from tests.oracle.generators.spellings import Observable, catalogue, spelling

CATALOGUE = catalogue("tag", 16)


@pytest.mark.parametrize("observable", CATALOGUE, ids=lambda known: f"{known.kind}-{known.text}")
def test_spellings_are_canonically_one(observable: Observable) -> None:
    rng = Random(1)  # noqa: S311  # reproducible
    spellings = {spelling(rng, observable) for _ in range(40)}

    assert {Observable(observable.kind, text).value for text in spellings} == {observable.value}
    assert len(spellings) > 1


def test_a_catalogue_holds_no_observable_twice() -> None:
    assert len({(known.kind, known.value) for known in CATALOGUE}) == len(CATALOGUE)


def test_catalogues_are_apart() -> None:
    other = {(known.kind, known.value) for known in catalogue("other", 48)}

    assert not other & {(known.kind, known.value) for known in CATALOGUE}
