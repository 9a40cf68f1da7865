"""Which rules would run: many dry runs of a finished campaign in one process.

With ``dry`` it is Snakemake that decides. Without, it is asked which rules have other code: of a
change of code Snakemake sees no more than this.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

SERVER = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.dag import DAG
from snakemake.settings.types import (
    ConfigSettings, DAGSettings, OutputSettings, Quietness, RerunTrigger, ResourceSettings,
)
from navac.campaign.changes import changes, rules_of
from navac.campaign.check import checked_file
from navac.campaign.rules import Rules
TRIGGERS = {RerunTrigger.MTIME, RerunTrigger.PARAMS, RerunTrigger.INPUT}


planned = []
plain = DAG.postprocess


async def noted(self, *args, **kwargs):
    # Noted before the dry run counts it as done.
    await plain(self, *args, **kwargs)
    planned.append({job.rule.name for job in self.needrun_jobs()})


DAG.postprocess = noted


def dry_run(config):
    planned.clear()
    with SnakemakeApi(OutputSettings(dryrun=True, quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=2),
            config_settings=ConfigSettings(configfiles=[config]),
            snakefile=Path("Snakefile"),
            workdir=Path(),
        )
        dag = workflow.dag(dag_settings=DAGSettings(rerun_triggers=TRIGGERS))
        dag.execute_workflow(executor="dryrun")
    return sorted(planned[0] - {"campaign", "all", "dft_inputs", "figures"})


def codes(rules):
    return {rule: rules.code(rule) for rule in {rule for rule, _ in rules.jobs()}}


found, dry = [], json.loads(sys.argv[1])
own = {}
for line in sys.stdin:
    config, edited, text = json.loads(line)
    if not dry and config not in own:
        own[config] = checked_file(config), codes(Rules(checked_file(config)))
    before = Path(edited).read_text() if edited else ""
    if edited:
        Path(edited).write_text(before + text)
    try:
        rules = Rules(checked_file(config) if dry else own[config][0])
        said = rules_of(changes(rules))
        if dry:
            run = dry_run(Path(config))
        else:
            run = [rule for rule, code in codes(rules).items() if code != own[config][1][rule]]
        found.append([run, sorted(said)])
    except BaseException as error:
        found.append([repr(error), []])
    finally:
        if edited:
            Path(edited).write_text(before)
Path("dry-runs.json").write_text(json.dumps(found))
"""


def with_value(data: dict, key: str, value) -> dict:
    """A configuration with another value under a dotted key."""
    data = json.loads(json.dumps(data))  # YAML's integer keys become text, which is read as well
    at = data
    *parents, last = key.split(".")
    for parent in parents:
        at = at.setdefault(parent, {})
    at[last] = value
    return data


def dry_runs(
    folder: Path, variants: list[tuple[str, str, str]], dry: bool = True
) -> list[tuple[set[str] | str, set[str]]]:
    """For each variant, the rules that Snakemake would run and those that navac says it will.

    Args:
        folder: a checkout with a finished campaign.
        variants: configuration file, and a file to which a text is added meanwhile, or "".
        dry: false gives the rules whose own code is another, in place of Snakemake's.
    """
    environment = os.environ | {"PYTHONPATH": str(folder / "workflow")}
    done = subprocess.run(
        [sys.executable, "-c", SERVER, json.dumps(dry)],
        input="".join(json.dumps(v) + "\n" for v in variants),
        cwd=folder, env=environment, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads((folder / "dry-runs.json").read_text())
    return [(set(rules) if isinstance(rules, list) else rules, set(said)) for rules, said in found]


def reruns_by_key(
    folder: Path, base: str, values: dict[str, object]
) -> dict[str, tuple[set[str] | str, set[str]]]:
    """:func:`dry_runs` of a campaign with each key changed, and under ``nothing`` as it is."""
    paths = {"nothing": base} | write_variants(folder, base, values)
    found = dry_runs(folder, [(path, "", "") for path in paths.values()])
    return dict(zip(paths, found, strict=True))


def write_variants(folder: Path, base: str, values: dict[str, object]) -> dict[str, str]:
    """Write a configuration for every changed key; returns their paths by key."""
    data = yaml.safe_load((folder / base).read_text())
    (folder / "variants").mkdir(exist_ok=True)
    paths = {}
    for key, value in values.items():
        path = folder / "variants" / f"{key}.yaml"
        path.write_text(yaml.safe_dump(with_value(data, key, value)))
        paths[key] = str(path.relative_to(folder))
    return paths
