# The closed loop. Rounds are wildcards, not checkpoints: every job is known before the first one
# runs, so that what a change redoes can be said beforehand. A round of a loop that is settled
# passes on what the one before found.
PASSED_ON = f"{R}/rounds/{{round}}/scores.csv", f"{R}/rounds/{{round}}/states.csv"


rule round:
    input:
        prim=rules.prim.output.prim,
        orderings=lambda wildcards: known_orderings(int(wildcards.round) - 1),
        energies=lambda wildcards: ROUND_ENERGIES.format(round=int(wildcards.round) - 1),
        published=PUBLISHED,
        scores=lambda wildcards: expand(
            PASSED_ON[0], round=range(1, int(wildcards.round))
        ),
        states=lambda wildcards: expand(
            PASSED_ON[1], round=range(1, int(wildcards.round))
        ),
    output:
        scores=PASSED_ON[0],
        states=PASSED_ON[1],
        wanted=f"{R}/rounds/{{round}}/wanted.csv",
        asked=ASKED,
        orderings=f"{R}/rounds/{{round}}/orderings.csv",
    log:
        f"{R}/logs/round-{{round}}.log",
    benchmark:
        f"{R}/benchmarks/round-{{round}}.tsv"
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        settings=depends.of("round"),
        code=depends.code("round"),
        execution=depends.execution("round"),
    message:
        "Round {wildcards.round}: which energies the expansions lack"
    script:
        "../../scripts/ask_for_energies.py"


rule rounds:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        energies=ENERGIES,
        published=PUBLISHED,
        scores=expand(PASSED_ON[0], round=ROUNDS),
        states=expand(PASSED_ON[1], round=ROUNDS),
    output:
        scores=f"{R}/rounds/scores.csv",
        states=f"{R}/rounds/states.csv",
        wanted=f"{R}/rounds/wanted.csv",
        orderings=f"{R}/rounds/wanted_orderings.csv",
    log:
        f"{R}/logs/rounds.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        settings=depends.of("rounds"),
        code=depends.code("rounds"),
        execution=depends.execution("rounds"),
        # A folder of its own: how many structures are wanted is known only then.
        structures=f"{R}/rounds/structures",
    message:
        "What the rounds ended with"
    script:
        "../../scripts/judge_rounds.py"
