#!/bin/sh
# Makes the secrets of docker-compose.yml, one file each, with random content; a file that is there stays as it is.  Put your own keys
# (of your shop, of SORS ...) into their files instead, without a line end.
#
#   deploy/docker/secrets.sh [FOLDER]      default: secrets beside this script, which git does not see
set -eu

folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder" # others of this machine cannot look inside

random() { od -An -v -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# secret NAME [BEFORE [AFTER]]
secret() {
    [ -s "$folder/$1" ] || printf '%s%s%s' "${2:-}" "$(random 20)" "${3:-}" >"$folder/$1"
    # Compose mounts the file as it is, and the services run as a user of their own.
    chmod 444 "$folder/$1"
}

for name in admin_token grafana_password hook_secret identity_key keycrm_hook_secret keycrm_key logistos_password logistos_token \
    solteq_secret sors_key; do
    secret "$name"
done
secret shop_key ck_
secret shop_secret cs_
secret logistos_email "" @example.test
echo "secrets: $folder"
