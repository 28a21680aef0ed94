#!/bin/sh
# Run once by PostgreSQL's image on an empty volume: makes the two roles of migrations/README.md.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner="$(cat "$CREDENTIALS/dexwatch")" \
    --set service="$(cat "$CREDENTIALS/dexwatch_service")" <<'SQL'
CREATE ROLE dexwatch LOGIN PASSWORD :'owner';
CREATE ROLE dexwatch_service LOGIN PASSWORD :'service';
CREATE DATABASE dexwatch OWNER dexwatch;
REVOKE ALL ON DATABASE dexwatch FROM PUBLIC;
GRANT CONNECT ON DATABASE dexwatch TO dexwatch_service;
SQL
