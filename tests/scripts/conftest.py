"""Scripts called as Snakemake calls them, beside a finished miniature campaign."""

import json
import runpy
from pathlib import Path

import pytest
import yaml

from navac.campaign.job import run
from navac.campaign.provenance import read_provenance
from navac.campaign.rules import Rules
from navac.campaign.stages import STAGES
from navac.config import load_config
from navac.results.content import embedded_provenance
from tests.checkout import MINIATURE, ROOT
from tests.fake_job import Named, handed
from tests.workflow.dry_run import with_value

MADE = Path("made")


class Scripts:
    """The scripts of one campaign; what they make lies in ``made/``."""

    def __init__(self, base: str = MINIATURE, **changed):
        """
        Args:
            changed: other values under dotted keys, written with two underscores for a dot.
        """
        data = yaml.safe_load((ROOT / base).read_text())
        for key, value in changed.items():
            data = with_value(data, key.replace("__", "."), value)
        MADE.mkdir(exist_ok=True)
        file = MADE / "config.yaml"
        file.write_text(yaml.safe_dump(data))
        self.rules = Rules(load_config(file), scripts=ROOT / "scripts")

    def call(self, rule: str, *, output: dict[str, str], wildcards=None, input, **params) -> Named:
        """Run the script of a rule; returns the paths of its outputs, all with provenance."""
        output = {name: (MADE / path).as_posix() for name, path in output.items()}
        for path in output.values():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        snakemake = handed(
            self.rules, rule, wildcards=wildcards, input=input, output=output, **params
        )
        script = runpy.run_path(str(ROOT / "scripts" / f"{STAGES[rule].script}.py"))
        run(script["main"], snakemake)
        for path in output.values():
            self._check_provenance(path, rule, wildcards or {}, snakemake)
        return snakemake.output

    def _check_provenance(self, path, rule, wildcards, snakemake):
        found = read_provenance(path)
        assert found.rule == rule
        assert found.wildcards == wildcards
        assert found.settings == json.loads(json.dumps(self.rules.settings(rule, wildcards)))
        assert found.code == self.rules.code(rule)
        assert set(found.inputs) == {str(p) for p in snakemake.input}
        assert found.lineage.items() >= found.settings.items()
        if path.endswith(".h5"):
            inside = embedded_provenance(path)
            assert (inside["rule"], inside["code"]) == (rule, found.code)


@pytest.fixture
def here(miniature, tmp_path, monkeypatch):
    """A folder with the inputs and results of the finished campaign, which nobody changes."""
    monkeypatch.chdir(tmp_path)
    for name in ("config", "results"):
        Path(name).symlink_to(miniature / name)
    return Path("results/miniature")


@pytest.fixture
def scripts(here):
    """The scripts of the miniature campaign."""
    return Scripts()
