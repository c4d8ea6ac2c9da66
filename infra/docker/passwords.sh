#!/bin/sh
# Writes a random password for each service of docker-compose.yml to secrets/, and keeps those that are there. To choose one
# yourself, write it to its file first; to change one, replace its file, run this once more, and then "docker compose up -d".
set -eu
cd "$(dirname "$0")/../.."
umask 077
mkdir -p secrets
chmod 700 secrets

# Nobody else can enter the folder. The files themselves are readable, because the accounts in the containers are others than yours.
write() {
  cat > "secrets/.$1" && chmod 444 "secrets/.$1" && mv -f "secrets/.$1" "secrets/$1"
}

for name in postgres_password owner_password sluice_password redis_password dashboard_password metrics_token grafana_password; do
  [ -s "secrets/$name" ] || od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n' | write "$name"
done
# Redis takes its password from a configuration, and Sluice from an address.
redis=$(cat secrets/redis_password)
case $redis in
  *[!A-Za-z0-9_-]*) echo "secrets/redis_password: allowed are letters, digits, _ and -" >&2; exit 2 ;;
esac
printf 'requirepass %s\n' "$redis" | write redis_conf
printf 'redis://:%s@redis:6379' "$redis" | write redis_url
echo 'The passwords are in secrets/. The user of the page is "operator", with the password in secrets/dashboard_password.'
