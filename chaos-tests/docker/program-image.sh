#!/usr/bin/env bash
# Makes an image of programs of this machine and the libraries that they load: program-image.sh TAG BASE PROGRAM...
# It is the base with them added, so that a server that is not Henge can be put under the same faults.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/closure.sh"

(($# >= 3)) || fail 'usage: program-image.sh TAG BASE PROGRAM...'
tag=$1 base=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
chmod 755 "$work/root"
for name in "$@"; do copy_program "$work/root" "$name"; done
# The same bytes give the same layer, whenever they were copied.
find "$work/root" -exec touch -h -d @0 {} +
printf 'FROM %s\nCOPY root /\nUSER 10001:10001\n' "$base" >"$work/Dockerfile"
DOCKER_BUILDKIT=0 docker build -q -t "$tag" "$work" >/dev/null
say "$tag: $*"
