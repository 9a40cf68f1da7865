"""Running a campaign: checks, jobs, provenance, commands."""
