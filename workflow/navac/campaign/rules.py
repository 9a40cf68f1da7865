"""What the rules of one campaign depend on: their settings and their code.

A rule has its settings, and a digest of the code that it runs, among its ``params``: a change of
either runs it again, and a change of anything else does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from navac.campaign import code
from navac.campaign.resolve import Plain, resolved, selected
from navac.campaign.stages import STAGES
from navac.campaign.vouched import Vouched
from navac.config.campaign import Config

Wildcards = Mapping[str, str]


class Rules:
    """What the rules of one campaign depend on."""

    def __init__(self, config: Config, scripts: Path = Path("scripts")):
        """
        Args:
            scripts: the folder of the scripts.
        """
        self.config = config
        self.scripts = scripts
        self.results = Path("results") / config.campaign
        self._values = resolved(config)
        self._vouched = Vouched.read(self.results)
        self._digests: dict[str, dict[str, str]] = {}

    def settings(self, rule: str, wildcards: Wildcards | None = None) -> Plain:
        """The settings that a job of a rule depends on."""
        names = dict(wildcards or {})
        return selected(self._values, (key.format_map(names) for key in STAGES[rule].keys))

    def parts(self, rule: str) -> dict[str, str]:
        """Digests of the script of a rule and of the modules that it imports, by name."""
        script = STAGES[rule].script
        if script not in self._digests:
            self._digests[script] = code.digests(self.scripts / f"{script}.py")
        return self._digests[script]

    def code(self, rule: str) -> str:
        """Digest of the code that a rule runs, or of older code that is vouched to be the same."""
        return self._vouched.representative(rule, code.digest(self.parts(rule)))

    def of(self, rule: str) -> Callable[[Wildcards], Plain]:
        """The settings of a rule as a function of its wildcards, for ``params``."""
        return lambda wildcards: self.settings(rule, wildcards)

    def execution(self, rule: str) -> Callable[..., dict[str, Any]]:
        """How a rule is run and what its provenance names, for ``params``.

        Snakemake takes params that depend on ``threads`` for no reason to run a rule again.
        """
        parts = self.parts(rule)
        vouchers = self._vouched.about(rule, code.digest(parts))
        found = {
            "settings": selected(self._values, STAGES[rule].execution),
            "modules": parts,
            "vouched": [asdict(voucher) for voucher in vouchers],
        }
        return lambda wildcards, threads: found

    def jobs(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every job of the campaign: its rule and wildcards, in the order data flows."""
        all_jobs = [(r, wild) for r, stage in STAGES.items() for wild in stage.jobs(self.config)]
        # The rules of the rounds take turns.
        turns = [place for place, (_, wild) in enumerate(all_jobs) if "round" in wild]
        in_turn = sorted((all_jobs[k] for k in turns), key=lambda job: int(job[1]["round"]))
        for place, job in zip(turns, in_turn, strict=True):
            all_jobs[place] = job
        yield from all_jobs
