# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of what reads: each a cmocka program of its own.

READER_TESTS := $(addprefix $(O)/tests/unit/,hist tracefile model failure render)

$(READER_TESTS:%=%.o) $(O)/tests/unit/scenario.o $(O)/tests/golden/make_trace.o: EXTRA_CFLAGS += \
	-Itools/lib -Itests/unit -DSEVTRACE_VERSION='"$(VERSION)"'

$(READER_TESTS): %: %.o $(O)/tests/unit/scenario.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs cmocka jansson)

UNIT_TESTS += $(READER_TESTS)

# Writes made-up launches for tests/golden/ and tests/fuzz/.
$(O)/make_trace: $(O)/tests/golden/make_trace.o $(O)/tests/unit/scenario.o $(READER_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs jansson)

ALL += $(O)/make_trace
