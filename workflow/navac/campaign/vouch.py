"""``python -m navac.campaign.vouch``: state that a change of code does not change a result.

The rule then counts as unchanged, and what is made with the new code says who vouched for it and
why. Only the present code is vouched for; the next change needs another statement.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from navac.campaign import code
from navac.campaign.changes import made_jobs
from navac.campaign.rules import Rules
from navac.campaign.stages import STAGES
from navac.campaign.vouched import Vouched, Voucher
from navac.config import ConfigError, load_config


def main(argv: list[str] | None = None) -> int:
    """State it for a rule; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m navac.campaign.vouch", description=__doc__)
    parser.add_argument("rule", help="rule of the workflow, such as sampling")
    parser.add_argument("--because", required=True, help="why the result is the same")
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    args = parser.parse_args(argv)
    if args.rule not in STAGES:
        print(f"{args.rule} is not a rule; use one of {', '.join(STAGES)}", file=sys.stderr)
        return 2
    try:
        rules = Rules(load_config(args.configfile))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    count = vouch(rules, args.rule, args.because)
    if not count:
        print(f"{args.rule}: every result was made with the present code")
        return 0
    print(f"{args.rule}: {count} older digests of its code now count as the present code")
    return 0


def vouch(rules: Rules, rule: str, because: str) -> int:
    """State that the code of a rule gives what the code of its results gave.

    Returns:
        digests of older code that now count as the same.
    """
    now = code.digest(rules.parts(rule))
    known = Vouched.read(rules.results)
    made = [m.provenance for m in made_jobs(rules.results) if m.provenance.rule == rule]
    older = sorted({one.code for one in made} - {rules.code(rule)})
    stated = datetime.now(UTC).isoformat(timespec="seconds")
    for old in older:
        known = replace(known, vouchers=(*known.vouchers, Voucher(rule, old, now, because, stated)))
    if older:
        known.write(rules.results)
    return len(older)


if __name__ == "__main__":
    sys.exit(main())
