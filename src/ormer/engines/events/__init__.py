"""Event rules: the outbox is read in order, events are matched, and what matches is delivered; schedules tick.

Durable are the cursor, one row for each delivery (`stores/rules`) and the tasks that make them. Matching may run again
after a crash: a delivery's key is unique, so that it is written once. A delivery to an operation commits together with
what the operation wrote, so that it happens exactly once; a delivery over HTTP happens at least once.
"""
