# Copies programs of this machine with the libraries that they load. For the scripts beside it, which source it.

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
fail() { say "$*"; exit 1; }

# copy_file ROOT FILE: to the same path under ROOT; a link becomes what it points to.
copy_file() {
  local root=$1 file=$2
  [[ ! -e $root$file ]] || return 0
  mkdir -p "$root$(dirname "$file")"
  cp -L "$file" "$root$file"
}

# copy_libraries ROOT FILE...: what the loader would load for the programs and libraries.
copy_libraries() {
  local root=$1 library
  shift
  while IFS= read -r library; do
    copy_file "$root" "$library"
  done < <(for file in "$@"; do ldd "$file" 2>/dev/null || true; done |
    awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) { print $i; break } }' | grep -vF "$root/" | sort -u)
}

# copy_program ROOT NAME: found by the PATH, with its libraries.
copy_program() {
  local root=$1 path
  path=$(command -v "$2") || fail "there is no $2 on the PATH"
  copy_file "$root" "$path"
  copy_libraries "$root" "$path"
}
