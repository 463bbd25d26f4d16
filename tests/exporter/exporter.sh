#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace exporter as far as it needs no guests: what it answers to whom, TLS and passwords,
# hostile clients, a day's scrapes, rules, dashboard, unit. tests/vm/boots/exporter/exporter.sh has
# the rest. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8
work=$(mktemp -d /tmp/sevtrace-exporter.XXXXXX) || exit 1
chmod 755 "$work"
port=$((20000 + $$ % 20000))
exporter=
trap '[ -z "$exporter" ] || kill "$exporter"; rm -rf "$work"' EXIT

. tests/tap.bash

# begin OPTION...: starts it and waits until it answers
begin() {
	"$O/sevtrace" exporter -l "127.0.0.1:$port" "$@" 2>"$work/log" &
	exporter=$!
	until grep -q 'listening on' "$work/log" && curl -sko "$work/none" "$scheme://127.0.0.1:$port/-/healthy"; do
		kill -0 $exporter 2>"$work/none" || return 1
		sleep 0.05
	done
	web=$(web_process)
}

# The process that answers is a child of the exporter's keeper.
web_process() { pgrep -P "$(pgrep -P $exporter)"; }

end() {
	kill $exporter
	wait $exporter
	ended=$?
	exporter=
}

scheme=http
get() { curl -sk -m 20 --cacert "$work/server.crt" "$@"; }
# code STATUS CURL-ARGUMENT...: what is answered
code() {
	local want=$1 got
	shift
	got=$(get -o "$work/body" -w '%{http_code}' "$@")
	[ "$got" = "$want" ] || { echo "# $got, not $want" && return 1; }
}
same() { [ "$1" = "$2" ] || { echo "# '$1', not '$2'" && return 1; }; }

# --- what is answered ----------------------------------------------------------------------------

begin
url=http://127.0.0.1:$port
ok "it answers without the kernel's modules" code 200 "$url/metrics"
ok "and says that it sees nothing" grep -qx 'sevtrace_attached 0' "$work/body"
ok "by nothing" grep -q '^sevtrace_host_info{.*backend=""' "$work/body"
ok "promtool has nothing to say" sh -c "promtool check metrics <'$work/body' 2>&1 | grep . && exit 1 || exit 0"
type_of() { get -o "$work/body" -w '%{content_type}' "$@" "$url/metrics"; }
ok "the text format for who asks for nothing" same "$(type_of)" "text/plain; version=0.0.4; charset=utf-8"
ok "OpenMetrics for who asks for it" same "$(type_of -H 'Accept: application/openmetrics-text; version=1.0.0')" \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
ok "OpenMetrics: counters are described without _total, and it ends" \
	sh -c "! grep -E '^# (TYPE|HELP) .*_total ' '$work/body' && tail -n 1 '$work/body' | grep -qx '# EOF'"
get --compressed -o "$work/plain" "$url/metrics"
ok "compressed for who takes it" sh -c "[ $(get -H 'Accept-Encoding: gzip' "$url/metrics" | wc -c) -lt $(($(wc -c <"$work/plain") / 2)) ]"
ok "which is the same" same "$(get -H 'Accept-Encoding: gzip' "$url/metrics" | gzip -dc | grep -c '^# TYPE')" \
	"$(grep -c '^# TYPE' "$work/plain")"
