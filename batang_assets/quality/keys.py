"""Asset keys that more than one module of this package names."""

import dagster as dg

GATE_KEY = dg.AssetKey(["quality", "gerbang"])
DATA_DOCS_KEY = dg.AssetKey(["quality", "data_docs"])
