"""The commands of `python -m hwr`, by subject; each prints what one library call returns."""
