"""The service of one national CERT: it takes its member's objects in, sends what may leave, and fetches the rest."""
