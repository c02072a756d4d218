"""How every test runs: no law fails because the machine is busy, and no password takes long to hash.

With the environment variable ``COMITY_TEST_PROFILE=thorough`` laws are tried on many more examples, and more random
scenarios are played.
"""

import os

import pytest
from argon2 import PasswordHasher
from comity.store import accounts
from hypothesis import HealthCheck, settings

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", PATIENT, max_examples=60)
settings.register_profile("thorough", PATIENT, max_examples=1_000)
settings.load_profile(os.environ.get("COMITY_TEST_PROFILE", "ci"))

_usual = accounts.hasher
accounts.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def usual_hasher() -> PasswordHasher:
    """Return what hashes passwords outside the suite, where it must take long."""
    return _usual
