"""A reading to send by mail: one file with its viewers alive."""
