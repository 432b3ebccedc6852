#!/usr/bin/env bash
# The README's two commands on a fresh Debian, which has git, make and python3-venv and nothing else.
#
#   sudo tests/trials/fresh_machine.sh SUITE USER COMMANDS...
#   sudo tests/trials/fresh_machine.sh bookworm voter demo test
#   sudo tests/trials/fresh_machine.sh trixie root demo
#
# SUITE is a Debian release, USER `root` or the name of an ordinary user to make. What is committed is
# cloned into a folder whose name holds spaces and the voters of the sample register. `demo` renews a
# password over HTTP, up to the SMS; `test` is the whole suite, for which TESTS may name a part (ARGS
# of `make test`). Needs root, debootstrap and unshare; a Debian takes 400 MB in TMPDIR, with the
# environment 1.2 GB. Set MACHINE to a folder to keep it for the next time.
#
# The Debian mirror is the one that this machine's apt uses. What this machine's pip is told of an
# index, a proxy and certificates is told to the fresh machine's too.
set -euo pipefail

suite=${1:?a Debian release} user=${2:?root or a user}
shift 2
here=$(cd "$(dirname "$0")/../.." && pwd)
place="camille martin, lou durand, claude petit 12345"

if [ -n "${MACHINE:-}" ]; then
    machine=$MACHINE
else
    machine=$(mktemp -d)
    chmod 755 "$machine"
    trap 'rm -rf --one-file-system "$machine"' EXIT
fi

mirror() { # the first of apt's sources that has this release
    local site found
    found=$(mktemp -d)
    for site in $(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' | sort -u); do
        if /usr/lib/apt/apt-helper download-file "${site%/}/dists/$suite/Release" "$found/Release" \
            >/dev/null 2>&1; then
            echo "$site"
            break
        fi
    done
    rm -r "$found"
}

install_debian() {
    local site proxy=
    site=$(mirror)
    [ -n "$site" ] || { echo "none of apt's sources has $suite"; exit 1; }
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy=$proxy
    debootstrap --variant=minbase --include=ca-certificates,git,make,python3-venv \
        "$suite" "$machine" "$site" >"$machine.log" || { tail -n 20 "$machine.log"; exit 1; }
    rm "$machine.log"
}

hand_down() { # names, certificates, and what pip is told
    cp /etc/resolv.conf /etc/hosts "$machine/etc/"
    cp /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/"
    {
        echo "[global]"
        python3 -m pip config list | sed -nE "s/^(global|install|:env:)\.(index-url|extra-index-url\
|trusted-host|proxy|timeout|default-timeout)='(.*)'$/\2 = \3/p" | grep -v "file:" || true
        echo "cert = /etc/ssl/certs/ca-certificates.crt"
    } >"$machine/etc/pip.conf"
}

[ -x "$machine/usr/bin/python3" ] || install_debian
hand_down
home=/root
if [ "$user" != root ]; then
    home=/home/$user
    chroot "$machine" id "$user" >/dev/null 2>&1 || chroot "$machine" useradd -m "$user"
fi
checkout=$home/$place/reassort
rm -rf "$machine$checkout"
git clone --quiet "$here" "$machine$checkout"
chroot "$machine" chown -R "$user:" "$home"

cat >"$machine/usr/local/bin/trial" <<'TRIAL'
#!/usr/bin/env bash
set -euo pipefail
echo "== $(. /etc/os-release; echo "$PRETTY_NAME"), $(python3 --version), as $(id -un), in $PWD"
for command in "$@"; do
    began=$SECONDS
    if [ "$command" = test ]; then
        make test ARGS="${TESTS:-}"
    else
        make demo ARGS="--port 0" >demo.log 2>&1 &
        while kill -0 $! 2>/dev/null && ! grep -q Portal demo.log; do sleep 0.5; done
        cat demo.log
        python3 tests/trials/first_renewal.py "$(sed -n 's/^ *Portal *//p' demo.log)"
        kill $! && wait $! || true
    fi
    echo "== make $command: well, after $((SECONDS - began)) s"
done
TRIAL
chmod +x "$machine/usr/local/bin/trial"

# In a name space of its own, so that mounts and processes end with it: its first process stays root,
# since one that changes its user outlives its parent.
proxies=$(env | grep -iE '^(https?|no)_proxy=' || true)
# shellcheck disable=SC2086 # one word a variable
unshare --mount --pid --fork --kill-child bash -euc '
    machine=$1 user=$2 checkout=$3
    shift 3
    mount -t proc proc "$machine/proc"
    mount -t tmpfs -o mode=1777 shm "$machine/dev/shm"
    cd /
    chroot --userspec="$user:$user" "$machine" env -i --chdir="$checkout" "$@" || exit # stay root
' - "$machine" "$user" "$checkout" \
    HOME="$home" USER="$user" PATH=/usr/local/bin:/usr/bin:/bin TESTS="${TESTS:-}" $proxies \
    trial "$@"
