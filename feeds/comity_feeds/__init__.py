"""Feeds: readers of formats that others publish, one format a module, found by the entry point group ``comity.feeds``.

A feed is a function ``read(source, options)`` that yields a ``FeedRecord`` for everything it met: an object, or the
reason why there is none. It takes values as text and never resolves or fetches one. A source that is unusable as a
whole, or larger than the limits, is an ``InvalidObjectError``; options that are unusable are a ``SettingsError``.
"""
