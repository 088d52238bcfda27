"""The pipelines engine: executes pipeline definitions, one task an execution.

Durable are the rows: the execution, and one row a step with its status, attempt, job and properties. The engine keeps
nothing else. Woken, it loads the rows, looks at the jobs under way, decides what is ready (references, DependsOn,
branches), starts as many steps as MaxParallelExecutionSteps allows, and asks to be woken when a job it started changes.

What may run twice: everything in this room except what a transaction of `Work.write` covers. A step's job is created
in the transaction that marks the step as executing, under a name derived from execution, step and attempt, so that no
attempt ever runs twice; a job that is there already under that name is adopted. Reading a finished job's properties
and files is repeated after a crash and changes nothing.

Definitions are parsed by `definitions.parse`, which the operations use too. Steps are executed by kind: `steps/`.
"""
