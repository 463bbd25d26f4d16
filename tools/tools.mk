# SPDX-License-Identifier: GPL-2.0-only
#
# libsevtrace.a, and the command line tool that links it. A new file is found by its place.

TOOL_LIBS := libbpf libdw libelf libzstd jansson zlib sqlite3 libmicrohttpd yaml-0.1 libcrypt libpcre2-8 liblzma
# STATIC=1: without shared libraries, and without the web server, whose GnuTLS has no archive.
ifeq ($(STATIC),1)
TOOL_LIBS := $(filter-out libmicrohttpd,$(TOOL_LIBS))
TOOL_LINK = -static $(shell $(PKG_CONFIG) --static --libs $(TOOL_LIBS)) -lm
STATIC_FLAGS := -DSEVTRACE_STATIC
else
TOOL_LINK = $(shell $(PKG_CONFIG) --libs $(TOOL_LIBS)) -lm
endif

LIB_SRCS := $(sort $(wildcard tools/lib/*/*.c))
LIB_OBJS := $(LIB_SRCS:%.c=$(O)/%.o) $(O)/tools/lib/html/pages.o
LIBSEVTRACE := $(O)/libsevtrace.a

TOOL_OBJS := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tools/sevtrace/*.c tools/sevtrace/*/*.c)))

$(O)/tools/%.o: EXTRA_CFLAGS += -Itools/lib -Itools/sevtrace -I$(O)/bpf \
	-DSEVTRACE_VERSION='"$(VERSION)"' $(STATIC_FLAGS)

# The pages without their data, as part of the tool.
PAGES := dashboard recording_page
PAGE_PARTS := $(foreach page,$(PAGES),$(addprefix $(O)/page/$(page)/,head.html tail.html))
PAGE_SHARED := tools/lib/html/make_page.py $(wildcard tools/lib/html/parts/* tools/lib/html/vendor/*)

define PAGE_RULE
$(addprefix $(O)/page/$(1)/,head.html tail.html) &: $(PAGE_SHARED) $(wildcard tools/lib/$(1)/page/*)
	$$(call msg,PAGE,$$(O)/page/$(1))
	$$(Q)tools/lib/html/make_page.py tools/lib/$(1) $$(O)/page/$(1)
endef
$(foreach page,$(PAGES),$(eval $(call PAGE_RULE,$(page))))

$(O)/tools/lib/html/pages.o: tools/lib/html/pages.S $(PAGE_PARTS)
	$(call msg,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -Wa,-I$(O)/page -o $@ $<

# Names of system calls and of KVM's ioctls, but for those of other processors.
CALL_NAMES := $(addprefix $(O)/tools/lib/sev/,system_calls.inc kvm_ioctls.inc)
$(O)/tools/lib/sev/system_calls.inc: tools/tools.mk
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)echo '#include <asm/unistd.h>' | $(CC) -E -dM - | \
		sed -nE 's/^#define __NR_([a-z0-9_]+) ([0-9]+)$$/[\2] = "\1",/p' | sort >$@

$(O)/tools/lib/sev/kvm_ioctls.inc: tools/tools.mk
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)echo '#include <linux/kvm.h>' | $(CC) -E -dM - | \
		grep -vE ' KVM_([A-Z]+_)?(ARM|PPC|S390|MIPS|RISCV|LOONGARCH|SPAPR|RMA|HTAB)' | \
		sed -nE 's/^#define (KVM_[A-Z0-9_]+) _IO[WR]*\(.*/{ \1, "\1" },/p' | sort >$@

$(O)/tools/lib/sev/calls.o: EXTRA_CFLAGS += -I$(O)/tools/lib/sev
$(O)/tools/lib/sev/calls.o: $(CALL_NAMES)

$(LIBSEVTRACE): $(LIB_OBJS)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/sevtrace: $(TOOL_OBJS) $(LIBSEVTRACE)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LINK)

ALL += $(O)/sevtrace

# Their loops over columns are what a vectoriser is for.
$(addprefix $(O)/tools/lib/tracefile/,pack.o unpack.o): EXTRA_CFLAGS += -O3
