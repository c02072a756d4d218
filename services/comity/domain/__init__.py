"""The nouns of Comity; nothing here does any I/O."""
