# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of the tool: each C file is a cmocka program of its own, in the folder that has
# the name of the library's; what several share is beside the folders.

UNIT_SRCS := $(filter-out tests/unit/psp/% tests/unit/launcher/%,$(sort $(wildcard tests/unit/*/*.c)))
UNIT_PROGS := $(UNIT_SRCS:%.c=$(O)/%)
SCENARIO := $(addprefix $(O)/tests/unit/,scenario.o scenarios.o)

$(O)/tests/unit/%.o $(O)/tests/golden/%.o $(O)/tests/bench/%.o: EXTRA_CFLAGS += -Itools/lib -Itools/sevtrace \
	-Itests/unit -DSEVTRACE_VERSION='"$(VERSION)"'

# They look at the programs' skeleton.
$(patsubst %.c,$(O)/%.o,$(wildcard tests/unit/collector/*.c)): EXTRA_CFLAGS += -I$(O)/bpf
$(patsubst %.c,$(O)/%.o,$(wildcard tests/unit/collector/*.c)): $(BPF_SKEL)

# Objects of the command that a test is about, which are in no library.
$(O)/tests/unit/bench/drive: $(addprefix $(O)/tools/sevtrace/,bench/drive.o cli/say.o)

$(addprefix $(O)/tests/unit/stacks/,unwind user_stacks samples): $(O)/tests/unit/own_stack.o

$(UNIT_PROGS): %: %.o $(SCENARIO) $(LIBSEVTRACE)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBSEVTRACE) -lcmocka $(TOOL_LINK)

UNIT_TESTS += $(UNIT_PROGS)

# What writes made-up launches and histories, for golden outputs, fuzzing and the dashboard, and
# what lists the records of pages.
MAKERS := $(addprefix $(O)/,make_trace make_history list_pages)
$(MAKERS): $(O)/%: $(O)/tests/golden/%.o $(SCENARIO) $(LIBSEVTRACE)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LINK)

ALL += $(MAKERS)
