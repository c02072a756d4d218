"""What is kept of secrets."""

from argon2 import PasswordHasher, Type


def test_a_password_takes_at_least_as_much_to_guess_as_rfc_9106_recommends(usual_hasher: PasswordHasher) -> None:
    assert usual_hasher.type is Type.ID
    assert (usual_hasher.time_cost, usual_hasher.memory_cost, usual_hasher.parallelism) >= (3, 65_536, 4)
    assert usual_hasher.memory_cost >= 65_536
