"""What the user sets, and what follows from it: configuration and the rule for addresses.

Imports nothing of the project. ``settings.py`` reads ``zhiwen.toml`` and ``ZHIWEN_…`` variables;
``addresses.py`` says which network addresses may be connected to.
"""
