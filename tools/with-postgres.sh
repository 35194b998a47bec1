#!/bin/sh
# Runs a command of the tests against a throw-away PostgreSQL of Debian's packages, and with --pooler with every server under test behind
# PgBouncer in transaction mode:
#
#   tools/with-postgres.sh 15 npm test
#   tools/with-postgres.sh 15 --pooler npm run test:e2e
#
# Needs root and Debian's postgresql-<version>, and pgbouncer for --pooler.
set -eu

if [ -z "${POOLED:-}" ]; then
  version=$1
  shift
  POOLED=no
  if [ "$1" = --pooler ]; then
    POOLED=yes
    shift
  fi
  export POOLED
  # Test data need not survive a crash.
  exec pg_virtualenv -v "$version" -i '--locale=C.UTF-8 --encoding=UTF8' \
    -o fsync=off -o synchronous_commit=off -o full_page_writes=off -o max_connections=300 "$0" "$@"
fi

# Tests make roles without passwords.
printf 'local all all trust\nhost all all all trust\n' > "$(psql -Atc 'show hba_file' postgres)"
psql -Atqc 'select pg_reload_conf()' postgres >/dev/null
export TEST_POSTGRES_URL="postgresql://$PGUSER:$PGPASSWORD@127.0.0.1:$PGPORT/postgres"
if [ "$POOLED" = yes ]; then
  folder=$(mktemp -d)
  port=$((PGPORT + 1000))
  cat > "$folder/pgbouncer.ini" <<EOF
[databases]
* = host=127.0.0.1 port=$PGPORT
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
pool_mode = transaction
auth_type = trust
auth_file = $folder/users.txt
max_client_conn = 1000
default_pool_size = 20
# A test drops its database when it ends.
server_idle_timeout = 2
autodb_idle_timeout = 1
EOF
  # The second role is that of test/support/global-setup.ts.
  printf '"%s" "%s"\n"mpp_application" "application"\n' "$PGUSER" "$PGPASSWORD" > "$folder/users.txt"
  chown -R postgres "$folder"
  runuser -u postgres -- pgbouncer -q "$folder/pgbouncer.ini" &
  pooler=$!
  trap 'kill "$pooler"; rm -rf "$folder"' EXIT
  export TEST_POOLER_PORT="$port"
fi
unset PGUSER PGPASSWORD PGHOST PGPORT PGDATABASE PGSYSCONFDIR PGCLUSTER
"$@"
