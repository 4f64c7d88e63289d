"""Pages with their lines as other programs write and read them: PAGE XML 2019, ALTO 4, JSON, plain text, and ZIP of all."""
