"""Comparison with published numbers."""
