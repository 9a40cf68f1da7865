"""What is wrong where a configuration is to be written."""

from __future__ import annotations

from navac import NavacError


class NewError(NavacError):
    """A configuration that cannot be written from what is given."""
