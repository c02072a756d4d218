"""TAXII 2.1 without input or output: bytes and values in, bytes and values out."""
