"""Stacks: what a CloudFormation template declares is made, changed and taken away, and brought back when that fails.

Durable are the stack's row (its status says which way it moves), one row a physical resource (what is left to be done
with it), and what the stack was asked to be. `engine.run` may begin anew at any moment: it reads the rows, does what is
due, and says when to look again. A resource is made in the transaction that notes its physical id, under a name that
its row's number gives, so that a kill leaves nothing half and makes nothing twice. Slow resources wake the stack by
`resources.watch`.

Going forward (`raising`) follows the template's references; taking away (`clearing`) goes the other way round. An
update makes new things first and takes old ones away last, so that a rollback only has to drop what is new.
"""
