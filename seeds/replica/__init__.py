"""A small web of the five seed sites in invented words, served on loopback for the demo and the tests.

``world`` knows every page and the truth about it; ``server`` serves it. Nothing here needs more than the standard
library, except ``noise``, which makes the damage that mirror sites do to their copies.
"""
