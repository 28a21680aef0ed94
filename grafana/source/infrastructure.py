"""What the service stands on."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import in_unit, lines, number
from grafana.source.colours import BAD, GOOD, steps
from grafana.source.dashboard import INSTANCE, Dashboard, Row
from grafana.source.observation import TELEMETRY, WATCHERS
from grafana.source.panel import Query
from grafana.source.promql import AUTOMATIC, SERVICE, quantile, rate, series, total

_NODE: Final = 'job="node-exporter"'
_IDLE: Final = f'{_NODE},mode="idle"'
# The disks of a machine, not what containers and packages mount.
_DISKS: Final = f'{_NODE},fstype!~"tmpfs|overlay|squashfs|ramfs|nsfs",mountpoint!~"/(run|etc).*"'
_INTERFACES: Final = f'{_NODE},device!~"lo|veth.*|br-.*|docker.*"'

_MACHINE: Final = Row(
    "Machine",
    (
        lines(
            "CPU used",
            "Share of all cores' time that was not idle. HighCPUUsage fires above 80 %.",
            "percentunit",
            Query(
                "1 - avg by (instance) "
                f"(rate({series('node_cpu_seconds_total', _IDLE)}[{AUTOMATIC}]))",
                "{{instance}}",
            ),
            limits=((0.8, BAD),),
            most=1,
            width=8,
        ),
        lines(
            "Memory used",
            "Share of memory that is neither free nor given back on demand. HighMemoryUsage fires "
            "above 85 %.",
            "percentunit",
            Query(
                f"1 - {series('node_memory_MemAvailable_bytes', _NODE)}"
                f" / {series('node_memory_MemTotal_bytes', _NODE)}",
                "{{instance}}",
            ),
            limits=((0.85, BAD),),
            most=1,
            width=8,
        ),
        lines(
            "Memory available",
            "What can be had without swapping. LowMemoryAvailable fires below 512 MB.",
            "bytes",
            Query(series("node_memory_MemAvailable_bytes", _NODE), "{{instance}}"),
            limits=((512 * 1024**2, GOOD),),
            width=8,
        ),
        lines(
            "Disk space used",
            "Share of each disk that is used. A full disk drops production data and the "
            "collector's queue.",
            "percentunit",
            Query(
                f"1 - {series('node_filesystem_avail_bytes', _DISKS)}"
                f" / {series('node_filesystem_size_bytes', _DISKS)}",
                "{{mountpoint}}",
            ),
            limits=((0.9, BAD),),
            most=1,
            width=8,
        ),
        lines(
            "Disk traffic",
            "Bytes read and written per second, all disks together.",
            "Bps",
            Query(rate("node_disk_read_bytes_total", _NODE), "read"),
            Query(rate("node_disk_written_bytes_total", _NODE), "written"),
            width=8,
        ),
        lines(
            "Network",
            "Bytes received and sent per second, without the machine's talk to itself.",
            "Bps",
            Query(rate("node_network_receive_bytes_total", _INTERFACES), "received"),
            Query(rate("node_network_transmit_bytes_total", _INTERFACES), "sent"),
            width=8,
        ),
    ),
)

_PROCESS: Final = Row(
    "Service process",
    (
        lines(
            "CPU of the service",
            "Cores used, by instance.",
            "short",
            Query(rate("process_cpu_time_seconds_total", SERVICE, by="instance"), "{{instance}}"),
            width=8,
        ),
        lines(
            "Memory of the service",
            "Memory that the processes of an instance hold.",
            "bytes",
            Query(
                total(series("process_memory_usage_bytes", SERVICE), by="instance"), "{{instance}}"
            ),
            width=8,
        ),
        lines(
            "Threads and files",
            "Threads and open file descriptors. A steady rise is a leak.",
            "short",
            Query(total(series("process_thread_count", SERVICE)), "threads"),
            Query(total(series("process_open_file_descriptor_count", SERVICE)), "files"),
            width=8,
        ),
        lines(
            "Garbage collections",
            "Runs of Python's garbage collector per second, by generation; the last one is the "
            "dear one.",
            "ops",
            Query(
                rate("cpython_gc_collections_total", SERVICE, by="cpython_gc_generation"),
                "generation {{cpython_gc_generation}}",
            ),
            width=8,
        ),
        lines(
            "Workers and restarts",
            "Processes that serve, and how many of them were started anew in 5 minutes because "
            "one had ended by itself.",
            "short",
            Query(total(series("service_workers", SERVICE)), "workers"),
            Query(
                total(f"increase({series('service_worker_restarts_total', SERVICE)}[5m])"),
                "restarts in 5 minutes",
            ),
            width=8,
        ),
        lines(
            "Dex in memory",
            "Time since the dex that answers was last found equal to the database's, and how "
            "often another was read.",
            "s",
            Query(f"max({series('dex_age_seconds', SERVICE)})", "age"),
            Query(
                total(f"increase({series('dex_reloads_total', SERVICE)}[5m])"),
                "reloads in 5 minutes",
            ),
            overrides=[in_unit("reloads in 5 minutes", "short")],
            width=8,
        ),
    ),
)

_DATABASE: Final = Row(
    "PostgreSQL, as the service sees it",
    (
        number(
            "Database",
            "Whether the database answered the last time it was asked.",
            "bool_yes_no",
            Query(f"min({series('database_up', SERVICE)})", "answers"),
            thresholds=steps((1, GOOD), start=BAD),
            height=8,
        ),
        number(
            "Size",
            "Size of the service's database on PostgreSQL's disk.",
            "bytes",
            Query(f"max({series('database_size_bytes', SERVICE)})", "size"),
            height=8,
        ),
        lines(
            "Connections",
            "Connections of the service's pools by state, what the pools may open, and all "
            "sessions on the database.",
            "short",
            Query(
                total(
                    series("db_client_connection_count", SERVICE), by="db_client_connection_state"
                ),
                "{{db_client_connection_state}}",
            ),
            Query(total(series("db_client_connection_max", SERVICE)), "pool limit"),
            Query(f"max({series('database_connections', SERVICE)})", "sessions"),
            width=8,
        ),
        lines(
            "Duration of operations",
            "95 of 100 operations took no longer, by kind.",
            "s",
            Query(
                quantile(
                    0.95,
                    "db_client_operation_duration_seconds",
                    SERVICE,
                    by="db_operation_name",
                ),
                "{{db_operation_name}}",
            ),
            width=8,
        ),
        lines(
            "Operations",
            "Database operations per second, by kind; failed ones once more by their error.",
            "ops",
            Query(
                rate("db_client_operation_duration_seconds_count", SERVICE, by="db_operation_name"),
                "{{db_operation_name}}",
            ),
            Query(
                rate(
                    "db_client_operation_duration_seconds_count",
                    f'{SERVICE},error_type!=""',
                    by="error_type",
                ),
                "failed: {{error_type}}",
            ),
            width=24,
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    uid="infrastructure",
    title="Infrastructure",
    description="The machine, the service's process, PostgreSQL, the collector and the watchers.",
    choices=(INSTANCE,),
    rows=(_MACHINE, _PROCESS, _DATABASE, TELEMETRY, WATCHERS),
)
