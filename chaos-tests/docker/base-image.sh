#!/usr/bin/env bash
# Makes a base image for the Dockerfile without a registry: base-image.sh [TAG]. It has a Java runtime that is linked
# from a JDK of this machine, glibc with what the runtime loads, bash, and small programs of a shell.
#   CHAOS_JAVA_HOME: the JDK, 17 or newer (else JAVA_HOME, else that of the javac on the PATH)
#   TAG: henge/jre:VERSION, as henge/jre:17, if it is not given
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/closure.sh"

# What a node uses, and what one looks at it with: jcmd, flight recordings, JMX.
readonly modules=java.base,java.logging,java.management,java.naming,java.sql,jdk.unsupported,jdk.zipfs,jdk.crypto.ec,\
java.management.rmi,jdk.management,jdk.management.agent,jdk.jcmd,jdk.jfr,jdk.management.jfr
# Where there is no busybox, these are copied.
readonly programs=(sh cat chmod chown cp date dirname env find grep head id ls mkdir mv ps readlink rm sed sleep tail
  touch)

[[ $(uname -s) == Linux ]] || fail 'an image needs programs of Linux'
java_home=${CHAOS_JAVA_HOME:-${JAVA_HOME:-}}
if [[ -z $java_home ]]; then
  javac=$(command -v javac) || fail 'there is no JDK; set JAVA_HOME'
  java_home=$(dirname "$(dirname "$(readlink -f "$javac")")")
fi
# From 24 on a JDK may come without modules' files and link from what it runs on.
links() {
  [[ -x $java_home/bin/jlink ]] || return 1
  [[ -d $java_home/jmods ]] || "$java_home/bin/jlink" --help | grep 'run-time image enabled' >/dev/null
}
links || fail "$java_home has no jlink with modules to link"
version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$java_home/release")
tag=${1:-henge/jre:$version}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,usr/bin,usr/local/bin,var/lib}
chmod 755 "$root"
chmod 1777 "$root/tmp"

"$java_home/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output "$root/opt/java"
ln -s /opt/java/bin/java "$root/usr/bin/java"
mapfile -t binaries < <(find "$root/opt/java" -type f \( -name '*.so' -o -path '*/bin/*' -o -name jspawnhelper \))
copy_libraries "$root" "${binaries[@]}"
# What glibc loads by name, when somebody asks for a user or a host.
libraries=$(dirname "$(ldd "$root/opt/java/bin/java" | awk '$1 == "libc.so.6" { print $3 }')")
for name in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2 libdl.so.2 libpthread.so.0 librt.so.1; do
  if [[ -e $libraries/$name ]]; then copy_file "$root" "$libraries/$name"; fi
done

copy_program "$root" bash
[[ -e $root/bin/bash ]] || ln -s /usr/bin/bash "$root/bin/bash"
if command -v busybox >/dev/null; then
  cp -L "$(command -v busybox)" "$root/bin/busybox"
  copy_libraries "$root" "$root/bin/busybox"
  for name in $(busybox --list); do
    if [[ ! -e $root/bin/$name ]]; then ln -s busybox "$root/bin/$name"; fi
  done
else
  for name in "${programs[@]}"; do copy_program "$root" "$name"; done
  [[ -e $root/bin/sh ]] || ln -s /usr/bin/sh "$root/bin/sh"
fi
# Scripts begin with it.
[[ -e $root/usr/bin/env ]] || ln -s /bin/env "$root/usr/bin/env"

printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
# The classes of the JDK as an archive that is mapped: a quarter of a second for each start.
"$root/opt/java/bin/java" -Xshare:dump >/dev/null 2>&1 || say 'no class data archive could be made; starts are slower'

tar -C "$root" --numeric-owner --owner=0 --group=0 -c . | docker import --change 'ENV JAVA_HOME=/opt/java' --change \
  'ENV PATH=/opt/java/bin:/usr/local/bin:/usr/bin:/bin' --change 'ENV LANG=C.UTF-8' - "$tag" >/dev/null
size=$(docker image inspect --format '{{.Size}}' "$tag")
say "$tag: Java $version of $java_home, $((size / 1000000)) MB"
