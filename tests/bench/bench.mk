# SPDX-License-Identifier: GPL-2.0-only
#
# Programs of the benchmarks, see docs/benchmarks.md.

$(O)/tests/bench/repeat_trace.o: EXTRA_CFLAGS += -Itools/lib

$(O)/tests/bench/repeat_trace: $(O)/tests/bench/repeat_trace.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libzstd jansson) -lm

ALL += $(O)/tests/bench/repeat_trace

$(O)/tests/bench/recorder.o: $(O)/bpf/event_cost.skel.h
$(O)/tests/bench/recorder.o: EXTRA_CFLAGS += -Itools/lib -I$(O)/bpf

$(O)/tests/bench/recorder: $(O)/tests/bench/recorder.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libbpf libzstd jansson) -lm

ALL += $(O)/tests/bench/recorder

# make bench      the benchmarks of docs/benchmarks.md, or those in ROWS='event report ...'
bench: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)O=$(O) tests/bench/bench.py $(ROWS)

.PHONY: bench
