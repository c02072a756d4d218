"""The scenarios that come with Comity: a folder each, holding the log and the report expected of it."""
