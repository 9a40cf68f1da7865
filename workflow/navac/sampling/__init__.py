"""Paths through temperature and chemical potential, sampled and recorded."""
