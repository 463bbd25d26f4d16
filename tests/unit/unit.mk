# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of what reads: each a cmocka program of its own.

READER_TESTS := $(addprefix $(O)/tests/unit/,hist columns tracefile killed model failure render export ranktest compare)

$(READER_TESTS:%=%.o) $(O)/tests/unit/scenario.o $(O)/tests/golden/make_trace.o: EXTRA_CFLAGS += \
	-Itools/lib -Itests/unit -DSEVTRACE_VERSION='"$(VERSION)"'

$(READER_TESTS): %: %.o $(O)/tests/unit/scenario.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd jansson) -lm

UNIT_TESTS += $(READER_TESTS)

# The history's database.
HISTORY_OBJS := $(addprefix $(O)/tools/lib/,history_add.o history_blob.o history_db.o history_fill.o history_runs.o \
	history_schema.o)
HISTORY_TEST := $(O)/tests/unit/history

$(HISTORY_TEST).o: EXTRA_CFLAGS += -Itools/lib -Itests/unit
$(HISTORY_TEST): %: %.o $(O)/tests/unit/scenario.o $(HISTORY_OBJS) $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd jansson sqlite3) -lm

UNIT_TESTS += $(HISTORY_TEST)

# What `sevtrace stat` and `sevtrace top` make of the model.
LIVE_OBJS := $(addprefix $(O)/tools/lib/,live.o render_live.o render_summary.o spread.o summary.o)
LIVE_TESTS := $(addprefix $(O)/tests/unit/,live summary)

$(LIVE_TESTS:%=%.o): EXTRA_CFLAGS += -Itools/lib -Itests/unit
$(LIVE_TESTS): %: %.o $(O)/tests/unit/scenario.o $(LIVE_OBJS) $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd jansson) -lm

UNIT_TESTS += $(LIVE_TESTS)

# The flight recorder's memory and files.
FLIGHT_OBJS := $(addprefix $(O)/tools/lib/,flight.o flight_file.o flight_report.o hook.o host.o kernel_events.o proc.o symbols.o system_host.o)
FLIGHT_TEST := $(O)/tests/unit/flight

$(FLIGHT_TEST).o: EXTRA_CFLAGS += -Itools/lib -Itests/unit
$(FLIGHT_TEST): $(FLIGHT_TEST).o $(O)/tests/unit/scenario.o $(FLIGHT_OBJS) $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libbpf libzstd jansson) -lm

UNIT_TESTS += $(FLIGHT_TEST)

HOOK_TEST := $(O)/tests/unit/hook

$(HOOK_TEST).o: EXTRA_CFLAGS += -Itools/lib
$(HOOK_TEST): $(HOOK_TEST).o $(O)/tools/lib/hook.o
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka)

UNIT_TESTS += $(HOOK_TEST)

# What `sevtrace exporter` counts, and how it is reached.
$(O)/tests/unit/tally.o $(O)/tests/unit/web.o: EXTRA_CFLAGS += -Itools/lib -Itests/unit
$(O)/tests/unit/tally: $(O)/tests/unit/tally.o $(O)/tests/unit/scenario.o $(addprefix $(O)/tools/lib/,exporter_tally.o exporter_page.o) \
	$(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd jansson) -lm

$(O)/tests/unit/web: $(O)/tests/unit/web.o $(addprefix $(O)/tools/lib/,exporter_accept.o exporter_auth.o exporter_config.o exporter_listen.o) \
	$(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd jansson yaml-0.1 libcrypt) -lm

UNIT_TESTS += $(addprefix $(O)/tests/unit/,tally web)

# What explains codes; the reader does without most of it.
EXPLAIN_OBJS := $(addprefix $(O)/tools/lib/,dossier.o dossier_text.o explain.o facts.o log_patterns.o log_scan.o names.o subject.o text.o)
EXPLAIN_TESTS := $(addprefix $(O)/tests/unit/,causes explain log)

$(EXPLAIN_TESTS:%=%.o): EXTRA_CFLAGS += -Itools/lib
$(EXPLAIN_TESTS): %: %.o $(EXPLAIN_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka jansson)

UNIT_TESTS += $(EXPLAIN_TESTS)

# What the dashboard finds in the history.
CHANGE_TEST := $(O)/tests/unit/change_point

$(CHANGE_TEST).o: EXTRA_CFLAGS += -Itools/lib
$(CHANGE_TEST): $(CHANGE_TEST).o $(addprefix $(O)/tools/lib/,change_point.o rank_table.o) $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka libzstd jansson) -lm

UNIT_TESTS += $(CHANGE_TEST)

# The runs of sevtrace bench, and what it sees of a host.
BENCH_OBJS := $(O)/tools/sevtrace/bench_drive.o $(addprefix $(O)/tools/lib/,conditions.o monotonic.o system.o text.o)
BENCH_TEST := $(O)/tests/unit/bench

$(BENCH_TEST).o: EXTRA_CFLAGS += -Itools/lib -Itools/sevtrace
$(BENCH_TEST): $(BENCH_TEST).o $(BENCH_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka jansson zlib)

UNIT_TESTS += $(BENCH_TEST)

DOCTOR_OBJS := $(addprefix $(O)/tools/lib/,doctor.o doctor_facts.o doctor_host.o doctor_kvm.o doctor_record.o misc_cgroup.o system.o)
DOCTOR_TEST := $(O)/tests/unit/doctor

$(DOCTOR_TEST).o: EXTRA_CFLAGS += -Itools/lib
$(DOCTOR_TEST): $(DOCTOR_TEST).o $(DOCTOR_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka jansson zlib)

UNIT_TESTS += $(DOCTOR_TEST)

# Writes made-up launches for tests/golden/ and tests/fuzz/.
$(O)/make_trace: $(O)/tests/golden/make_trace.o $(O)/tests/unit/scenario.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libzstd jansson) -lm

ALL += $(O)/make_trace

# Writes made-up histories for tests/dashboard.sh.
$(O)/tests/golden/make_history.o: EXTRA_CFLAGS += -Itools/lib -Itests/unit -DSEVTRACE_VERSION='"$(VERSION)"'
$(O)/make_history: $(O)/tests/golden/make_history.o $(O)/tests/unit/scenario.o $(HISTORY_OBJS) $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libzstd jansson sqlite3) -lm

ALL += $(O)/make_history

# libFuzzer comes with clang only, so this has its objects and flags apart.
FUZZ_SRCS := tests/fuzz/reader_fuzz.c tests/fuzz/export_check.c $(READER_SRCS)
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
$(O)/reader_fuzz: $(FUZZ_SRCS) $(wildcard tests/fuzz/*.h tools/lib/*.h include/sevtrace/*.h)
	$(call msg,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -Iinclude -Itools/lib -o $@ $(FUZZ_SRCS) \
		$(shell $(PKG_CONFIG) --libs libzstd jansson) -lm

# make fuzz       fuzz the trace file reader for an hour, or SECONDS_TO_FUZZ=N
fuzz:
	$(Q)SECONDS_TO_FUZZ=$(or $(SECONDS_TO_FUZZ),3600) CORPUS=$(O)/fuzz-corpus tests/fuzz/reader.sh

.PHONY: fuzz
