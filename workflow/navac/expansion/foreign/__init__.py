"""Expansions fitted by other codes."""