ok "a page" code 200 "$url/"
ok "who waits for the modules is healthy" code 200 "$url/-/healthy"
ok "HEAD" code 200 -I "$url/metrics"
ok "no other page" code 404 "$url/metrics/x"
ok "no other method" code 405 -d x=1 "$url/metrics"
# The connection may be gone, with what the server did not read, before curl has seen the answer.
put_much() {
	local attempt
	for attempt in 1 2 3 4 5; do
		code 405 -X PUT --data-binary @"$O/sevtrace" -H 'Expect:' "$url/" && return
		echo "# attempt $attempt: no answer"
	done
	return 1
}
ok "PUT of much is not read" put_much
capabilities() { sed -n 's/^CapPrm:\t//p' "/proc/$1/status"; }
ok "the collector keeps what it needs to attach, at most" same "$((0x$(capabilities $exporter) & ~0xc400200000))" 0
ok "none of it in effect" grep -qE '^CapEff:[[:space:]]0+$' "/proc/$exporter/status"
ok "the other process has nothing" same "$(capabilities "$web")" 0000000000000000
user_of() { sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$1/status"; }
ok "both have users of their own" test "$(user_of $exporter)" != "$(user_of "$web")"
ok "system calls are filtered in the one that answers, by itself" grep -qE '^Seccomp:[[:space:]]2$' "/proc/$web/status"
ok "it has memory of its own, at other addresses" \
	test "$(grep -m 1 /libc "/proc/$exporter/maps" | cut -d - -f 1)" != "$(grep -m 1 /libc "/proc/$web/maps" | cut -d - -f 1)"
ok "root is left" sh -c "! grep -qE '^(Uid|Gid):.*[[:space:]]0[[:space:]]' /proc/$exporter/status /proc/$web/status"
ok "no descriptor but its own" same "$(find "/proc/$web/fd" -type l -printf '%l\n' | grep -vcE 'socket|eventpoll|null|pipe|eventfd|log$|/dev/')" 0

# --- a day, and hostile clients ------------------------------------------------------------------

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
scrape() { # N: so many, one after the other
	/usr/bin/python3 - "$port" "$1" <<'SCRAPE'
import sys, urllib.request
for i in range(int(sys.argv[2])):
    accept = ("text/plain", "application/openmetrics-text")[i % 2]
    request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.read().endswith(b"# EOF\n")
SCRAPE
}
flat() { # BEFORE AFTER: in KiB
	echo "# $1 KiB, then $2 KiB"
	[ "$2" -le $(($1 + $1 / 10 + 512)) ]
}
scrape 240
before="$(rss $exporter) $(rss "$web")"
ok "as many scrapes as in a day are answered" scrape 5760
ok "the collector's memory is flat" flat "${before% *}" "$(rss $exporter)"
ok "the other one's, too" flat "${before#* }" "$(rss "$web")"

tests/exporter/hostile.py "$port" 10000 >"$work/hostile" 2>&1 &
hostile=$!
asked=0
answered=0
while kill -0 $hostile 2>"$work/none"; do
	asked=$((asked + 1))
	get -f -o "$work/body" "$url/metrics" && answered=$((answered + 1))
	sleep 0.5
done
wait $hostile
ok "10,000 hostile connections" test $? = 0
echo "# $(cat "$work/hostile"); answered meanwhile: $answered of $asked"
ok "the same process still answers" sh -c "kill -0 $web && curl -sfo '$work/body' -m 20 $url/metrics"
# Hundreds of connections hold out for seconds each, so there is time to ask for more than this.
ok "it had answered others meanwhile: asked often enough" test "$asked" -ge 10
ok "it had answered others meanwhile: each time but once" test "$answered" -ge $((asked - 1))
ok "its memory is bounded" test "$(rss "$web")" -lt 32768
descriptors_go() { for _ in {1..60}; do [ "$(find "/proc/$web/fd" -type l | wc -l)" -lt 20 ] && return; sleep 0.25; done; false; }
ok "no descriptor is left" descriptors_go
kill -KILL "$web"
back() { for _ in {1..60}; do code 200 "$url/metrics" && return; sleep 0.25; done >"$work/none"; false; }
ok "another process answers when it was killed" back
counted() { for _ in {1..60}; do code 200 "$url/metrics" && grep -qx 'sevtrace_exporter_http_starts_total 2' "$work/body" && return; sleep 0.25; done; false; }
ok "which is counted" counted
end
ok "SIGTERM ends it, status 0" same $ended 0
taken() { "$O/sevtrace" exporter -l 256.0.0.1:x 2>"$work/err"; [ $? = 1 ] && grep -q "invalid address" "$work/err"; }
ok "a wrong address is said" taken

# --- TLS and passwords ---------------------------------------------------------------------------

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-keyout "$work/server.key" -out "$work/server.crt" 2>"$work/none"
chmod 644 "$work/server.key"
hash=$(/usr/bin/python3 -W ignore -c 'import crypt; print(crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))')
cat >"$work/web.yml" <<WEB
tls_server_config:
  cert_file: server.crt
  key_file: server.key
basic_auth_users:
  prometheus: $hash
WEB
scheme=https
url=https://127.0.0.1:$port
begin -w "$work/web.yml"
ok "TLS: without a password nothing is shown" code 401 "$url/metrics"
ok "nor what there is" code 401 "$url/none"
ok "a wrong password" code 401 -u prometheus:guess "$url/metrics"
ok "a wrong name" code 401 -u other:secret "$url/metrics"
ok "the right one" code 200 -u prometheus:secret "$url/metrics"
ok "plain HTTP is not answered" sh -c "! curl -sf -m 5 -o '$work/body' http://127.0.0.1:$port/metrics"
ok "nor an old TLS" sh -c "! curl -skf -m 5 --tls-max 1.1 -o '$work/body' $url/-/healthy"
guess() { for _ in {1..40}; do get -o "$work/none" -w '%{http_code}\n' -u "prometheus:$RANDOM" "$url/" & done | sort | uniq -c | grep -q 429; }
ok "guessing is limited" guess
ok "which does not hold up who was right" code 200 -u prometheus:secret "$url/metrics"
sed -i 's/prometheus:/grafana:/' "$work/web.yml"
kill -HUP $exporter
# in_time ARGUMENT...: of code, which a busy machine may keep waiting; each wrong password takes its
# time as well.
in_time() { for _ in {1..20}; do code "$@" && return; sleep 2; done >"$work/none"; false; }
ok "SIGHUP reads the configuration again" in_time 200 -u grafana:secret "$url/metrics"
ok "what was in it before no longer holds" in_time 401 -u prometheus:secret "$url/metrics"
echo 'tls_server_config: {client_ca_file: x}' >"$work/web.yml"
kill -HUP $exporter
said() { for _ in {1..60}; do grep -q 'the old configuration stays in effect' "$work/log" && return; sleep 0.25; done; false; }
ok "a wrong one is said" said
ok "and changes nothing" in_time 200 -u grafana:secret "$url/metrics"
end
refused() { "$O/sevtrace" exporter -l "127.0.0.1:$port" -w "$work/web.yml" 2>"$work/err"; [ $? = 1 ] && grep -q "'client_ca_file' is not supported" "$work/err"; }
ok "at the start it is refused" refused
no_rights() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$O/sevtrace" exporter -l "127.0.0.1:$port" 2>"$work/err"
	[ $? = 1 ] && grep -q "recording needs root" "$work/err"
}
ok "without the rights to attach it does not start" no_rights

