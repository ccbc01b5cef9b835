"""How a dbt node appears in Dagster: key ``[schema, name]``, the layer as group, Indonesian description."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DbtProject

OWNERS = ("team:disnaker-batang",)
SEED_GROUP = "rujukan"
# Layers whose dbt data tests are shown as asset checks. Below them a test guards our own SQL, not the data an
# official sees; it still stops the build.
CHECKED_SCHEMAS = frozenset({"marts", "quality", "reports"})


class WarehouseTranslator(DagsterDbtTranslator):
    """Translates models, seeds and sources; one instance serves both groups of dbt assets."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """``[schema, name]``; a source is the asset of the raw table it reads."""
        name = dbt_resource_props.get("alias") or dbt_resource_props["name"]
        return AssetKey([dbt_resource_props["schema"], name])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer: the model's folder under ``models/``; seeds are ``rujukan``, sources ``raw``."""
        kind = dbt_resource_props["resource_type"]
        if kind == "seed":
            return SEED_GROUP
        return "raw" if kind == "source" else dbt_resource_props["fqn"][1]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description in the project's yml, without the SQL that dagster-dbt appends."""
        return " ".join(dbt_resource_props.get("description", "").split())

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """The regency's manpower office owns every table."""
        return OWNERS

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """dbt's own tags and the layer."""
        return {
            **super().get_tags(dbt_resource_props),
            "lapisan": self.get_group_name(dbt_resource_props),
        }

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        """The default, with how the node is stored as one more kind."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        stored = node.get("config", {}).get("materialized", "table")
        return spec.replace_attributes(kinds={"dbt", "postgres", "table" if stored == "seed" else stored})

    def get_asset_check_spec(
        self,
        asset_spec: AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> AssetCheckSpec | None:
        """Data tests of the checked layers; the others are no asset checks."""
        if asset_spec.key.path[0] not in CHECKED_SCHEMAS:
            return None
        return super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
