# SPDX-License-Identifier: GPL-2.0-only
#
# Programs of the benchmarks, see docs/benchmarks.md.

$(O)/tests/bench/repeat_trace.o: EXTRA_CFLAGS += -Itools/lib

$(O)/tests/bench/repeat_trace: $(O)/tests/bench/repeat_trace.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libzstd jansson)

ALL += $(O)/tests/bench/repeat_trace
