"""Jobs: the queue in the database, and the worker that works it off."""
