"""The law of the course: instruments in time, fact patterns, regimes, arguments."""
