"""The truth page of operations: do the books agree, do jobs run, what failed, what needs looking at."""
