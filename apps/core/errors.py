"""The root of every refusal. A refusal states a fact; the door words it for the user."""


class LaurelError(Exception):
    """Something was refused, nothing was changed."""
