"""The command line: commands, what they print, and the codes they end with.

``main.py`` puts the commands together and turns errors into one sentence. Commands import what they need when they
run, so that ``zhiwen --help`` stays fast. Crawling and reading with a site's layouts happen in child processes.
"""
