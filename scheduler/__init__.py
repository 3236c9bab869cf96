"""Starting crawls: when they are due and how a run becomes a process.

Knows sites and the archive, never the crawler: a run is a child process, so that a hanging or dying page
takes one run with it and nothing else.
"""
