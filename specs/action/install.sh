#!/usr/bin/env bash
# Puts the binaries of a release, or conformance built from source, into PATH: for the steps
# after this one on GitHub, in ./ammeter elsewhere.
#   AMMETER_VERSION   v0.1.0, latest (default), source for the checkout this script is in, which
#                     needs Go, or installed for what PATH has
#   AMMETER_RELEASES  where the releases are, for mirrors
set -euo pipefail

version=${AMMETER_VERSION:-latest}
releases=${AMMETER_RELEASES:-https://github.com/ammeter/ammeter/releases}

if [ "$version" = installed ]; then
  conformance --version
  exit
fi

to=${RUNNER_TEMP:-$PWD}/ammeter
mkdir -p "$to"
ready() {
  if [ -n "${GITHUB_PATH:-}" ]; then
    echo "$to" >> "$GITHUB_PATH"
  fi
  "$to/conformance" --version
}

if [ "$version" = source ]; then
  here=${BASH_SOURCE[0]:-}
  root=$(dirname "$here")/../..
  [ -n "$here" ] && [ -f "$root/specs/cmd/conformance/main.go" ] || { echo "version source: run this script as specs/action/install.sh of a checkout" >&2; exit 2; }
  command -v go > /dev/null || { echo "version source: no go in PATH; install Go 1.26, on GitHub with actions/setup-go" >&2; exit 2; }
  commit=$(git -C "$root" rev-parse --short HEAD 2> /dev/null || echo source)
  CGO_ENABLED=0 go build -C "$root" -trimpath -ldflags "-X github.com/ammeter/ammeter/internal/version.number=$commit" -o "$to/" ./specs/cmd/conformance
  ready
  exit
fi

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  MINGW* | MSYS*) os=windows ;;
  *) echo "no release for $(uname -s): use Linux, macOS or Windows" >&2; exit 2 ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  arm64 | aarch64) arch=arm64 ;;
  *) echo "no release for $(uname -m): use amd64 or arm64" >&2; exit 2 ;;
esac

fetch() { curl --fail --silent --show-error --location --retry 3 "$@"; }

if [ "$version" = latest ]; then # the page of the latest release has its version in the address
  version=$(fetch --output /dev/null --write-out '%{url_effective}' "$releases/latest")
  version=${version##*/}
fi
case $version in
  v[0-9]*) ;;
  *) echo "no release at $releases: give a version such as v0.1.0, or source to build from a checkout" >&2; exit 2 ;;
esac

archive=ammeter_${version#v}_${os}_$arch.tar.gz
fetch --output "$to/$archive" "$releases/download/$version/$archive"
fetch --output "$to/checksums.txt" "$releases/download/$version/checksums.txt"

sum=$(command -v sha256sum || echo 'shasum --algorithm 256') # macOS has the other
cd "$to"
grep -F "  $archive" checksums.txt > wanted.txt || { echo "checksums.txt of $version does not list $archive" >&2; exit 1; }
$sum --check --quiet wanted.txt || { echo "$archive is not what checksums.txt of $version says" >&2; exit 1; }
tar -xzf "$archive"
rm "$archive" wanted.txt checksums.txt
ready
