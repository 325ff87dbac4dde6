"""Faults that a person asks for, to see what follows: cut and slow links, slow, full and failing disks, a wrong clock.

They come over the control channel only; a broker started by hand has none.

- `injector.py`      the rules in force, and what they mean for a link, a file, the clock
- `faulty_disk.py`   the disk as the rules have it
- `skewed_clock.py`  the clock as the rules have it
"""
