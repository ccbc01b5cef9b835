"""Batang Career → raw + vault: three source kinds, one loader, one log of what was read.

``http.py``, ``database/`` and ``files/`` are the source kinds behind ``source.py``; ``field_map*.py`` and
``converters.py`` turn foreign columns into the contract's; ``extract.py``, ``guards.py``, ``loader.py`` and
``sweep.py`` read, judge and store; ``inspection/`` looks at a source without taking anything in.
"""
