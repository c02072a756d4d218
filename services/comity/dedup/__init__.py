"""When two indicators are one: canonical values, STIX patterns in normal form, and the fingerprints of both."""
