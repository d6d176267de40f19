"""The private servers a laptop or a single shop server runs when none is configured."""
