"""The dbt models and seeds as Dagster assets: ``gudang`` before the gates, ``konsolidasi`` after sending."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Output,
)
from dagster_dbt import dbt_assets

from batang_assets.settings import get_settings
from batang_assets.warehouse.project import (
    CONSOLIDATION,
    WAREHOUSE,
    build_warehouse,
    ensure_manifest,
    failure,
)
from batang_assets.warehouse.translator import WarehouseTranslator

TAG = CONSOLIDATION[1]
SUCCESS = frozenset({"success", "pass", "warn"})

translator = WarehouseTranslator()
manifest = ensure_manifest()


@dbt_assets(manifest=manifest, exclude=TAG, name="gudang", dagster_dbt_translator=translator, pool="gudang")
def gudang(context: AssetExecutionContext) -> Iterator[Output | AssetCheckResult]:
    """Seeds, staging, intermediate, marts, quarantine and the tables of the reports."""
    yield from _build(context, WAREHOUSE)


@dbt_assets(
    manifest=manifest, select=TAG, name="konsolidasi", dagster_dbt_translator=translator, pool="gudang"
)
def konsolidasi(context: AssetExecutionContext) -> Iterator[Output | AssetCheckResult]:
    """Regency × centre, from what was read back after sending."""
    yield from _build(context, CONSOLIDATION)


assets: list[AssetsDefinition] = [gudang, konsolidasi]


def _build(context: AssetExecutionContext, selection: Sequence[str]) -> Iterator[Output | AssetCheckResult]:
    """``dbt build`` of the selected nodes; what succeeded is reported even when a later node fails.

    Raises DataError with the first failing node.
    """
    settings = get_settings()
    started = time.monotonic()
    if context.is_subset:
        # With the tag, a part of the consolidation is seen to be one, and leaves the warehouse whole.
        within = f"{TAG}," if selection == CONSOLIDATION else ""
        selection = ["--select", *(within + name for name in _names(context))]
    results = build_warehouse(settings, selection)
    context.log.info(f"dbt build: {len(results)} nodes in {time.monotonic() - started:.1f} s")
    yield from _events(context, results)
    error = failure(results)
    if error:
        raise error


def _names(context: AssetExecutionContext) -> list[str]:
    """The dbt names of the selected assets and of the assets whose checks alone were selected."""
    checked = {key.asset_key for key in context.selected_asset_check_keys}
    return sorted(key.path[-1] for key in context.selected_asset_keys | checked)


def _events(context: AssetExecutionContext, results: Sequence[Any]) -> Iterator[Output | AssetCheckResult]:
    """A materialisation for every table that was built, a check result for every test shown as a check."""
    selected = context.selected_asset_keys
    checks = _check_keys(context.assets_def)
    nodes = [result.node for result in results]
    built = {AssetKey([node.schema, node.alias]) for node in nodes if node.resource_type in ("model", "seed")}
    # A build of what changed leaves these as they are; what stands on them must not wait for them.
    for key in _fixed_keys():
        if key in selected and key not in built:
            yield Output(None, key.to_python_identifier(), metadata={"tidak_berubah": True})
    for result in results:
        node = result.node
        if node.resource_type == "exposure":
            continue
        if node.resource_type == "test":
            key = checks.get(node.unique_id)
            if key and key in context.selected_asset_check_keys and result.status != "skipped":
                yield _check_result(key, result)
            continue
        key = AssetKey([node.schema, node.alias])
        if result.status in SUCCESS and key in selected:
            yield Output(None, key.to_python_identifier(), metadata=_metadata(result))


@cache
def _fixed_keys() -> tuple[AssetKey, ...]:
    """Seeds, views and what has the tag ``tetap``, each after what it stands on: Dagster hears of them so."""
    nodes = {
        name: node
        for name, node in json.loads(manifest.read_bytes())["nodes"].items()
        if node["resource_type"] == "seed"
        or (
            node["resource_type"] == "model"
            and (node["config"]["materialized"] == "view" or "tetap" in node["tags"])
        )
    }
    graph = {name: nodes.keys() & node["depends_on"].get("nodes", ()) for name, node in nodes.items()}
    order = TopologicalSorter(graph).static_order()
    return tuple(AssetKey([nodes[name]["schema"], nodes[name]["alias"]]) for name in order)


def _check_keys(assets_def: AssetsDefinition) -> Mapping[str, AssetCheckKey]:
    """dbt unique id of a test → the asset check that shows it."""
    return {spec.metadata["dagster_dbt/unique_id"]: spec.key for spec in assets_def.check_specs}


def _check_result(key: AssetCheckKey, result: Any) -> AssetCheckResult:
    severity = AssetCheckSeverity.WARN if result.status == "warn" else AssetCheckSeverity.ERROR
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.status == "pass",
        severity=severity,
        metadata={"baris_salah": result.failures or 0, "duration_s": round(result.execution_time, 3)},
    )


def _metadata(result: Any) -> dict[str, Any]:
    """Rows written (none for a view) and seconds."""
    rows = result.adapter_response.get("rows_affected")
    metadata: dict[str, Any] = {"duration_s": round(result.execution_time, 3)}
    # dbt answers -1 where the statement has no row count.
    if isinstance(rows, int) and rows >= 0 and result.node.config.materialized != "view":
        metadata["dagster/row_count"] = rows
    return metadata
