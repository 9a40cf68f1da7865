"""An expansion of sites with any number of species, sampled in runs of any ensemble."""
