# SPDX-License-Identifier: GPL-2.0-only
#
# Programs of the benchmarks, see docs/benchmarks.md.

BENCH_PROGS := $(addprefix $(O)/tests/bench/,repeat_trace recorder)

$(O)/tests/bench/recorder.o: $(O)/bpf/event_cost.skel.h
$(O)/tests/bench/recorder.o: EXTRA_CFLAGS += -I$(O)/bpf

$(BENCH_PROGS): %: %.o $(LIBSEVTRACE)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LINK)

ALL += $(BENCH_PROGS)

# make bench      the benchmarks of docs/benchmarks.md, or those in ROWS='event report ...'
bench: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)O=$(O) tests/bench/bench.py $(ROWS)

.PHONY: bench
