# SPDX-License-Identifier: GPL-2.0-only
#
# BPF programs: one object an event source, linked into one, and the skeleton the collector embeds.

BPF_OBJS := $(patsubst %.bpf.c,$(O)/%.bpf.o,$(sort $(wildcard bpf/*.bpf.c)))
BPF_SKEL := $(O)/bpf/sevtrace.skel.h

# linux/types.h is all that is used of the host's headers; bpf has no asm/ of its own.
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter \
	-Wno-missing-declarations -Iinclude -idirafter /usr/include/$(shell $(CC) -dumpmachine) -MMD -MP

$(O)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(O)/bpf/sevtrace.bpf.o: $(BPF_OBJS)
	$(call msg,GENBPF,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

# Generated code is not ours to check: clang-tidy sees a leak in it that is not there.
define skeleton
	$(call msg,SKEL,$@)
	$(Q)echo '/* NOLINTBEGIN */' >$@
	$(Q)$(BPFTOOL) gen skeleton $< name $(1) >>$@
	$(Q)echo '/* NOLINTEND */' >>$@
endef

$(BPF_SKEL): $(O)/bpf/sevtrace.bpf.o
	$(call skeleton,sevtrace_bpf)

ALL += $(BPF_SKEL)

# The collector embeds it.
$(patsubst %.c,$(O)/%.o,$(wildcard tools/lib/collector/*.c)): $(BPF_SKEL)

# What one event costs, see docs/overhead.md.
BENCH := $(O)/tests/bench/event_cost

$(O)/bpf/event_cost.skel.h: $(O)/bpf/bench/event_cost.bpf.o
	$(call skeleton,event_cost)

$(BENCH).o: $(O)/bpf/event_cost.skel.h
$(BENCH).o: EXTRA_CFLAGS += -I$(O)/bpf
$(BENCH): $(BENCH).o
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libbpf)

ALL += $(BENCH)
