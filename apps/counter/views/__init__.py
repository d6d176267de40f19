"""The pages of the counter. Each parses, makes one service call, answers."""
