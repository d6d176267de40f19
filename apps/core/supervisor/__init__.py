"""Everything on one machine: web, worker, beat and broker as children of one process.

A *child* is a command that must always run. A *leftover* is a child whose supervisor was killed.
"""
