"""The joint hub: it keeps what members release, decides for every desk of every member, and passes withdrawals on."""
