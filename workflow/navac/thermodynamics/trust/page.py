"""The page of trust: first what is not good and what to do about it, then the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from navac.thermodynamics.trust.check import (
    BAD,
    BOUNDARY,
    DOUBTFUL,
    GOOD,
    PHASE,
    RANGE,
    UNKNOWN,
    VERDICTS,
    Check,
    written,
)

MARKS = {GOOD: "✓", DOUBTFUL: "!", BAD: "✗", UNKNOWN: "–"}
"""Verdicts are told by marks and words, not by colours alone."""

HEADINGS = {
    BAD: "Bad: do not rely on this", DOUBTFUL: "Doubtful: look before you rely on this",
    UNKNOWN: "Not known: nothing was done that would tell",
}  # fmt: skip

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Trust</title><style>
body {{ font: 14px/1.45 sans-serif; margin: 2em; color: #222; max-width: 75em }}
table {{ border-collapse: collapse; margin: .5em 0 1.5em }}
th, td {{ padding: .25em .7em; border-bottom: 1px solid #ddd; text-align: left;
  vertical-align: top }}
td.value {{ font-variant-numeric: tabular-nums; white-space: nowrap }}
.bad {{ background: #f9d5c5 }} .doubtful {{ background: #fdf0c8 }} .unknown {{ color: #777 }}
li {{ margin: .4em 0 }} .do {{ color: #0b4f8a }} p.sum {{ font-size: 1.15em }}
</style></head><body>
<h1>How far to trust this phase diagram</h1>
<p class="sum">{summary}</p>
{worst}
{tables}
<h2>Every check in one sentence</h2>
{details}
</body></html>
"""


def page(checks: Sequence[Check]) -> str:
    """The page that shows some checks; it stands alone."""
    return PAGE.format(
        summary=summary_sentence(checks), worst="\n".join(_worst(checks)),
        tables="\n".join(_tables(checks)), details=_details(checks),
    )  # fmt: skip


def summary_sentence(checks: Sequence[Check]) -> str:
    """How many checks there are of every verdict."""
    counts = {v: sum(c.verdict == v for c in checks) for v in VERDICTS}
    return (
        f"Of {len(checks)} checks {counts[GOOD]} are good, {counts[DOUBTFUL]} doubtful, "
        f"{counts[BAD]} bad; {counts[UNKNOWN]} cannot be made."
    )


def _worst(checks: Sequence[Check]) -> Iterator[str]:
    """Lists of what is not good: a line for what is said alike of several subjects."""
    for verdict, heading in HEADINGS.items():
        some = [c for c in checks if c.verdict == verdict]
        if not some:
            continue
        some.sort(key=lambda c: c.kind != RANGE)  # what is wrong with the whole comes first
        lines = [_line(list(alike)) for alike in _alike(some)]
        yield f"<h2>{heading}</h2>\n<ul>\n" + "\n".join(lines) + "\n</ul>"


def _alike(checks: Sequence[Check]) -> Iterator[list[Check]]:
    """Checks of one quantity together, in the order in which the quantities first come.

    What has no number says something else of each subject, unless the sentences are the same.
    """
    groups: dict[tuple[str, str], list[Check]] = {}
    for c in checks:
        said = "" if c.value == c.value else c.sentence
        groups.setdefault((c.quantity, said), []).append(c)
    yield from groups.values()


def _line(alike: list[Check]) -> str:
    """What is said of some subjects: the sentence of the worst stands for all."""
    worst = (min if alike[0].limit.startswith("≥") else max)(alike, key=lambda c: c.value)
    subjects = "; ".join(_of_range(n, list(own)) for n, own in groupby(alike, lambda c: c.range))
    differ = len({c.sentence for c in alike}) > 1
    said = f"{_subject(worst)}: {worst.sentence}" if differ else worst.sentence
    do = _same([c.action for c in alike])
    return (
        f"<li><b>{escape(worst.quantity)}</b> · {escape(subjects)} · {escape(said)}"
        + (f' <span class="do">→ {escape(do)}</span>' if do else "")
        + "</li>"
    )


def _of_range(name: str, alike: list[Check]) -> str:
    """Subjects of a range with their values; the range in front of its phases and boundaries."""
    said = ", ".join(_subject(c) + (f" ({_value(c)})" if _value(c) else "") for c in alike)
    return said if alike[0].kind == RANGE else f"{name}: {said}"


def _same(actions: Sequence[str]) -> str:
    """What to do, each once."""
    return " ".join(dict.fromkeys(a for a in actions if a))


def _subject(check: Check) -> str:
    return check.range if check.kind == RANGE else check.subject


def _value(check: Check) -> str:
    if check.value != check.value:
        return ""
    return f"{written(check.value)} {check.unit}".strip()


def _tables(checks: Sequence[Check]) -> Iterator[str]:
    """Per range a table of its phases and one of its boundaries: a column per quantity."""
    for name, own in groupby(checks, key=lambda c: c.range):
        some = list(own)
        for kind, heading in ((PHASE, "phases"), (BOUNDARY, "boundaries")):
            rows = [c for c in some if c.kind == kind]
            if rows:
                yield f"<h2>{escape(name)}: {heading}</h2>\n{_matrix(rows)}"


def _matrix(checks: Sequence[Check]) -> str:
    limits: dict[str, set[str]] = {}
    for c in checks:
        limits.setdefault(c.quantity, set()).add(c.limit)
    said = {q: some.pop() if len(some) == 1 else "" for q, some in limits.items()}
    head = "".join(
        f"<th>{escape(q)}<br><small>{escape(limit)}</small></th>" for q, limit in said.items()
    )
    lines = []
    for subject in dict.fromkeys(c.subject for c in checks):
        own = {c.quantity: c for c in checks if c.subject == subject}
        cells = "".join(_cell(own.get(q)) for q in limits)
        lines.append(f"<tr><th>{escape(subject)}</th>{cells}</tr>")
    return f"<table><tr><th></th>{head}</tr>\n" + "\n".join(lines) + "\n</table>"


def _cell(check: Check | None) -> str:
    if check is None:
        return "<td></td>"
    text = f"{MARKS[check.verdict]} {_value(check)}".strip()
    return f'<td class="value {_class(check)}" title="{escape(check.sentence)}">{escape(text)}</td>'


def _details(checks: Sequence[Check]) -> str:
    rows = [
        f'<tr class="{_class(c)}"><td>{escape(c.range)}</td><td>{escape(c.subject)}</td>'
        f"<td>{escape(c.quantity)}</td><td>{MARKS[c.verdict]} {c.verdict}</td>"
        f"<td>{escape(c.sentence)}</td></tr>"
        for c in checks
    ]
    head = "<tr><th>range</th><th>of</th><th>quantity</th><th>verdict</th><th></th></tr>"
    return f"<table>{head}\n" + "\n".join(rows) + "\n</table>"


def _class(check: Check) -> str:
    return "unknown" if check.verdict == UNKNOWN else check.verdict
