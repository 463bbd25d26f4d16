# SPDX-License-Identifier: GPL-2.0-only
#
# What tests of pages share: the pinned packages, and a Chromium that may hang. Wants O, work and
# tests/tap.bash.

packages=$O/browser-packages

# Tests of several pages may run at once: one of them installs.
install_packages() {
	mkdir -p "$packages"
	(
		flock 9
		cmp -s tools/lib/html/package-lock.json "$packages/installed" && exit 0
		cp tools/lib/html/package.json tools/lib/html/package-lock.json "$packages" &&
			npm ci --prefix "$packages" --no-audit --no-fund --ignore-scripts >"$work/err" 2>&1 &&
			cp tools/lib/html/package-lock.json "$packages/installed"
	) 9>"$packages/lock"
}

# in_browser SCRIPT: runs SCRIPT.cjs on the pages in $work, and gives its checks as checks of this
# test. A Chromium that hangs is ended and another one asked; a wrong page has one try.
in_browser() {
	local status attempt result name
	for attempt in 1 2 3; do
		TMPDIR=$work NODE_PATH=$packages/node_modules timeout -k 10 300 node "tests/browser/$1.cjs" "$work" ${SCREENSHOTS:+"$SCREENSHOTS"} >"$work/$1.out" 2>"$work/err"
		status=$?
		[ $status = 124 ] || [ $status = 137 ] || break
		pkill -KILL -f -- "--user-data-dir=$work"
		echo "# Chromium hung with $1.cjs, attempt $attempt, after: $(tail -n 1 "$work/$1.out")"
	done
	while read -r result name; do
		ok "$name" test "$result" = ok
	done < <(grep -E '^(ok|not-ok) ' "$work/$1.out")
	grep -E '^#' "$work/$1.out"
	ok "tests/browser/$1.cjs ends" test "$status" = 0
}
