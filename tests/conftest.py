"""How every test runs: no law fails because the machine is busy, and no password takes long to hash."""

import pytest
from argon2 import PasswordHasher
from comity.store import accounts
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

_usual = accounts.hasher
accounts.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def usual_hasher() -> PasswordHasher:
    """Return what hashes passwords outside the suite, where it must take long."""
    return _usual
