from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    name = "portal.runtime"
    label = "runtime"

    def ready(self) -> None:
        from portal.runtime.periodic import periodic
        from portal.runtime.tasks import register
        from portal.runtime.upkeep import clear_sessions, trim_events

        register(periodic("event-trimming", trim_events, seconds=3600))
        register(periodic("session-clean-up", clear_sessions, seconds=3600))
