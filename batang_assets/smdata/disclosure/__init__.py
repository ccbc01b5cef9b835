"""The public package: which figures are withheld so that no small one can be worked out.

Every figure is a cell, everything that a reader may know about cells is a linear relation (``cells``,
``systems``). Small cells are withheld, then others beside them, until the widest and the narrowest value that
the relations leave to each small cell are far enough apart (``protect``). Cells of the months before count: what
was published stays known (``public``).
"""
