"""The neighbours of the sandbox: they bring about, for certain sample voters, what seldom happens.

Everything else is what a deployment has. Never where real voters are served.
"""
