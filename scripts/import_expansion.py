"""Read the expansion that a composition range samples from the file of another code."""

from navac.campaign.job import stage
from navac.crystal.prim import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.eci_table import eci_table
from navac.expansion.file import write_expansion
from navac.expansion.foreign.read import import_expansion
from navac.files import replacing

with stage(snakemake) as job:
    config = job.config
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    file = config.ranges[snakemake.wildcards.range].expansion_file
    expansion, code = import_expansion(file, prim, group)
    with replacing(snakemake.output.eci) as part:
        eci_table(expansion).to_csv(part, index=False)
    source = {"source": f"{code} file {file}"}
    write_expansion(snakemake.output.expansion, prim, expansion, source)
    job.say(f"{len(expansion.orbits)} interactions from {file}, written by {code}; nothing fitted")
