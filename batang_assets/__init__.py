"""Labour data of Kabupaten Batang as Dagster assets."""
