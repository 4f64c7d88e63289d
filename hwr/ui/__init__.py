"""The interface: one file per tab. It computes nothing; each view calls one pure function and draws its result."""
