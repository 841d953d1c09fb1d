"""The honest corpus: how people write answers and tests, marked as stock nbgrader marks them."""
