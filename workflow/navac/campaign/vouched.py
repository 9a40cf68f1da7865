"""Changes of code for which somebody vouches: they do not change what a rule computes.

The list is kept in the results of a campaign, because it speaks of them. A rule whose code has
changed from one digest to another that is vouched for counts as unchanged, and the provenance of
what it makes later says who vouched for what.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from navac.files import write_json

FILE = Path(".provenance/vouched.json")


@dataclass(frozen=True)
class Voucher:
    """One statement.

    Attributes:
        rule: of the workflow.
        old, new: digests of its code.
        because: why the result is the same.
        stated_utc: when it was stated.
    """

    rule: str
    old: str
    new: str
    because: str
    stated_utc: str


@dataclass(frozen=True)
class Vouched:
    """Every statement about the results of a campaign."""

    vouchers: tuple[Voucher, ...] = ()

    @classmethod
    def read(cls, results: Path) -> Vouched:
        """The statements kept in a folder of results."""
        path = results / FILE
        if not path.exists():
            return cls()
        return cls(tuple(Voucher(**entry) for entry in json.loads(path.read_text())))

    def write(self, results: Path) -> None:
        """Keep the statements in a folder of results."""
        write_json(results / FILE, [asdict(voucher) for voucher in self.vouchers])

    def representative(self, rule: str, digest: str) -> str:
        """The oldest code that gives the same results as the code of a digest."""
        older = {v.new: v.old for v in self.vouchers if v.rule == rule}
        seen = {digest}
        while (before := older.get(digest)) is not None and before not in seen:
            digest = before
            seen.add(digest)
        return digest

    def about(self, rule: str, digest: str) -> list[Voucher]:
        """Statements that lead from the code of a digest to its representative."""
        older = {v.new: v for v in self.vouchers if v.rule == rule}
        found: list[Voucher] = []
        while (one := older.get(digest)) is not None and one not in found:
            found.append(one)
            digest = one.old
        return found
