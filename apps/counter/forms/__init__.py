"""What the clerk types, checked and turned into values. Nothing here is saved."""
