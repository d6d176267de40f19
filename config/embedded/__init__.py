"""The private servers a laptop or a single shop server runs when none is configured.

A *place* is where a server keeps its data and its socket; a *lease* is one process's share in the
running database: the first to come starts it, the last to leave stops it.
"""
