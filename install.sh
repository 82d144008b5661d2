#!/bin/sh
# Puts the programs in place, with their man pages and the scripts that shells complete with.
#
#   [PREFIX=/usr/local] [DESTDIR=] [BINARIES=target/release] ./install.sh [--uninstall] [PART...]
#
# PART is `client` or `server`; both, unless one is named. `cargo build --release --locked --bins`
# makes the programs. DESTDIR is put before every path, as a packager needs it.
set -eu

# The programs of each part. Their man pages are those that begin with their names.
CLIENT='muse git-remote-muse'
SERVER='musehub'

here=$(cd "$(dirname "$0")" && pwd)
binaries=${BINARIES:-$here/target/release}
prefix=${PREFIX-/usr/local}
root=${DESTDIR-}$prefix
uninstall=

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# put MODE SOURCE TARGET: copies a file, replacing the target in one step; or takes it away.
put() {
    target=$root/$3
    if [ -n "$uninstall" ]; then
        rm -f "$target"
        return
    fi
    mkdir -p "$(dirname "$target")"
    cp "$2" "$target.new"
    chmod "$1" "$target.new"
    mv -f "$target.new" "$target"
}

programs() {
    for program in "$@"; do
        put 755 "$binaries/$program" "bin/$program"
        for page in "$here/man/$program.1" "$here/man/$program"-*.1; do
            [ ! -e "$page" ] || put 644 "$page" "share/man/man1/$(basename "$page")"
        done
    done
}

client() {
    # shellcheck disable=SC2086 # a list of words
    programs $CLIENT
    scripts=$here/completions
    put 644 "$scripts/muse.bash" share/bash-completion/completions/muse
    put 644 "$scripts/_muse" share/zsh/site-functions/_muse
    put 644 "$scripts/muse.fish" share/fish/vendor_completions.d/muse.fish
    put 644 "$scripts/muse.elv" share/muse/completions/muse.elv
    put 644 "$scripts/muse.ps1" share/muse/completions/muse.ps1
    for file in README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT; do
        put 644 "$here/$file" "share/doc/muse/$file"
    done
}

server() {
    # shellcheck disable=SC2086 # a list of words
    programs $SERVER
    put 644 "$here/server/packaging/musehub.service" lib/systemd/system/musehub.service
    for file in OPERATIONS.md SETTINGS.md METRICS.md; do
        put 644 "$here/server/$file" "share/doc/musehub/$file"
    done
    for file in LICENSE-APACHE LICENSE-MIT; do
        put 644 "$here/$file" "share/doc/musehub/$file"
    done
}

if [ "${1-}" = --uninstall ]; then
    uninstall=yes
    shift
fi
[ $# -gt 0 ] || set -- client server
for part in "$@"; do
    case $part in
    client) needed=$CLIENT ;;
    server) needed=$SERVER ;;
    *) fail "there is no part '$part': client or server" ;;
    esac
    for program in $needed; do
        [ -n "$uninstall" ] || [ -x "$binaries/$program" ] || fail "$binaries/$program is missing:" \
            "\`cargo build --release --locked --bins\` makes it, and BINARIES says where it is"
    done
done
for part in "$@"; do
    "$part"
done
