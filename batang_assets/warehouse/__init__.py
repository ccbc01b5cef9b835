"""The warehouse: dbt models and seeds as Dagster assets, and the dbt sources that the contracts declare."""
