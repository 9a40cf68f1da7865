"""From partly filled crystals to phase diagrams: cluster expansion and Monte Carlo campaigns."""

from importlib.metadata import version

__version__ = version("navac")


class NavacError(Exception):
    """An error that navac raises on purpose; its message names what is wrong and the fix.

    Any other exception is a bug, and shows its traceback.
    """
