# SPDX-License-Identifier: GPL-2.0-only
#
# perf's script is one file, as perf wants it: the tool's tables as Python, and the parts that use
# them.

PERF_SCRIPT := $(O)/perf/sevtrace.py
PERF_PARTS := $(addprefix tools/perf/,pairing.py model.py report.py script.py)

$(O)/perf_tables: $(O)/tools/perf/tables.o $(LIBSEVTRACE)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

$(PERF_SCRIPT): tools/perf/head.py $(PERF_PARTS) $(O)/perf_tables
	$(call msg,PY,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ cat tools/perf/head.py && $(O)/perf_tables && \
		for part in $(PERF_PARTS); do printf '\n\n' && sed 1d $$part || exit 1; done; } >$@

ALL += $(PERF_SCRIPT)
