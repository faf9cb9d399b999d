"""Profiles in the shape of real machines, to be copied and changed; no machine's own."""

PBS = {
    "system": "pbs",
    "about": "In the shape of a PBS Professional machine with InfiniBand and local scratch.",
    "jobqueue": {
        "queue": "batch",
        "cores": 4,
        "memory": "20GiB",
        "walltime": "04:00:00",
        "interface": "ib0",
        "local-directory": "$TMPDIR",  # of the job, on a disk of the node
        "job-script-prologue": ["module purge", "export OMP_NUM_THREADS=1"],
    },
}

SLURM = {
    "system": "slurm",
    "about": "In the shape of a Slurm machine with InfiniBand, where jobs are charged to projects.",
    "jobqueue": {
        "queue": "shared",
        "cores": 8,
        "memory": "32GiB",
        "walltime": "08:00:00",
        "interface": "ib0",
        "local-directory": "/scratch/$USER",
        "job-extra-directives": ["--constraint=cpu"],
        "job-script-prologue": ["module purge", "export OMP_NUM_THREADS=1"],
    },
}
