"""The root of every file: its attributes, and the version of the layout."""

VERSION = 2
"""Version of the files that are written. Version 1 can be read; its files do not say so."""

VERSION_ATTRIBUTE = "schema_version"
SOFTWARE_VERSION = "navac_version"
PROVENANCE = "provenance"
ROOT = {
    SOFTWARE_VERSION: "version of navac",
    VERSION_ATTRIBUTE: f"version of the layout, now {VERSION}; files without it are of version 1",
    PROVENANCE: "what the file was made from, as JSON",
    "seed": "seed of what was sampled",
    "device": "device that sampled",
    "created_utc": "time of writing",
}
"""Attributes of the root of every file; the last three are in the provenance too, if known."""
