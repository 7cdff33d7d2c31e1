"""Benchmarks, one file each: TITLE and run(quick) -> rows; every case is measured in a process of its own."""
