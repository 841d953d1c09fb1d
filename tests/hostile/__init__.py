"""The hostile corpus: notebooks made by code that try to gain marks or harm the marker."""
