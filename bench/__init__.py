"""Benchmarks: ``zhiwen bench NAME``. Each measures beside a reference in the same run and prints its bars."""
