// SPDX-License-Identifier: GPL-2.0-only
/* Prints one failure as a block for a person on call. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "explain/explain.h"
#include "report/internal.h"
#include "sev/lacks.h"
#include "sev/names.h"

#define LINE_LEN 1024

const char *errno_text(int ret, char buf[TEXT_LEN])
{
	const char *name = errno_name(ret);

	if (name && *name)
		snprintf(buf, TEXT_LEN, "%d (%s)", ret, name);
	else
		snprintf(buf, TEXT_LEN, "%d", ret);
	return buf;
}

static void print_title(const struct model_launch *l, const struct model_failure *f,
			const struct text_style *style)
{
	char name[NAME_LEN];
	char buf[TEXT_LEN];
	const char *title = f->recovered ? "recovered" : "FAILED";

	if (f->swallowed)
		title = "STOPPED SHORT";
	else if (l->finished && f->ts > l->finish_ts)
		title = "FAILED LATER";
	fprintf(style->out, "  %s%s%s  %s returned ",
		text_on(style, f->recovered ? TEXT_YELLOW : TEXT_RED), title, text_off(style),
		name_or_hex(ioctl_name(f->ioctl), f->ioctl, name));
	if (f->swallowed)
		fputs("0, pages left", style->out);
	else
		fputs(errno_text(f->ret, buf), style->out);
	if (f->ts > l->first_ts)
		fprintf(style->out, " at +%s", text_time(style, f->ts - l->first_ts, buf));
	fputc('\n', style->out);
}

/* Appends to a line, and cuts what does not fit. */
__attribute__((format(printf, 2, 3))) static void add(char line[LINE_LEN], const char *format, ...)
{
	size_t used = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + used, LINE_LEN - used, format, args);
	va_end(args);
}

static void print_where(const struct model_failure *f, const struct text_style *style)
{
	const struct sevtrace_rec_range_start *r = &f->range;
	const char *text = f->has_step ? step_text(f->step) : NULL;
	char line[LINE_LEN] = "";
	char name[NAME_LEN];
	char buf[TEXT_LEN];

	if (f->has_step)
		add(line, "step %s", name_or_hex(step_name(f->step), f->step, name));
	if (text)
		add(line, " (%s)", text);
	if (f->inner_ret)
		add(line, "%s%s", *line ? ": " : "stopped with ", errno_text(f->inner_ret, buf));
	if (f->inferred)
		add(line, " (inferred)");
	if (*line)
		text_labelled(style, "where", line);

	*line = '\0';
	if (f->gfn != SEVTRACE_NO_FRAME)
		add(line, "GFN 0x%" PRIx64, (uint64_t)f->gfn);
	if (f->pfn != SEVTRACE_NO_FRAME)
		add(line, "%sPFN 0x%" PRIx64, *line ? ", " : "", (uint64_t)f->pfn);
	if (f->has_range) {
		char total[TEXT_LEN];

		if (failure_page(f))
			add(line, "%spage %s of %s", *line ? ", " : "",
			    text_count(failure_page(f), buf), text_count(r->npages, total));
		add(line, "%s%s, %s", *line ? ", " : "",
		    name_or_hex(page_type_name(r->page_type), r->page_type, name),
		    r->private_pages ? "private" : "shared");
		if (r->slot != SEVTRACE_NO_SLOT)
			add(line, ", memory slot %d", r->slot);
	}
	if (*line)
		text_labelled(style, "page", line);
}

static bool is_of_snp(uint32_t cmd)
{
	const char *name = psp_command_name(cmd);

	return name && !strncmp(name, "SNP_", 4);
}

static void print_firmware(const struct model_failure *f, uint32_t lacks,
			   const struct text_style *style)
{
	uint32_t status = f->has_psp ? f->psp.status : f->fw_error;
	const char *text = psp_status_text(status);
	char line[LINE_LEN] = "";
	char name[NAME_LEN];

	if (f->has_psp)
		add(line, "%s: ", name_or_hex(psp_command_name(f->psp.cmd), f->psp.cmd, name));
	if (!f->psp_asked)
		add(line, "not asked");
	else if (!f->psp_answered)
		add(line, "asked, no answer");
	else
		add(line, "answered 0x%x %s%s%s", status,
		    name_or_hex(psp_status_name(status), status, name), text ? ": " : "",
		    text ? text : "");
	if (f->has_psp && f->psp.extra)
		add(line, "; additional error words 0x%08x 0x%08x", f->psp.err_lo, f->psp.err_hi);
	else if (f->has_psp && f->psp.answered && f->psp.status && is_of_snp(f->psp.cmd) &&
		 lacks & LACK_BIT(LACK_ERROR_WORDS))
		add(line, "; additional error words -");
	if (!f->psp_answered && lacks_touching(lacks, FIGURE_PSP_ASKED, 0))
		add(line, " (inferred)");
	text_labelled(style, "firmware", line);
}

