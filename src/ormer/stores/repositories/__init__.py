"""Git repositories: bare ones under ids we make, their objects read and written here, their refs watched by the store.

Git itself (the system's `git`) moves packs and refs, because its atomicity is proven; dulwich reads and writes objects
inside this process, because a log or a tree should not cost a new process.
"""
