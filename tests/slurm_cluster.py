"""A Slurm cluster of one node, on the loopback interface alone, for tests.

Its daemons are children of the test and end with it; nothing of the machine's own configuration
is changed but for a link at /etc/slurm/slurm.conf, where Slurm's commands inside jobs look.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scancel", "munged")
SYSTEM_CONF = Path("/etc/slurm/slurm.conf")
CONF = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={root}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={ctld}
SlurmdPort={slurmd}
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd.log
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MinJobAge=300
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory}
PartitionName=loopback Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """Why no cluster can be brought up here; empty if one can."""
    if missing := [p for p in PROGRAMS if not _program(p)]:
        return (
            f"Slurm is not installed ({', '.join(missing)} missing); on Debian: apt-get install "
            "slurmctld slurmd slurm-client munge"
        )
    if os.geteuid() != 0:
        return "slurmd starts jobs as their users, for which it must be root"
    if SYSTEM_CONF.exists() or SYSTEM_CONF.is_symlink():
        return f"{SYSTEM_CONF} exists: this machine has a Slurm of its own"
    return ""


@contextmanager
def cluster(root: Path) -> Iterator[Path]:
    """Bring the cluster up; yields the file that lists its finished jobs' log."""
    root.mkdir(parents=True)
    (root / "state").mkdir()
    (root / "spool").mkdir()
    conf = root / "slurm.conf"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    ctld, slurmd = _free_ports(2)
    conf.write_text(CONF.format(
        host=socket.gethostname().split(".")[0], root=root, ctld=ctld, slurmd=slurmd,
        cpus=os.cpu_count(), memory=memory,
    ))  # fmt: skip
    key = root / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    root.chmod(0o755)
    daemons: list[subprocess.Popen] = []
    SYSTEM_CONF.parent.mkdir(exist_ok=True)
    SYSTEM_CONF.symlink_to(conf)
    try:
        daemons.append(_start(
            root, "munged", "--foreground", "--force", f"--key-file={key}",
            f"--socket={root}/munge.socket", f"--pid-file={root}/munged.pid",
            f"--log-file={root}/munged.log", f"--seed-file={root}/munged.seed",
        ))  # fmt: skip
        _wait(lambda: (root / "munge.socket").exists(), root)
        daemons.append(_start(root, "slurmctld", "-D", "-c", "-f", str(conf)))
        daemons.append(_start(root, "slurmd", "-D", "-c", "-f", str(conf)))
        _wait(lambda: _idle(), root)
        yield root / "slurmctld.log"
    finally:
        subprocess.run([_program("scancel"), "--user=root"], check=False, capture_output=True)
        for daemon in reversed(daemons):
            daemon.terminate()
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        SYSTEM_CONF.unlink(missing_ok=True)


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _start(root: Path, name: str, *arguments: str) -> subprocess.Popen:
    with open(root / f"{name}.out", "w") as output:
        return subprocess.Popen([_program(name), *arguments], stdout=output, stderr=output)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _idle() -> bool:
    done = subprocess.run(
        [_program("sinfo"), "-h", "-o", "%T"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() == "idle"


def _wait(condition, root: Path, seconds: float = 60) -> None:
    for _ in range(int(10 * seconds)):
        if condition():
            return
        time.sleep(0.1)
    said = "\n".join(p.read_text(errors="replace")[-500:] for p in root.glob("*.out"))
    raise RuntimeError(f"the cluster did not come up: {said}")
