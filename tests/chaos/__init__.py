"""Kill, stop and move what runs, and count afterwards what a read_committed consumer sees: nothing lost, nothing twice.

`python -m chaos rebalances` storms the runner alone; `python -m chaos services` kills a running stack's services one
after the other. Run with `PYTHONPATH=tests`.
"""
