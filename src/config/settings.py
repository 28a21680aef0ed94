"""Settings of every package, read once from the environment at the entry point.

Each package takes its own frozen struct and never reads the environment itself. The
standard ``OTEL_*`` and ``MLFLOW_TRACKING_URI`` variables keep their standard meaning.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "DEXWATCH_"

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[int, Meta(gt=0)]
Word = Annotated[str, Meta(pattern="^[a-z][a-z_-]{1,62}$")]
"""A name that can be part of a path and of a URL, and is no version such as v1."""
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
JournalSync = Literal["commit", "interval", "never"]
Seconds = Annotated[float, Meta(gt=0)]
RedisUrl = Annotated[
    str,
    Meta(
        pattern=r"^(rediss?://([^@/\s]*@)?(\[[0-9a-fA-F:.]+\]|[^@:/?#\s\[\]]+)(:\d{1,5})?(/\d{0,5})?"
        r"|unix://([^@/\s]*@)?/[^?\s]+)(\?\S*)?$"
    ),
]
"""``redis[s]://[user:password@]host[:port][/number]``, or ``unix:///path``."""

HttpUrl = Annotated[str, Meta(pattern=r"^https?://[^@/\s?#]+(/[^\s?#]*)?$")]


Rate = Annotated[str, Meta(pattern=r"^([1-9]\d{0,8}/(second|minute|hour)|off)$")]
"""So many requests in any such span of time, such as ``600/minute``; or no limit."""


class SettingsError(Exception):
    """A variable is unknown or has a value that cannot be used."""


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how the HTTP service listens."""

    host: str = "127.0.0.1"
    """Address that the service and the pages listen on; ``0.0.0.0`` for all of the machine's."""
    port: Port = 8000
    """Port of the service."""
    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    """Processes that serve; with one, it is the process that was started."""
    max_body_bytes: Positive = 1_048_576
    """Longest body; that of a batch may be four times as long."""
    longest_wait_seconds: Seconds = 0.25
    """Predictions that would take longer are refused at once, with 503."""
    shutdown_seconds: Seconds = 8.0
    """How long requests under way may take to finish once the service is told to stop."""
    max_connections: Annotated[int, Meta(ge=10, le=100_000)] = 2_000
    """Connections of one process; beyond that, those that kept it waiting longest have to go."""
    head_seconds: Seconds = 10.0
    """How long a client may take to send the head of a request."""
    body_seconds: Seconds = 30.0
    """How long a client may take to send the body, and to read each 64 KiB of an answer."""
    idle_seconds: Seconds = 75.0
    """How long a connection may stay open between two requests; a proxy that keeps connections to
    the service has to let go of them sooner, or it sends requests on one that is being closed."""


class AccessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what, and how much of it."""

    feedback_key_file: Path | None = None
    """File of the API key for feedback that `dexwatch run` makes and the pages read; unset, it is
    ``keys/feedback`` in the data folder."""
    rate_limit: Rate = "600000/minute"
    """Requests of one address, such as ``600/minute``, or ``off``."""
    key_rate_limit: Rate = "600000/minute"
    """Requests with one API key, wherever they come from."""
    cors_origins: (
        Annotated[str, Meta(pattern=r"^https?://[^\s,/*]+(,https?://[^\s,/*]+)*$")] | None
    ) = None
    """Origins whose pages may call the API from a browser, between commas; none otherwise."""
    trusted_proxies: (
        Annotated[str, Meta(pattern=r"^[0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*$")] | None
    ) = None
    """Addresses and networks, between commas, whose X-Forwarded-For and -Proto are believed."""

    def origins(self) -> list[str]:
        """Give the origins one by one."""
        return self.cors_origins.split(",") if self.cors_origins else []


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach PostgreSQL; without a URL an embedded server is started."""

    url: str | None = None
    """``postgresql://user:password@host:port/database``; unset, an embedded server is started."""
    pool_size: Positive = 4
    """Most connections of one process."""
    connect_seconds: Seconds = 5.0
    """How long a connection may take to open."""
    statement_seconds: Seconds = 5.0
    """How long a statement may take."""
    poll_seconds: Seconds = 5.0
    """How often the versions of dex and keys are compared when no notification arrives."""


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which registered model is served."""

    tracking_uri: str | None = None
    """MLflow's server or store; unset, SQLite and files under the data folder."""
    name: Word = "dexwatch"
    """The registered model."""
    alias: Word = "champion"
    """Of its versions, the one that serves."""
    poll_seconds: Seconds = 5.0
    """How often the local model cache is looked at for a newer version."""
    sync_seconds: Seconds = 600.0
    """How often the worker looks into the registry when nobody tells that an alias has moved; a
    tenth of it after a look that failed."""


class CaptureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How answered predictions reach parquet."""

    enabled: bool = True
    """Without it nothing is kept of what is asked, and neither drift nor feedback can be told."""
    rows_per_file: Positive = 100
    """Predictions of a full file."""
    max_age_seconds: Seconds = 300.0
    """How long the oldest waits for its file, full or not."""
    max_pending_rows: Positive = 100_000
    """Rows that may wait in memory for the journal; more are dropped and counted."""
    journal_sync: JournalSync = "interval"
    """When the journal is brought to the disk: ``commit`` before each answer (power may fail),
    ``interval`` every so often, ``never`` by us (a killed process loses nothing either way)."""
    journal_sync_seconds: Seconds = 1.0
    """How often ``interval`` brings it there."""
    journal_wait_seconds: Seconds = 0.25
    """How long an answer waits for the journal."""
    journal_segment_bytes: Positive = 8_388_608
    """Size of a part of the journal, which goes when all of its rows have been shipped."""
    journal_max_bytes: Positive = 1_073_741_824
    """What the journal of one process may hold on the disk."""
    output: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*://[^\s*?\[\]]+$")] | None = None
    """Object store that files are written to, such as ``s3://bucket/prefix``; without one, the
    data folder. Polars finds its credentials where such programs do (``AWS_...``)."""


class StreamSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The Redis stream that captured predictions take from many machines to their workers."""

    url: RedisUrl | None = None
    """``redis://host:6379``; unset, each process writes its files by itself."""
    name: Annotated[str, Meta(pattern=r"^[^\s{}]{1,200}$")] = "dexwatch:predictions"
    """Key of the stream; the other keys begin with it, in braces."""
    group: Annotated[str, Meta(pattern=r"^\S{1,200}$")] = "writers"
    """Consumer group of the workers."""
    max_rows: Positive = 1_000_000
    """What the stream may hold; beyond it rows stay in the journals. A row takes about 1 KB."""
    timeout_seconds: Seconds = 1.0
    """How long one request to Redis may take."""
    claim_seconds: Annotated[float, Meta(ge=3)] = 30.0
    """From when on the rows of a worker that says nothing are taken over by another."""
    deliveries: Annotated[int, Meta(ge=1)] = 5
    """How often a row may be handed to a worker before it is set aside."""


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long files of captured predictions are kept; the oldest are removed first."""

    small_days: Annotated[float, Meta(ge=0)] = 2
    """How long a file is kept whose rows stand in a daily one too."""
    days: Annotated[float, Meta(gt=0)] = 365
    """How long every other file is kept, and what was set aside of journals."""
    max_bytes: Positive = 20 * 2**30
    """What all of them may hold together."""
    every_seconds: Seconds = 60.0
    """How often the worker looks for what is to be compacted or removed."""


class LifecycleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How another model comes to serve."""

    retrain_on_drift: bool = True
    """Whether drift begins a retraining; without it somebody has to ask for one."""
    retrain_pause_hours: Annotated[float, Meta(ge=0)] = 24.0
    """Least time between two retrainings that drift begins."""
    retrain_matchups: Positive = 4_000
    """Captured matchups that are played anew, those asked most; of more than four moves fewer."""
    retrain_trees: Positive = 600
    """Trees of a retrained model."""
    shadow_share: Annotated[float, Meta(gt=0, le=1)] = 0.1
    """Share of a core, in each serving process, for the model scored beside the champion."""
    shadow_predictions: Positive = 500
    """Predictions that a challenger must have scored beside the champion to be promoted."""
    shadow_hours: Annotated[float, Meta(gt=0)] = 72.0
    """How long a challenger may take to score them."""
    watch_hours: Annotated[float, Meta(gt=0)] = 2.0
    """How long a promoted model is watched, and longer where hardly anybody asks it."""
    poll_seconds: Seconds = 15.0
    """How often the worker looks whether a cycle can go on."""


class DriftSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the worker looks for drift."""

    every_seconds: Seconds = 60.0
    """How often the worker makes a report."""
    window_rows: Positive = 1_000
    """Predictions that a report looks at, the latest ones of the model that answers."""
    window_days: Annotated[float, Meta(gt=0)] = 7
    """How old the oldest of them may be."""


class TraceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which traces the collector is to keep beside every slow and every failed one."""

    share: Annotated[float, Meta(ge=0, le=1)] = 0.01
    """Share of all traces that is kept, by their ids."""
    per_second: Annotated[int, Meta(ge=0)] = 5
    """Traces kept in each process beside that share, so that at low traffic all can be found, and
    as many again of those whose callers ask for it."""


class UiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the pages listen, whom they ask and where they lead."""

    port: Port = 8501
    """Port of the pages."""
    api_url: HttpUrl | None = None
    """The service, as the pages reach it; unset, at ``DEXWATCH_PORT`` of the same machine."""
    grafana_url: HttpUrl = "http://localhost:3000"
    """Grafana, as the browser reaches it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the process was told."""

    data_dir: Path = Path("data")
    """Folder of everything that is kept; one service, and one worker, a folder."""
    log_level: LogLevel = "INFO"
    """Least level that is logged: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``."""
    server: ServerSettings = ServerSettings()
    access: AccessSettings = AccessSettings()
    database: DatabaseSettings = DatabaseSettings()
    model: ModelSettings = ModelSettings()
    capture: CaptureSettings = CaptureSettings()
    stream: StreamSettings = StreamSettings()
    retention: RetentionSettings = RetentionSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    drift: DriftSettings = DriftSettings()
    traces: TraceSettings = TraceSettings()
    ui: UiSettings = UiSettings()

    @property
    def feedback_key_file(self) -> Path:
        """Where the API key for feedback is that belongs to this machine."""
        return self.access.feedback_key_file or self.data_dir / "keys" / "feedback"


VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "DEXWATCH_DATA_DIR": ("data_dir",),
    "DEXWATCH_LOG_LEVEL": ("log_level",),
    "DEXWATCH_HOST": ("server", "host"),
    "DEXWATCH_PORT": ("server", "port"),
    "DEXWATCH_WORKERS": ("server", "workers"),
    "DEXWATCH_MAX_BODY_BYTES": ("server", "max_body_bytes"),
    "DEXWATCH_LONGEST_WAIT_SECONDS": ("server", "longest_wait_seconds"),
    "DEXWATCH_SHUTDOWN_SECONDS": ("server", "shutdown_seconds"),
    "DEXWATCH_MAX_CONNECTIONS": ("server", "max_connections"),
    "DEXWATCH_HEAD_SECONDS": ("server", "head_seconds"),
    "DEXWATCH_BODY_SECONDS": ("server", "body_seconds"),
    "DEXWATCH_IDLE_SECONDS": ("server", "idle_seconds"),
    "DEXWATCH_FEEDBACK_KEY_FILE": ("access", "feedback_key_file"),
    "DEXWATCH_RATE_LIMIT": ("access", "rate_limit"),
    "DEXWATCH_KEY_RATE_LIMIT": ("access", "key_rate_limit"),
    "DEXWATCH_CORS_ORIGINS": ("access", "cors_origins"),
    "DEXWATCH_TRUSTED_PROXIES": ("access", "trusted_proxies"),
    "DEXWATCH_DATABASE_URL": ("database", "url"),
    "DEXWATCH_DATABASE_POOL_SIZE": ("database", "pool_size"),
    "DEXWATCH_DATABASE_CONNECT_SECONDS": ("database", "connect_seconds"),
    "DEXWATCH_DATABASE_STATEMENT_SECONDS": ("database", "statement_seconds"),
    "DEXWATCH_DATABASE_POLL_SECONDS": ("database", "poll_seconds"),
    "MLFLOW_TRACKING_URI": ("model", "tracking_uri"),
    "DEXWATCH_MODEL_NAME": ("model", "name"),
    "DEXWATCH_MODEL_ALIAS": ("model", "alias"),
    "DEXWATCH_MODEL_POLL_SECONDS": ("model", "poll_seconds"),
    "DEXWATCH_MODEL_SYNC_SECONDS": ("model", "sync_seconds"),
    "DEXWATCH_TRACES_KEPT_SHARE": ("traces", "share"),
    "DEXWATCH_TRACES_KEPT_PER_SECOND": ("traces", "per_second"),
    "DEXWATCH_CAPTURE_ENABLED": ("capture", "enabled"),
    "DEXWATCH_CAPTURE_ROWS_PER_FILE": ("capture", "rows_per_file"),
    "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": ("capture", "max_age_seconds"),
    "DEXWATCH_CAPTURE_MAX_PENDING_ROWS": ("capture", "max_pending_rows"),
    "DEXWATCH_JOURNAL_SYNC": ("capture", "journal_sync"),
    "DEXWATCH_JOURNAL_SYNC_SECONDS": ("capture", "journal_sync_seconds"),
    "DEXWATCH_JOURNAL_WAIT_SECONDS": ("capture", "journal_wait_seconds"),
    "DEXWATCH_JOURNAL_SEGMENT_BYTES": ("capture", "journal_segment_bytes"),
    "DEXWATCH_JOURNAL_MAX_BYTES": ("capture", "journal_max_bytes"),
    "DEXWATCH_CAPTURE_OUTPUT": ("capture", "output"),
    "DEXWATCH_REDIS_URL": ("stream", "url"),
    "DEXWATCH_STREAM_NAME": ("stream", "name"),
    "DEXWATCH_STREAM_GROUP": ("stream", "group"),
    "DEXWATCH_STREAM_MAX_ROWS": ("stream", "max_rows"),
    "DEXWATCH_STREAM_TIMEOUT_SECONDS": ("stream", "timeout_seconds"),
    "DEXWATCH_STREAM_CLAIM_SECONDS": ("stream", "claim_seconds"),
    "DEXWATCH_STREAM_DELIVERIES": ("stream", "deliveries"),
    "DEXWATCH_RETENTION_SMALL_DAYS": ("retention", "small_days"),
    "DEXWATCH_RETENTION_DAYS": ("retention", "days"),
    "DEXWATCH_RETENTION_MAX_BYTES": ("retention", "max_bytes"),
    "DEXWATCH_RETENTION_EVERY_SECONDS": ("retention", "every_seconds"),
    "DEXWATCH_RETRAIN_ON_DRIFT": ("lifecycle", "retrain_on_drift"),
    "DEXWATCH_RETRAIN_PAUSE_HOURS": ("lifecycle", "retrain_pause_hours"),
    "DEXWATCH_RETRAIN_MATCHUPS": ("lifecycle", "retrain_matchups"),
    "DEXWATCH_RETRAIN_TREES": ("lifecycle", "retrain_trees"),
    "DEXWATCH_SHADOW_SHARE": ("lifecycle", "shadow_share"),
    "DEXWATCH_SHADOW_PREDICTIONS": ("lifecycle", "shadow_predictions"),
    "DEXWATCH_SHADOW_HOURS": ("lifecycle", "shadow_hours"),
    "DEXWATCH_WATCH_HOURS": ("lifecycle", "watch_hours"),
    "DEXWATCH_LIFECYCLE_POLL_SECONDS": ("lifecycle", "poll_seconds"),
    "DEXWATCH_DRIFT_EVERY_SECONDS": ("drift", "every_seconds"),
    "DEXWATCH_DRIFT_WINDOW_ROWS": ("drift", "window_rows"),
    "DEXWATCH_DRIFT_WINDOW_DAYS": ("drift", "window_days"),
    "DEXWATCH_UI_PORT": ("ui", "port"),
    "DEXWATCH_API_URL": ("ui", "api_url"),
    "DEXWATCH_GRAFANA_URL": ("ui", "grafana_url"),
}
"""Environment variable to the place of its value in :class:`Settings`."""


def read(environment: Mapping[str, str]) -> Settings:
    """Decode the settings.

    Raises:
        SettingsError: a ``DEXWATCH_`` variable is unknown, or a value is out of its range.

    """
    tree: dict[str, object] = {}
    for variable, value in environment.items():
        if variable not in VARIABLES:
            if variable.startswith(PREFIX):
                raise SettingsError(_unknown(variable))
            continue
        if not value:
            raise SettingsError(f"{variable} is set but empty; unset it or give it a value")
        *parents, leaf = VARIABLES[variable]
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})  # type: ignore[assignment]  # parents hold dicts
        branch[leaf] = value
        try:
            _decode(tree)
        except msgspec.ValidationError as error:
            if variable.endswith("_URL"):  # it may hold a password
                raise SettingsError(f"{variable}: it is not a valid URL") from None
            reason = str(error).partition(" - at ")[0]
            raise SettingsError(f"{variable}={value}: {reason}") from error
    return _decode(tree)


def _unknown(variable: str) -> str:
    near = get_close_matches(variable, VARIABLES, n=1, cutoff=0.8)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{variable} is not a setting; {meant}docs/settings.md lists them all"


def _decode(tree: dict[str, object]) -> Settings:
    # Variables are text: numbers are read from it, paths made of it.
    return msgspec.convert(tree, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
