"""HDF5 files: what they hold, and how it is written and read."""
