"""HDF5 files: what they hold (:mod:`.schema`), and how it is written and read.

Only this package names groups and datasets. The others hand it schema records, or take them.
"""
