"""The blocs that come with Comity, one a folder: data only."""
