"""Executes state machines. An execution is a row and its flows; each flow is a sequence of states that runs by itself.

A look at an execution is made of turns, and a turn is one transaction: states that are due are entered, begun, ended,
and whatever they ask for is asked in the same transaction. So a job, the event that tells of it and the flow that waits
for it are written together or not at all, and a server that is killed at any moment goes on without doing anything
twice. What cannot be called within a transaction (models that are asked) is called between two turns, and may be asked
again.

language/ is pure; `turns` moves flows; `states` has what the types of states do; `tasks` what a Task may ask for.
"""
