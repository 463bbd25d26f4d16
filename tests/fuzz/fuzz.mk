# SPDX-License-Identifier: GPL-2.0-only
#
# The fuzzers. libFuzzer comes with clang only, so they have objects and flags of their own.

FUZZ_FLAGS := -std=c11 -Wall -Werror -D_GNU_SOURCE -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-Iinclude -Itools/lib -DSEVTRACE_VERSION='"$(VERSION)"' -I$(O)/bpf -I$(O)/tools/lib/sev -MMD -MP
FUZZERS := $(patsubst tests/fuzz/%.c,$(O)/%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_LIB := $(O)/fuzz/libsevtrace.a
FUZZ_SHARED := $(patsubst %.c,$(O)/fuzz/%.o,$(filter-out %_fuzz.c,$(wildcard tests/fuzz/*.c)))

$(O)/fuzz/%.o: %.c
	$(call msg,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ_LIB): $(LIB_SRCS:%.c=$(O)/fuzz/%.o)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(LIB_SRCS:%.c=$(O)/fuzz/%.o): $(BPF_SKEL) $(CALL_NAMES)

# What the PSP emulator reads is not the library's.
$(O)/fault_fuzz: $(patsubst %,$(O)/fuzz/$(PSP_DIR)/%.o,faultfile spec names)

$(FUZZERS): $(O)/%: $(O)/fuzz/tests/fuzz/%.o $(FUZZ_SHARED) $(FUZZ_LIB)
	$(call msg,LD,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(TOOL_LINK)

# make fuzz       fuzz all that reads files, SECONDS_TO_FUZZ=N (an hour) together
FUZZ_TESTS := $(wildcard tests/fuzz/*.sh)
fuzz:
	$(Q)for test in $(FUZZ_TESTS); do \
		SECONDS_TO_FUZZ=$$(($(or $(SECONDS_TO_FUZZ),3600) / $(words $(FUZZ_TESTS)))) \
			CORPUS=$(O)/fuzz-corpus/$$(basename $$test .sh) $$test || exit; done

fuzzers: $(FUZZERS)

.PHONY: fuzz fuzzers
