"""The counterparts of the pipeline, as real servers over a synthetic world. Nothing in the pipeline imports this."""
