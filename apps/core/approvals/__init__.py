"""Four eyes: what touches many or moves value by hand is planned, asked for, and done once a second person
has approved exactly that plan. Apps register their acts in an ``acts`` module."""
