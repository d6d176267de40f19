"""Why nothing can run as things stand."""


class CannotRun(Exception):
    """Said to the operator in one line: what is wrong and what would make it right. Exit status 2."""
