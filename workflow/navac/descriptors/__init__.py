"""What a composition says without any energy: entropy of mixing, and how alike its species are."""
