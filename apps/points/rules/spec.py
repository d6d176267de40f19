"""What every kind of spec shares: problems are (field, code) pairs that the form words."""

Problems = list[tuple[str, str]]
