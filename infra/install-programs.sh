#!/bin/sh
# Installs, on Debian and as root, the programs that the heavier checks use: Docker with Compose (npm run test:containers),
# promtool (npm run test:monitoring) and OpenSSH (npm run test:sftp). A check without its program says SKIPPED. Nothing is started; on Debian 12 the package
# docker-compose is version 1, so take Compose v2 from a newer release or from Docker.
set -eu
[ "$(id -u)" = 0 ] || { echo 'install-programs.sh: run it as root' >&2; exit 2; }
# Packages of servers start them when they are installed, unless this file forbids it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends docker.io docker-compose prometheus openssh-server
for program in docker promtool sshd; do
  command -v "$program" || { echo "install-programs.sh: $program is still missing" >&2; exit 1; }
done
docker compose version || echo 'Compose v2 is missing: test:containers will say SKIPPED for docker-compose.yml' >&2