static void print_stack(struct model *m, const struct model_failure *f,
			const struct text_style *style, const char *label, uint32_t pid,
			const __u64 *addresses)
{
	char line[SEVTRACE_STACK_DEPTH * 64] = "";
	size_t used = 0;

	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH && addresses[i]; i++) {
		char name[64];

		model_address_text(m, f->stack_symbols, pid, addresses[i], name, sizeof(name));
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i ? " < " : "",
					 name);
		if (used >= sizeof(line))
			break;
	}
	if (*line)
		text_labelled(style, label, line);
}

static void print_why(const struct model_failure *f, uint32_t lacks, const struct text_style *style)
{
	struct explanation why = explain_failure(f, lacks);
	uint32_t unseen = explain_unseen(f, lacks);
	char cause[LINE_LEN] = "not known to sevtrace";
	char texts[LACKS_LEN];

	if (why.cause)
		snprintf(cause, sizeof(cause), "%s", why.cause);
	if (why.sure != SURE)
		add(cause, " (%s", certainty_name(why.sure));
	if (unseen)
		add(cause, "%snot seen: %s", why.sure == SURE ? " (" : "; ",
		    lacks_write(unseen, texts, sizeof(texts)));
	if (why.sure != SURE || unseen)
		add(cause, ")");
	text_labelled(style, "why", cause);
	if (why.hint)
		text_labelled(style, "do", why.hint);
}

struct host_failures {
	const struct text_style *style;
	uint32_t lacks;
};

static int print_host_failure(void *ctx, const struct model_failure *f, uint64_t count)
{
	const struct host_failures *failures = ctx;
	const struct text_style *style = failures->style;
	char name[NAME_LEN], buf[TEXT_LEN];

	fprintf(style->out, "\n  %sFAILED%s  %s", text_on(style, TEXT_RED), text_off(style),
		name_or_hex(psp_command_name(f->psp.cmd), f->psp.cmd, name));
	if (count > 1)
		fprintf(style->out, ", %s times", text_count(count, buf));
	fputc('\n', style->out);
	print_firmware(f, failures->lacks, style);
	print_why(f, failures->lacks, style);
	return 0;
}

void render_host_failures(const struct model *m, const struct text_style *style)
{
	struct host_failures failures = { style, m->lacks };

	explain_host_failures(m->outside, print_host_failure, &failures);
}

void render_retried(const struct model_launch *l, const struct text_style *style)
{
	for (size_t i = 0; i < l->nr_failures; i++) {
		const struct model_failure *f = &l->failures[i];
		uint32_t status = f->has_psp ? f->psp.status : f->fw_error;
		char line[LINE_LEN] = "";
		char name[NAME_LEN];
		char buf[TEXT_LEN];

		if (!failure_retried(f))
			continue;
		add(line, "%s stopped short", name_or_hex(ioctl_name(f->ioctl), f->ioctl, name));
		if (f->gfn != SEVTRACE_NO_FRAME)
			add(line, " at GFN 0x%" PRIx64, (uint64_t)f->gfn);
		add(line, ": step %s, ", name_or_hex(step_name(f->step), f->step, name));
		add(line, "%s",
		    f->has_psp && f->psp.answered ?
			    name_or_hex(psp_status_name(status), status, name) :
			    errno_text(f->inner_ret, buf));
		add(line, "; made good %s later", text_time(style, failure_cost(f), buf));
		text_labelled(style, "retried", line);
	}
	if (l->more_recovered) {
		char buf[TEXT_LEN];

		fprintf(style->out, "  and %s more that were made good\n",
			text_count(l->more_recovered, buf));
	}
}

void render_failure(struct model *m, const struct model_launch *l, const struct model_failure *f,
		    const struct text_style *style)
{
	print_title(l, f, style);
	print_where(f, style);
	print_firmware(f, m->lacks, style);
	print_why(f, m->lacks, style);
	if (f->recovered) {
		char line[TEXT_LEN + 32];
		char buf[TEXT_LEN];

		snprintf(line, sizeof(line), "made good %s later",
			 text_time(style, failure_cost(f), buf));
		text_labelled(style, "cost", line);
	}
	if (f->has_stack) {
		__u64 frames[SEVTRACE_STACK_DEPTH];

		model_kernel_frames(m, f, frames);
		print_stack(m, f, style, "kernel", 0, frames);
		print_stack(m, f, style, "VMM", f->stack.pid, f->stack.user);
	}
}
