"""The doors of a service: who calls, and the TAXII 2.1 server that nodes and the federation have in common."""
