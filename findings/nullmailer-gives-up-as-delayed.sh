#!/usr/bin/env bash
# nullmailer reports an e-mail that it has given up as delayed, and promises a final report that
# never comes. Needs Debian or Ubuntu (apt-get, dpkg), root for chroot, and python3.
set -euo pipefail

version=1:2.2-4
lifetime=4  # seconds, in place of a week
work=$(mktemp -d)
jobs_of_ours=()
tidy() {
  for each in "${jobs_of_ours[@]}"; do kill "$each" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap tidy EXIT
cd "$work"
chmod 755 "$work"

# The package, and the libraries that its programs want, in a root of their own.
apt-get download "nullmailer=$version" >/dev/null 2>&1
dpkg -x nullmailer_*.deb root
programs=(usr/sbin/nullmailer-send usr/sbin/nullmailer-queue usr/bin/nullmailer-inject
  usr/bin/nullmailer-dsn usr/lib/nullmailer/smtp)
apt-get download libgnutls30 >/dev/null 2>&1  # the one library that not every machine has
dpkg -x libgnutls30_*.deb libraries
for program in "${programs[@]}"; do
  LD_LIBRARY_PATH=$(echo libraries/usr/lib/*) ldd "root/$program" | grep -o '/[^ ]*' | sort -u |
    while read -r library; do
      mkdir -p "root$(dirname "${library/#"$work/libraries"/}")"
      cp -Ln "$library" "root${library/#"$work/libraries"/}"
    done
done

# A mail server that is always busy for late@, and takes what goes to sender@.
cat >server.py <<'PYTHON'
import socketserver, sys

class Session(socketserver.StreamRequestHandler):
    def handle(self):
        say = lambda line: self.wfile.write(line.encode() + b"\r\n")
        say("220 next.example.org")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("RCPT") and "LATE@" in verb:
                say("451 4.7.1 try again later")
            elif verb.startswith("DATA"):
                say("354 go on")
                with open("reports.txt", "a") as reports:
                    while (text := self.rfile.readline().decode()) != ".\r\n":
                        reports.write(text.replace("\r\n", "\n"))
                say("250 OK")
            else:
                say("250 OK")

server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
open("port", "w").write(str(server.server_address[1]))
server.serve_forever()
PYTHON
touch reports.txt
python3 server.py 2>server.log & jobs_of_ours+=($!)
until [ -s port ]; do sleep 0.1; done

mkdir -p root/etc/nullmailer root/var/spool/nullmailer/{queue,tmp,failed} root/dev root/tmp
echo 'mail:x:8:8:mail:/:/bin/sh' >root/etc/passwd
echo 'mail:x:8:' >root/etc/group
echo "127.0.0.1 smtp --port=$(cat port)" >root/etc/nullmailer/remotes
echo relay.example.org | tee root/etc/mailname >root/etc/nullmailer/me
echo 1 | tee root/etc/nullmailer/pausetime >root/etc/nullmailer/maxpause
echo "$lifetime" >root/etc/nullmailer/queuelifetime
mkfifo root/var/spool/nullmailer/trigger
chown -R 8:8 root/var/spool/nullmailer
mknod -m 666 root/dev/null c 1 3
as_mail() { chroot --userspec=8:8 root "$@"; }
chroot --userspec=8:8 root /usr/sbin/nullmailer-send >log.txt 2>&1 & jobs_of_ours+=($!)
printf 'From: sender@example.org\nTo: late@example.net\nSubject: hello\n\nhello\n' |
  as_mail /usr/bin/nullmailer-inject -f sender@example.org late@example.net 2>>log.txt

# Well after its lifetime the e-mail has been given up; then nothing more is heard.
for _ in $(seq 60); do
  [ -n "$(ls root/var/spool/nullmailer/failed)" ] && grep -q '^Action:' reports.txt && break
  sleep 0.5
done
sleep $((2 * lifetime))

given_up=$(find root/var/spool/nullmailer/failed -type f | wc -l)
actions=$(grep '^Action:' reports.txt || true)
status=$(grep '^Status:' reports.txt || true)
promise=$(tr '\n' ' ' <reports.txt | grep -o 'A final delivery status notification will be generated' || true)
echo "nullmailer $version, an e-mail that its next hop never takes (451 4.7.1), given up after $lifetime seconds:"
echo "  e-mails that it has moved to failed/: $given_up"
echo "  reports that it sent: $(grep -c '^Action:' reports.txt || true), saying: $actions, $status"
echo "  its words: ${promise:-none}"
[ "$given_up" = 1 ] && [ "$actions" = "Action: delayed" ] && [ -n "$promise" ] ||
  { echo "this has changed"; cat log.txt; exit 1; }
echo "So the end of an e-mail is told as a delay, with the last code heard, and no other report follows."
