"""Checks of a configuration about where energies come from, as in
:mod:`navac.campaign.settings_checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from navac.config.campaign import Config
from navac.energies.user.files import SourceError, found_files

Problems = Iterator[tuple[str, str]]


def energy_tables(config: Config) -> Problems:
    """The published backend needs a table or a file in every range."""
    for name, settings in config.ranges.items():
        given = settings.published_eci or settings.expansion_file
        no_table = given is None and settings.hamiltonian == "fitted"
        if config.energies.backend == "published" and no_table:
            yield (f"ranges.{name}.published_eci", "null, but energies.backend is published; name "
                   "the table of this range")  # fmt: skip


def user_files(config: Config) -> Problems:
    """Energies from elsewhere are in files of a known kind."""
    if config.energies.backend != "user":
        return
    field, files = "energies.user.files", config.energies.user.files
    if not files:
        yield field, "names no file, but energies.backend is user; give a file, folder or glob"
        return
    try:
        found_files(files)
    except SourceError as error:
        yield field, str(error)


def potentials(config: Config) -> Problems:
    """The pseudopotential library is a folder."""
    library = config.dft.potcar_library
    if library is not None and not library.is_dir():
        yield "dft.potcar_library", f"{library} is not a folder; correct it, or write null"


def vasp_settings(config: Config) -> Problems:
    """VASP is not run without settings."""
    if config.energies.backend == "vasp" and config.dft.settings is None:
        yield ("dft.settings", "null, but energies.backend is vasp; name settings: MPScanRelaxSet "
               "or MPRelaxSet for any element, or a YAML file")  # fmt: skip


def vasp_jobs(config: Config) -> Problems:
    """The wall time of a VASP job is longer than what it keeps spare."""
    vasp = config.energies.vasp
    if vasp.spare_minutes >= 60 * vasp.hours:
        yield ("energies.vasp.spare_minutes", f"{vasp.spare_minutes:g} min leave nothing of the "
               f"{vasp.hours:g} h that a job has; give less, or more hours")  # fmt: skip
    if vasp.check_seconds < vasp.poll_seconds:
        yield ("energies.vasp.check_seconds", f"{vasp.check_seconds:g} s are less than "
               f"poll_seconds, {vasp.poll_seconds:g} s; raise it")  # fmt: skip


def mlip_jobs(config: Config) -> Problems:
    """The level of theory of a model is known, and its jobs have time."""
    mlip, given = config.energies.mlip, config.dft.prerelax
    models = {"energies.mlip": mlip} if config.energies.backend == "mlip" else {}
    for field, model in (models | ({"dft.prerelax": given} if given else {})).items():
        if model.level_of_theory is None:
            yield (f"{field}.level", f"null, and the level of theory of {model.calculator} with "
                   "these options is not known here; name it, as in PBE+U")  # fmt: skip
    if mlip.spare_minutes >= 60 * mlip.hours:
        yield ("energies.mlip.spare_minutes", f"{mlip.spare_minutes:g} min leave nothing of the "
               f"{mlip.hours:g} h that a job has; give less, or more hours")  # fmt: skip
    if given and config.dft.settings is None:
        yield ("dft.prerelax", "given, but dft.settings is null, so that no input set is written; "
               "give dft.settings, or write null")  # fmt: skip


def metal(config: Config) -> Problems:
    """Voltages have one reference, which the backend can serve."""
    energies = config.energies
    if not config.samples:
        return  # no voltages
    average, atom = energies.average_voltage_V, energies.metal_eV_per_atom
    field = "energies.metal_eV_per_atom"
    if average is not None and atom is not None:
        yield field, "given beside average_voltage_V, which says the same; write null for one"
    elif energies.backend == "published" and atom is not None:
        yield (field, "given, but published interactions have no total energies to set it against; "
               "give average_voltage_V instead")  # fmt: skip
    elif energies.backend == "published" and average is None:
        yield ("energies.average_voltage_V", "null, but published interactions have no total "
               "energies that it could be derived from; give it, V against the metal")  # fmt: skip
    elif average is None and atom is None and not energies.computes_metal:
        yield (field, f"null, and the backend {energies.backend} does not compute the metal; give "
               "it at the same level of theory, eV per atom, or average_voltage_V")  # fmt: skip


def extraction(config: Config) -> Problems:
    """Taking a species out needs total energies, and that of the metal."""
    energies = config.energies
    if not config.extraction.hosts:
        return
    if energies.backend == "published":
        yield ("extraction.hosts", "given, but published interactions have no total energies; "
               "write {}, or take another backend")  # fmt: skip
    elif energies.metal_eV_per_atom is None and not energies.computes_metal:
        yield ("energies.metal_eV_per_atom", f"null, but extraction.hosts are given, and the "
               f"backend {energies.backend} does not compute the metal; give it at the same level "
               "of theory, eV per atom")  # fmt: skip
    metals = {s for host in config.extraction.hosts.values() for s in host.metals}
    missing = sorted({config.species, *metals} - set(config.orderings.charges))
    if missing and not config.enumerates:  # refused elsewhere where orderings are enumerated
        yield ("orderings.charges", f"has no charge for {', '.join(missing)}, but extraction.hosts "
               "are given, whose valences follow from charges; add it")  # fmt: skip


def electrons(config: Config) -> Problems:
    """Files of LOBSTER and structures for it are there, and so is what is asked of them."""
    asked = config.electrons
    if (asked.outputs or asked.structures) and not asked.centres:
        yield "electrons.centres", "empty; name the elements whose bonds are summed"
    for name, folder in asked.outputs.items():
        if not folder.is_dir():
            yield (f"electrons.outputs.{name}", f"{folder} is no folder; give one with LOBSTER's "
                   "output, or remove it")  # fmt: skip
    for name, folder in asked.states.items():
        if not folder.is_dir():
            yield (f"electrons.states.{name}", f"{folder} is no folder; give one with VASP's "
                   "output, or remove it")  # fmt: skip
    for name, path in asked.structures.items():
        if not path.is_file():
            yield (f"electrons.structures.{name}", f"{path} does not exist; give a path from the "
                   "folder of the Snakefile")  # fmt: skip
    if asked.structures and config.dft.settings is None:
        yield ("dft.settings", "null, but electrons.structures are given, whose input needs "
               "settings of VASP; name them")  # fmt: skip


def barriers(config: Config) -> Problems:
    """Barriers have hops, and a model whose level of theory is known."""
    if file := config.hops.barriers_file:
        if config.hops.barriers:
            yield ("hops.barriers", f"true, but hops.barriers_file, {file}, takes their place; "
                   "give one of them")  # fmt: skip
        if not file.is_file():
            yield ("hops.barriers_file", f"{file} does not exist; give a path from the folder of "
                   "the Snakefile")  # fmt: skip
    elif config.hops.temperatures_K and not config.hops.barriers:
        yield ("hops.temperatures_K", "given, but there are no barriers; set hops.barriers to "
               "true, or name hops.barriers_file")  # fmt: skip
    if config.hops.valence and config.hops.ordering is None:
        yield "hops.ordering", "null, but hops.valence is true; name an id of orderings.csv"
    if not config.hops.barriers:
        return
    if config.hops.ordering is None:
        yield "hops.ordering", "null, but hops.barriers is true; name an id of orderings.csv"
    if config.energies.mlip.level_of_theory is None:
        yield ("energies.mlip.level", "null, and the level of theory of this model is not known, "
               "but hops.barriers is true; name it")  # fmt: skip


CHECKS: tuple[tuple[set[str], Callable[[Config], Problems]], ...] = (
    ({"ranges", "energies"}, energy_tables),
    ({"energies"}, user_files),
    ({"dft"}, potentials),
    ({"dft", "energies"}, vasp_settings),
    ({"energies"}, vasp_jobs),
    ({"energies", "dft"}, mlip_jobs),
    ({"energies", "until"}, metal),
    ({"electrons", "dft"}, electrons),
    ({"hops", "energies"}, barriers),
    ({"energies", "extraction", "orderings", "species"}, extraction),
)
"""Checks with the keys they need."""
