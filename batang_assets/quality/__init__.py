"""How much wrong is too much: Great Expectations suites, the gate, the quality scores.

dbt says which rows are wrong (one verdict column a rule); the suites under ``expectations/`` say how many
wrong rows a period bears; the gate stores the verdict for (period, dataset, data version) and every output
asks it before it acts.
"""
