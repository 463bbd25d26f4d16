// SPDX-License-Identifier: GPL-2.0-only
/* Prints one failure as a block for a person on call. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "explain/explain.h"
#include "report/internal.h"
#include "sev/names.h"

#define LINE_LEN 512

static const char *errno_text(int ret, char buf[TEXT_LEN])
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
		fputs("0, pages left,", style->out);
	else
		fputs(errno_text(f->ret, buf), style->out);
	if (f->ts > l->first_ts)
		fprintf(style->out, " after %s", text_time(style, f->ts - l->first_ts, buf));
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

static void print_firmware(const struct model_failure *f, const struct text_style *style)
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
	text_labelled(style, "firmware", line);
}

static void print_stack(struct model *m, const struct text_style *style, const char *label,
			uint32_t pid, const __u64 *addresses)
{
	char line[SEVTRACE_STACK_DEPTH * 64] = "";
	size_t used = 0;

	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH && addresses[i]; i++) {
		const char *name = model_symbol_name(m, pid, addresses[i]);
		char clean[64];

		if (name)
			text_clean(clean, sizeof(clean), name);
		else
			snprintf(clean, sizeof(clean), "0x%" PRIx64, (uint64_t)addresses[i]);
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i ? " < " : "",
					 clean);
		if (used >= sizeof(line))
			break;
	}
	if (*line)
		text_labelled(style, label, line);
}

static void print_why(const struct model_failure *f, const struct text_style *style)
{
	struct explanation why = explain_failure(f);
	char cause[LINE_LEN];

	snprintf(cause, sizeof(cause), "%s%s%s%s", why.cause ? why.cause : "not known to sevtrace",
		 why.sure == SURE ? "" : " (", why.sure == SURE ? "" : certainty_name(why.sure),
		 why.sure == SURE ? "" : ")");
	text_labelled(style, "why", cause);
	if (why.hint)
		text_labelled(style, "do", why.hint);
}

static int print_host_failure(void *ctx, const struct model_failure *f, uint64_t count)
{
	const struct text_style *style = ctx;
	char name[NAME_LEN], buf[TEXT_LEN];

	fprintf(style->out, "\n  %sFAILED%s  %s", text_on(style, TEXT_RED), text_off(style),
		name_or_hex(psp_command_name(f->psp.cmd), f->psp.cmd, name));
	if (count > 1)
		fprintf(style->out, ", %s times", text_count(count, buf));
	fputc('\n', style->out);
	print_firmware(f, style);
	print_why(f, style);
	return 0;
}

void render_host_failures(const struct model_launch *outside, const struct text_style *style)
{
	struct text_style copy = *style;

	explain_host_failures(outside, print_host_failure, &copy);
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
	print_firmware(f, style);
	print_why(f, style);
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
		print_stack(m, style, "kernel", 0, frames);
		print_stack(m, style, "VMM", f->stack.pid, f->stack.user);
	}
}
