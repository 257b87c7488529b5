from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"

    def ready(self) -> None:
        from django.core.checks import register as check

        from portal.runtime.periodic import periodic
        from portal.runtime.tasks import RuntimeTask, register
        from provisioning.service_states import check_with
        from provisioning.services.setting_rules import service_level_default
        from supervision.activity import follow_activity
        from supervision.api.extensions import extend_resources
        from supervision.checks import check_definitions
        from supervision.definitions import service_level_seconds
        from supervision.health import is_reporting_active, show_reporting_state
        from supervision.retention import forget_old_statistics
        from supervision.runtime import run_statistics
        from supervision.services.exports import tend_exports

        extend_resources()
        check(check_definitions)
        check_with("Reporting", is_reporting_active)
        service_level_default(service_level_seconds)
        register(RuntimeTask("statistics", run_statistics))
        register(RuntimeTask("agent-activity", follow_activity))
        register(periodic("service-watch", show_reporting_state, seconds=2))
        register(periodic("exports", tend_exports, seconds=60))
        register(periodic("statistics-retention", forget_old_statistics, seconds=3600))
