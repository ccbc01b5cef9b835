"""The pipeline's counterparts, as real servers over a synthetic world. Nothing in the pipeline imports this."""
