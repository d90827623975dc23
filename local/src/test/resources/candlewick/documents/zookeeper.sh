# Nothing is there before.
