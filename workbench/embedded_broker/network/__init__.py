"""Frames in, ordered responses out.

- `connection.py`    one client's connection: cuts frames, answers in order, stops reading when output piles up
- `dispatch.py`      from a frame to its handler and back to bytes
- `socket_server.py` the listeners of a node: binding, accepting, limits, closing
"""
