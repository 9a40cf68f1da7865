"""What Snakemake hands to a script, made by hand: scripts are called without Snakemake."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from navac.campaign.rules import Rules


class Named(list):
    """A list whose entries have names too, as Snakemake's inputs and outputs are."""

    def __init__(self, entries: Mapping[str, Any]):
        super().__init__()
        self._names = dict(entries)
        for value in entries.values():
            self.extend(value if isinstance(value, list) else [value])

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def get(self, name: str, default: Any = None) -> Any:
        return self._names.get(name, default)

    def items(self):
        return self._names.items()

    def __iter__(self):
        return super().__iter__()


def handed(
    rules: Rules,
    rule: str,
    *,
    wildcards: Mapping[str, str] | None = None,
    input: Mapping[str, Any] | None = None,
    output: Mapping[str, Any],
    threads: int = 2,
    **params: Any,
) -> SimpleNamespace:
    """What a script of a rule gets.

    Args:
        rules: of the campaign; settings and code are taken from it as the rule states them.
        params: what the rule names beside settings and code.
    """
    wildcards = dict(wildcards or {})
    first = next(iter(Named(output)))
    log = Path(str(first)).parent / f"{rule}.log"
    return SimpleNamespace(
        rule=rule,
        wildcards=Named(wildcards),
        input=Named(input or {}),
        output=Named(output),
        params=Named({
            "settings": rules.settings(rule, wildcards),
            "code": rules.code(rule),
            "execution": rules.execution(rule)(wildcards, threads),
            **params,
        }),
        threads=threads,
        log=log,
        scriptdir="scripts",
    )  # fmt: skip
