"""What can happen in a sandbox: the `table` of voters with a fate for each (`deliveries`: those
whose messages have one), what such a `scenario` says, the `setbacks` that it names, the `settings`
of a room and the `credentials` that everyone may know.
"""