# --- rules, dashboard, unit ----------------------------------------------------------------------

d=tools/lib/exporter/deploy
cp "$d/sevtrace.rules.yml" tests/exporter/rules_test.yml "$work"
quiet() { "$@" >"$work/out" 2>&1 || { sed 's/^/# /' "$work/out" && false; }; }
ok "promtool check rules" quiet promtool check rules "$d/sevtrace.rules.yml"
ok "promtool test rules" quiet promtool test rules "$work/rules_test.yml"
every_alert() {
	local alert nr=0
	for alert in $(sed -n 's/.*- alert: //p' "$d/sevtrace.rules.yml"); do
		nr=$((nr + 1))
		grep -qE "alertname: $alert\$" tests/exporter/rules_test.yml || { echo "# not tested: $alert" && return 1; }
	done
	[ $nr -gt 5 ] && [ $nr = "$(grep -c 'alert:' "$d/sevtrace.rules.yml")" ]
}
ok "every alert has its test" every_alert
ok "the dashboard is JSON, no two panels lie upon each other" jq -e '
	[.panels[].gridPos | {x: range(.x; .x + .w), y: range(.y; .y + .h)}] | length > 0 and length == (unique | length)' "$d/sevtrace.grafana.json"
unit=$work/sevtrace-exporter.service
sed "s|^ExecStart=sevtrace|ExecStart=$PWD/$O/sevtrace|; /^Documentation/d" "$d/sevtrace-exporter.service" >"$unit"
if command -v systemd-analyze >"$work/none"; then
	ok "systemd-analyze verify" quiet systemd-analyze verify "$unit"
	ok "systemd-analyze security: exposure below 3" quiet systemd-analyze security --offline=yes --threshold=30 "$unit"
fi
finish "$work/log"
