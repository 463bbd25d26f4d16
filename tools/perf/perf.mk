# SPDX-License-Identifier: GPL-2.0-only
#
# What reads perf.data, for its unit test and its fuzzer.

IMPORT_SRCS := $(addprefix tools/lib/,pairing.c pairing_tasks.c perf_events.c perf_file.c \
	perf_formats.c perf_order.c perf_read.c perf_sample.c perf_unpack.c)

IMPORT_TEST := $(O)/tests/unit/perf_import
$(IMPORT_TEST).o: EXTRA_CFLAGS += -Itools/lib
$(IMPORT_TEST): $(IMPORT_TEST).o $(IMPORT_SRCS:%.c=$(O)/%.o)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd)

UNIT_TESTS += $(IMPORT_TEST)

$(O)/perf_fuzz: tests/fuzz/perf_fuzz.c $(IMPORT_SRCS) $(wildcard tools/lib/*.h include/sevtrace/*.h)
	$(call msg,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -Iinclude -Itools/lib -o $@ tests/fuzz/perf_fuzz.c $(IMPORT_SRCS) \
		$(shell $(PKG_CONFIG) --libs libzstd)

# perf's script is one file, as perf wants it: the tool's tables as Python, and the parts that use them.
PERF_SCRIPT := $(O)/perf/sevtrace.py
PERF_PARTS := $(addprefix tools/perf/,pairing.py model.py report.py script.py)

$(O)/tools/perf/tables.o: EXTRA_CFLAGS += -Itools/lib
$(O)/perf_tables: $(O)/tools/perf/tables.o $(O)/tools/lib/names.o
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

$(PERF_SCRIPT): tools/perf/head.py $(PERF_PARTS) $(O)/perf_tables
	$(call msg,PY,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ cat tools/perf/head.py && $(O)/perf_tables && \
		for part in $(PERF_PARTS); do printf '\n\n' && sed 1d $$part || exit 1; done; } >$@

ALL += $(PERF_SCRIPT)
