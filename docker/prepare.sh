#!/bin/sh
# Before anything else starts: gives each program the folders that it writes to, and makes the
# passwords. Runs as root in a folder that holds the volumes, with the right to change owners and
# modes and nothing else; run again, it changes nothing.
set -eu
umask 077

service=10001
postgres=70
grafana=472
nobody=65534

chown "$service:$service" data mlflow keys otel-collector tempo loki
chown "$postgres:$postgres" db
chown "$nobody:$nobody" prometheus alertmanager
chown 999:1000 redis
# Programs look into these for the files that are theirs.
chmod 755 credentials owner-credentials

# On the host, data/ belongs to whoever owns the checkout, and stays theirs; the service is let in as
# a group, which is handed on to what appears in there.
owner="$(stat -c %u docker)"
[ "$(stat -c %u shared)" = "$owner" ] || chown "$owner" shared
for folder in shared/production shared/datasets; do
    mkdir -p "$folder"
    chown "$owner:$service" "$folder"
    chmod 2775 "$folder"
done

# Prints a secret: the one that somebody put into docker/secrets, else what follows.
given_or() {
    if [ -s "docker/secrets/$1" ]; then cat "docker/secrets/$1"; else echo "$2"; fi
}

# Makes a file that one user can read, unless it is there with these words.
keep() {
    path="$1" user="$2" words="$3"
    [ -f "$path" ] && [ "$(cat "$path")" = "$words" ] && return
    rm -f "$path"
    echo "$words" >"$path"
    chown "$user:$user" "$path"
    chmod 400 "$path"
}

# Prints a password: a given one, else the one of an earlier start, else a new one.
password() {
    kept="$(cat "$2" 2>/dev/null || true)"
    given_or "$1" "${kept:-$(head -c 24 /dev/urandom | base64 | tr -d '+/=')}"
}

folder=owner-credentials
for role in postgres dexwatch dexwatch_service; do
    keep "$folder/$role" "$postgres" "$(password "database_$role" "$folder/$role")"
done
# As libpq and asyncpg read it: host:port:database:user:password.
line="db:5432:dexwatch"
keep "$folder/pgpass" "$service" "$line:dexwatch:$(cat "$folder/dexwatch")"
keep credentials/pgpass "$service" \
    "$line:dexwatch_service:$(cat "$folder/dexwatch_service")"
keep credentials/grafana_password "$grafana" "$(given_or grafana_password admin)"
