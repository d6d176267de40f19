"""A rehearsal of the worst hour: many processes move the value of few members while they are killed.

An *act* is one wish (award, spend, hold, reverse…) under a key of its own. A *worker* process does acts and
journals each before and after; when it is killed its successor repeats the act that was under way, as a
till would. The *verdict* holds the journals against the ledger: nothing answered may be missing, nothing may
have happened twice, and every invariant holds. It all happens in a scratch database, dropped afterwards.
"""
