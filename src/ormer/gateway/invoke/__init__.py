"""The invoke lane: the short way for invocations that are plainly in order; all others go the ordinary way.

The lane answers a request only when it has verified its signature, knows that the gate allowed it in the database's
present state, and finds every header within the model's limits. Whatever it does not know it does not refuse: it hands
the request, body read, to the ordinary handlers. So refusals have one source and one wording, and the lane is no second
opinion on what is allowed.
"""
