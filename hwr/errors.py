"""The one kind of error that is meant for the person who uses the program."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one sentence that says what was wrong, with which file or field, and what to do.
    The command line prints it and exits with 2; the interface shows it as a notice; no traceback reaches either.
    """
