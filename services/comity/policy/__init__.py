"""Who may receive what: Cedar chapters, the labels they decide on, and the decisions.

Nothing here reads a file, a clock or a setting.
"""
