// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the tool's tables as Python code, so that perf's script uses the rows that the C headers
 * define. Runs while sevtrace is built.
 */
#include <stdio.h>
#include <stdlib.h>

#include <linux/types.h>

#include <sevtrace/hist.h>
#include <sevtrace/kvm_sev.h>
#include <sevtrace/pairing.h>
#include <sevtrace/psp.h>

#include "explain/causes.h"
#include "model/model.h"
#include "sev/names.h"
#include "util/array.h"

#define LAST_ERRNO 1024

static void text(const char *s)
{
	if (!s) {
		fputs("None", stdout);
		return;
	}
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static void pair(unsigned int number, const char *name)
{
	printf("    0x%x: ", number);
	text(name);
	puts(",");
}

static void named(unsigned int number, const char *name, const char *meaning)
{
	printf("    0x%x: (", number);
	text(name);
	fputs(", ", stdout);
	text(meaning);
	puts("),");
}

/* Prints a column of a row; None where the column matches anything. */
static void column(long long value, long long any)
{
	if (value == any)
		fputs("None, ", stdout);
	else
		printf("%lld, ", value);
}

static void explained(const struct explanation *why, const char *end)
{
	text(why->cause);
	fputs(", ", stdout);
	text(why->hint);
	fputs(", ", stdout);
	text(certainty_name(why->sure));
	printf(")%s\n", end);
}

static void print_names(void)
{
#define NAME(number, name) pair(number, #name);
#define SECOND(number, id, name) pair(number, name);
#define STEP(number, id, name, meaning) pair(number, name);
#define STEP_TEXT(number, id, name, meaning) pair(number, meaning);
#define KERNEL_STEP(number, id) printf("    %d: %d,\n", (number), SEVTRACE_STEP_##id);
#define PSP_NAME(number, name, meaning) pair(number, #name);
#define PSP_STATUS(number, name, meaning) named(number, #name, meaning);
#define VM_TYPE_TEXT(number, id, name) pair(number, vm_type_text(number));
#define INIT(name, type) printf("    %d: %d,\n", SEVTRACE_##name, SEVTRACE_VM_##type);
#define IOCTL(name) printf("%d, ", SEVTRACE_##name);
#define COMMAND(name) printf("%d, ", SEVTRACE_CMD_##name);
#define LISTED(name, LIST, ITEM)    \
	fputs(name " = (", stdout); \
	LIST(ITEM)                  \
	puts(")");
#define TABLE(name, LIST, ROW) \
	puts(name " = {");     \
	LIST(ROW)              \
	puts("}");

	/* clang-format off */
	TABLE("IOCTLS", SEVTRACE_IOCTLS, NAME)
	TABLE("STEPS", SEVTRACE_STEPS, STEP)
	TABLE("STEP_TEXTS", SEVTRACE_STEPS, STEP_TEXT)
	TABLE("KERNEL_SEV_STEPS", SEVTRACE_KERNEL_SEV_STEPS, KERNEL_STEP)
	TABLE("KERNEL_POPULATE_STEPS", SEVTRACE_KERNEL_POPULATE_STEPS, KERNEL_STEP)
	TABLE("VM_TYPES", SEVTRACE_VM_TYPES, SECOND)
	TABLE("PAGE_TYPES", SEVTRACE_PAGE_TYPES, STEP)
	TABLE("PSP_COMMANDS", SEVTRACE_PSP_COMMANDS, PSP_NAME)
	TABLE("PSP_STATUSES", SEVTRACE_PSP_STATUSES, PSP_STATUS)
	TABLE("VM_TYPE_TEXTS", SEVTRACE_VM_TYPES, VM_TYPE_TEXT)
	TABLE("INITS", SEVTRACE_INITS, INIT)
	LISTED("FINISHES", SEVTRACE_FINISHES, IOCTL)
	LISTED("LENGTH_QUERIES", SEVTRACE_LENGTH_QUERIES, IOCTL)
	LISTED("CLEANUPS", SEVTRACE_PSP_CLEANUPS, COMMAND)
	/* clang-format on */
	puts("ERRNOS = {");
	for (int error = 1; error <= LAST_ERRNO; error++)
		if (errno_name(error))
			pair((unsigned int)error, errno_name(error));
	puts("}");
}

static void print_numbers(void)
{
	printf("NO_IOCTL = 0x%x\nNO_FRAME = 0x%llx\nNO_SLOT = %d\n", SEVTRACE_NO_IOCTL,
	       SEVTRACE_NO_FRAME, SEVTRACE_NO_SLOT);
	printf("STACK_DEPTH = %d\nSTEP_NONE = %d\n", SEVTRACE_STACK_DEPTH, SEVTRACE_STEP_NONE);
	printf("PSP_INVALID_LEN = %d\nPSP_DEPTHS = %d\n", SEVTRACE_PSP_INVALID_LEN, PSP_DEPTHS);
	printf("MAX_FAILURES = %d\nPHASE_COUNT = %d\n", MODEL_MAX_FAILURES, SEVTRACE_PHASE_COUNT);
#define PHASE(number, id, name) printf("PHASE_%s = %d\n", #id, number);
	SEVTRACE_PHASES(PHASE)
	printf("HIST_UNIT_BITS = %d\nHIST_SUB_BITS = %d\nHIST_MAX_BITS = %d\nHIST_BUCKETS = %d\n",
	       SEVTRACE_HIST_UNIT_BITS, SEVTRACE_HIST_SUB_BITS, SEVTRACE_HIST_MAX_BITS,
	       SEVTRACE_HIST_BUCKETS);
	puts("IOCTL_NUMBERS = {name: number for number, name in IOCTLS.items()}\n"
	     "STEP_NUMBERS = {name: number for number, name in STEPS.items()}");
}

static void print_causes(void)
{
	puts("# status, ioctl, page type (None: any), cause, hint, how sure");
	puts("STATUS_CAUSES = (");
	for (size_t i = 0; i < ARRAY_SIZE(status_rows); i++) {
		printf("    (%u, ", status_rows[i].status);
		column(status_rows[i].ioctl, ANY_IOCTL);
		column(status_rows[i].page_type, ANY);
		explained(&status_rows[i].text, ",");
	}
	puts(")\n# errno, ioctl, step (None: any), cause, hint, how sure\nERRNO_CAUSES = (");
	for (size_t i = 0; i < ARRAY_SIZE(errno_rows); i++) {
		fputs("    (", stdout);
		column(errno_rows[i].error, ANY);
		column(errno_rows[i].ioctl, ANY_IOCTL);
		column(errno_rows[i].step, ANY);
		explained(&errno_rows[i].text, ",");
	}
	puts(")");
	fputs("NO_ANSWER = (", stdout);
	explained(&no_answer, "");
	fputs("ABANDONED = (", stdout);
	explained(&abandoned, "");
	fputs("UNKNOWN_STATUS = (", stdout);
	explained(&unknown_status, "");
	fputs("UNKNOWN_COMMAND = (", stdout);
	explained(&unknown_command, "");
	fputs("GIVEN_UP = (", stdout);
	explained(&given_up, "");
	fputs("NOT_PREPARED = (", stdout);
	explained(&not_prepared, "");
	fputs("FAILED_AFTER = (", stdout);
	explained(&failed_after, "");
}

int main(void)
{
	print_names();
	print_numbers();
	print_causes();
	return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
