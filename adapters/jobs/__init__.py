"""Jobs: the queue in the database, and the worker that works it off.

`chores`    what a worker does at intervals, each thing at its own pace
`settings`  how it works: how many jobs at once, how long one may take, how often it is tried again
`waking`    the port of what wakes an idle worker
`worker`    the worker: claims due jobs in batches, runs them side by side, settles them in batches
"""
