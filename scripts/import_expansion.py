"""Read the expansion that a composition range samples from the file of another code."""

from navac.crystal import find_space_group, read_prim
from navac.expansion import eci_table
from navac.files import replacing
from navac.imports import import_expansion
from navac.interchange import write_expansion
from navac.stage import stage

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
