// SPDX-License-Identifier: GPL-2.0-only
/* Prints a frame of `sevtrace top`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sev/names.h"
#include "top/launches.h"
#include "util/array.h"

#define CELL_LEN 48
#define MIN_INTERVAL 10000000 /* ns */

/* A launch with what a line about it needs. */
struct line {
	const struct model_launch *launch;
	const struct live_launch *live;
	const struct model *model;
	const struct model_op *op; /* the ioctl under way, or NULL */
	bool guest; /* the launch is over, and its guest is followed */
	uint64_t now;
};

static uint64_t elapsed(const struct line *l)
{
	uint64_t end = l->live->over && !l->guest ? l->live->over : l->now;

	return end > l->launch->first_ts ? end - l->launch->first_ts : 0;
}

static uint64_t done(const struct line *l)
{
	if (l->guest)
		return live_pages(l->launch);
	return launch_pages(l->launch, false) + launch_pages(l->launch, true);
}

/* Tells whether the guest was given memory lately. */
static bool accepts(const struct line *l)
{
	return l->guest && l->live->rate > 0;
}

static bool has_failed(const struct line *l)
{
	return !l->op && launch_result(l->launch) == MODEL_FAILED;
}

/* Returns the seconds that the current range will still take, at its rate so far; 0: not known. */
static double left(const struct line *l)
{
	const struct model_op *op = l->op;
	uint64_t start = op ? op->seen.range.h.ts : 0;
	uint64_t memory = l->launch->guest.now.memory;

	if (accepts(l) && memory > done(l))
		return (double)(memory - done(l)) * 1e9 / l->live->rate;
	if (!op || l->live->over || !op->range_open || !op->seen.done || l->now <= start ||
	    op->seen.range.npages <= op->seen.done)
		return 0;
	return (double)(l->now - start) / (double)op->seen.done *
	       (double)(op->seen.range.npages - op->seen.done);
}

/* Returns the last failure that was not made good. */
static const struct model_failure *failure(const struct line *l)
{
	for (size_t i = l->launch->nr_failures; i > 0; i--)
		if (!l->launch->failures[i - 1].recovered)
			return &l->launch->failures[i - 1];
	return NULL;
}

_Static_assert(CELL_LEN >= LAUNCH_VMM_LEN, "a cell holds the name of a VMM");

/* "qemu[57]", or "the host" */
static const char *holder(const struct model *m, uint32_t launch, char buf[CELL_LEN])
{
	size_t at = model_position(m, launch);

	if (!launch)
		return "the host";
	if (at < m->nr_launches)
		return launch_vmm(m->launches[at], buf);
	snprintf(buf, CELL_LEN, "launch %u", launch);
	return buf;
}

static void pid_cell(const struct line *l, const struct text_style *style, char *buf)
{
	(void)style;
	snprintf(buf, CELL_LEN, "%u", l->launch->pid);
}

static void name_cell(const struct line *l, const struct text_style *style, char *buf)
{
	const char *name = launch_name(l->launch);

	(void)style;
	if (!name)
		name = *l->launch->comm ? l->launch->comm : "?";
	text_clean(buf, CELL_LEN, name);
}

static void type_cell(const struct line *l, const struct text_style *style, char *buf)
{
	char name[NAME_LEN];

	(void)style;
	snprintf(buf, CELL_LEN, "%s",
		 name_or_hex(vm_type_name(l->launch->vm_type), l->launch->vm_type, name));
}

static void asid_cell(const struct line *l, const struct text_style *style, char *buf)
{
	(void)style;
	snprintf(buf, CELL_LEN, l->launch->asid ? "%u" : "-", l->launch->asid);
}

static void elapsed_cell(const struct line *l, const struct text_style *style, char *buf)
{
	char text[TEXT_LEN];

	snprintf(buf, CELL_LEN, "%s", text_time(style, elapsed(l), text));
}

static void ioctl_cell(const struct line *l, const struct text_style *style, char *buf)
{
	static const char prefix[] = "KVM_SEV_";
	const struct model_failure *f = has_failed(l) ? failure(l) : NULL;
	const char *name;
	char hex[NAME_LEN];
	uint32_t ioctl;

	(void)style;
	snprintf(buf, CELL_LEN, "%s", l->guest ? "the guest" : "-");
	if (l->guest || (!l->op && !f))
		return;
	ioctl = f ? f->ioctl : l->op->seen.ioctl;
	name = name_or_hex(ioctl_name(ioctl), ioctl, hex);
	if (!strncmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	snprintf(buf, CELL_LEN, "%s", name);
}

/* Writes what the guest does: it is a VMM that waits, a guest that hangs or one that gets on. */
static void guest_step(const struct line *l, char *buf)
{
	if (!l->launch->run_ts)
		snprintf(buf, CELL_LEN, "not run yet");
	else if (accepts(l))
		snprintf(buf, CELL_LEN, "accepts");
	else if (l->live->guest_cpus >= 0.005)
		snprintf(buf, CELL_LEN, "runs %.2f", l->live->guest_cpus);
	else
		snprintf(buf, CELL_LEN, "idle");
}

/* Writes the step under way; if the launch failed, the status of the PSP or the errno instead. */
static void step_cell(const struct line *l, const struct text_style *style, char *buf)
{
	const struct model_failure *f = has_failed(l) ? failure(l) : NULL;
	const char *name = NULL;
	char hex[NAME_LEN];

	(void)style;
	if (l->guest) {
		guest_step(l, buf);
		return;
	}
	if (f && f->psp_asked && f->psp_answered && f->has_psp && f->psp.status)
		name = name_or_hex(psp_status_name(f->psp.status), f->psp.status, hex);
	else if (f)
		name = errno_name(f->inner_ret ? f->inner_ret : f->ret);
	else if (l->op)
		name = step_name(launch_step_under_way(l->launch, l->op));
	snprintf(buf, CELL_LEN, "%s", name && *name ? name : "-");
}

static void done_cell(const struct line *l, const struct text_style *style, char *buf)
{
	char text[TEXT_LEN];

	(void)style;
	snprintf(buf, CELL_LEN, "%s", text_count(done(l), text));
}

static void of_cell(const struct line *l, const struct text_style *style, char *buf)
{
	char text[TEXT_LEN];

	(void)style;
	snprintf(buf, CELL_LEN, "%s",
		 text_count(l->guest && l->launch->guest.now.memory ? l->launch->guest.now.memory :
								      launch_pages_begun(l->launch),
			    text));
}

static void rate_cell(const struct line *l, const struct text_style *style, char *buf)
{
	char text[TEXT_LEN];

	(void)style;
	snprintf(buf, CELL_LEN, "%s",
		 l->live->over && !l->guest ? "-" :
					      text_count((uint64_t)(l->live->rate + 0.5), text));
}

static void left_cell(const struct line *l, const struct text_style *style, char *buf)
{
	char text[TEXT_LEN];

	if ((has_failed(l) || l->live->over) && !l->guest)
		snprintf(buf, CELL_LEN, "%s", result_name(launch_result(l->launch)));
	else
		snprintf(buf, CELL_LEN, "%s",
			 left(l) > 0 ? text_time(style, (uint64_t)left(l), text) : "-");
}

static uint64_t waited(const struct model_launch *l)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < l->nr_psp; i++)
		ns += series_hist(&l->psp[i].wait)->sum;
	return ns;
}

static void wait_cell(const struct line *l, const struct text_style *style, char *buf)
{
	uint64_t ns = waited(l->launch);
	char text[TEXT_LEN];

	snprintf(buf, CELL_LEN, "%s", ns ? text_time(style, ns, text) : "-");
}

/* Writes who held the PSP longest meanwhile. */
static void for_cell(const struct line *l, const struct text_style *style, char *buf)
{
	const struct model_launch *launch = l->launch;
	const struct times_wait *most = NULL;
	const char *name;

	(void)style;
	for (size_t i = 0; i < launch->nr_waits; i++)
		if (!most || launch->waits[i].ns > most->ns)
			most = &launch->waits[i];
	name = most ? holder(l->model, most->launch, buf) : "-";
	if (name != buf)
		snprintf(buf, CELL_LEN, "%s", name);
}

static double by_wait(const struct line *l)
{
	return (double)waited(l->launch);
}

static double by_start(const struct line *l)
{
	return -(double)l->launch->number;
}

static double by_pid(const struct line *l)
{
	return -(double)l->launch->pid;
}

static double by_elapsed(const struct line *l)
{
	return (double)elapsed(l);
}

static double by_done(const struct line *l)
{
	return (double)done(l);
}

static double by_rate(const struct line *l)
{
	return l->live->rate;
}

/* keep: on a narrow screen, columns with the lowest values are left out first. */
static const struct column {
	const char *head;
	int width; /* negative: right-aligned */
	int keep;
	void (*cell)(const struct line *l, const struct text_style *style, char *buf);
	double (*key)(const struct line *l); /* sorts, highest first; NULL: no sorting */
} columns[] = {
	{ "PID", -8, 10, pid_cell, by_pid },
	{ "NAME", 16, 5, name_cell, NULL },
	{ "TYPE", 7, 3, type_cell, NULL },
	{ "ASID", -5, 2, asid_cell, NULL },
	{ "ELAPSED", -9, 8, elapsed_cell, by_elapsed },
	{ "IOCTL", 18, 6, ioctl_cell, NULL },
	{ "STEP", 12, 7, step_cell, NULL },
	{ "DONE", -10, 10, done_cell, by_done },
	{ "OF", -10, 9, of_cell, NULL },
	{ "PAGES/S", -9, 4, rate_cell, by_rate },
	{ "PSP WAIT", -10, 2, wait_cell, by_wait },
	{ "FOR", 18, 1, for_cell, NULL },
	{ "LEFT", -11, 10, left_cell, left },
};

#define NR_COLUMNS (ARRAY_SIZE(columns))

/* Returns the sort-th key: 0 sorts by start, higher ones by the columns that have a key. */
static double (*sort_key(size_t sort, const char **head))(const struct line *)
{
	*head = NULL;
	for (size_t i = 0; sort && i < NR_COLUMNS; i++) {
		if (!columns[i].key || --sort)
			continue;
		*head = columns[i].head;
		return columns[i].key;
	}
	return by_start;
}

size_t live_sort_columns(void)
{
	size_t n = 1;

	for (size_t i = 0; i < NR_COLUMNS; i++)
		n += columns[i].key != NULL;
	return n;
}

/* Returns the columns that fit, as bits. A left-aligned column needs a space before it, too. */
static uint32_t choose_columns(int width)
{
	uint32_t chosen = (1U << NR_COLUMNS) - 1;

	for (int keep = 0;; keep++) {
		int taken = 0;

		for (size_t i = 0; i < NR_COLUMNS; i++) {
			if (columns[i].keep <= keep)
				chosen &= ~(1U << i);
			if (chosen & 1U << i)
				taken += abs(columns[i].width) + (columns[i].width > 0);
		}
		if (taken <= width)
			return chosen;
	}
}

/* Prints a cell cut to its column; one column is always left as a space before or after it. */
static void print_cell(const struct column *column, char *text, const struct text_style *style)
{
	int room = abs(column->width) - 1, columns_used = 0;
	char *s = text;

	for (; *s; s++) {
		columns_used += ((unsigned char)*s & 0xc0) != 0x80;
		if (columns_used > room)
			break;
	}
	*s = '\0';
	if (column->width > 0)
		fputc(' ', style->out);
	text_cell(style, text, column->width);
}

static void print_launch(const struct line *line, uint32_t chosen, const struct text_style *style)
{
	char buf[CELL_LEN];
	enum text_color color = TEXT_PLAIN;

	if (has_failed(line))
		color = TEXT_RED;
	else if (line->live->over && !line->guest)
		color = TEXT_DIM;
	fputs(text_on(style, color), style->out);
	for (size_t i = 0; i < NR_COLUMNS; i++) {
		if (!(chosen & 1U << i))
			continue;
		columns[i].cell(line, style, buf);
		print_cell(&columns[i], buf, style);
	}
	fprintf(style->out, "%s\n", text_off(style));
}

static void print_columns(uint32_t chosen, const char *sorted, const struct text_style *style)
{
	char buf[CELL_LEN];

	fputs(text_on(style, TEXT_BOLD), style->out);
	for (size_t i = 0; i < NR_COLUMNS; i++) {
		if (!(chosen & 1U << i))
			continue;
		snprintf(buf, sizeof(buf), "%s%s", columns[i].head,
			 columns[i].head == sorted ? "*" : "");
		print_cell(&columns[i], buf, style);
	}
	fprintf(style->out, "%s\n", text_off(style));
}

/* Returns a rate; 0 if the interval is too short, as before the first frame. */
static double per_second(const struct live *live, uint64_t now, uint64_t before)
{
	if (live->interval < MIN_INTERVAL || now < before)
		return 0;
	return (double)(now - before) * 1e9 / (double)live->interval;
}

static void print_psp(const struct live *live, const struct text_style *style)
{
	const struct live_kernel *k = &live->kernel, *b = &live->before;
	double busy = per_second(live, k->busy_ns, b->busy_ns) / 1e7;
	char buf[TEXT_LEN], name[NAME_LEN], whose[CELL_LEN];

	fprintf(style->out, "PSP %.1f%% busy, %s commands/s, %s%u waiting%s",
		busy > 100 ? 100 : busy,
		text_count((uint64_t)(per_second(live, k->commands, b->commands) + 0.5), buf),
		text_on(style, k->waiting ? TEXT_YELLOW : TEXT_PLAIN), k->waiting, text_off(style));
	if (k->cmd_ns)
		fprintf(style->out, ", in %s of %s for %s",
			name_or_hex(psp_command_name(k->cmd), k->cmd, name),
			holder(&live->model, k->launch, whose), text_time(style, k->cmd_ns, buf));
	fputc('\n', style->out);
}

/* Prints as many errors as fit the line. */
static void print_errors(const struct live *live, const struct text_style *style)
{
	int room = style->width - (int)strlen("PSP errors:") - (int)strlen(", ...");
	const char *before = " ";
	char text[CELL_LEN + TEXT_LEN], buf[TEXT_LEN], name[NAME_LEN];

	fputs("PSP errors:", style->out);
	for (size_t i = 0; i < live->nr_errors + 2; i++) {
		uint64_t count = i == 0 ? live->not_asked :
				 i == 1 ? live->not_answered :
					  live->errors[i - 2].count;
		uint32_t status = i < 2 ? 0 : live->errors[i - 2].status;

		if (!count)
			continue;
		snprintf(text, sizeof(text), "%s%s %s", before,
			 i == 0 ? "not asked" :
			 i == 1 ? "not answered" :
				  name_or_hex(psp_status_name(status), status, name),
			 text_count(count, buf));
		room -= text_columns(text);
		if (room < 0) {
			fputs(", ...", style->out);
			break;
		}
		fprintf(style->out, "%s%s%s", text_on(style, TEXT_RED), text, text_off(style));
		before = ", ";
	}
	fputs(*before == ',' ? "\n" : " none\n", style->out);
}

static void print_header(const struct live *live, const struct live_view *view,
			 const struct text_style *style)
{
	char buf[TEXT_LEN];
	uint64_t running = 0;

	for (size_t i = 0; i < live->nr_launches; i++)
		running += !live->launches[i].over;
	fprintf(style->out, "%ssevtrace top%s  %.1f s%s: %s running", text_on(style, TEXT_BOLD),
		text_off(style), (double)(live->refreshed - live->started) / 1e9,
		view->paused ? ", paused" : "", text_count(running, buf));
	for (enum model_result i = MODEL_OK; i <= MODEL_INCOMPLETE; i++)
		fprintf(style->out, ", %s%s %s%s",
			text_on(style,
				i == MODEL_FAILED && live->results[i] ? TEXT_RED : TEXT_PLAIN),
			text_count(live->results[i], buf), result_name(i), text_off(style));
	fputc('\n', style->out);
	print_psp(live, style);
	print_errors(live, style);
	fprintf(style->out, "%s events/s",
		text_count((uint64_t)(per_second(live, live->kernel.emitted, live->before.emitted) +
				      0.5),
			   buf));
	fprintf(style->out, ", %s%s dropped%s\n",
		text_on(style, live->kernel.dropped ? TEXT_RED : TEXT_PLAIN),
		text_count(live->kernel.dropped, buf), text_off(style));
}

#define HEAD_LINES 6

/* A line with its key: sorting has to look at nothing else. */
struct sorted {
	struct line line;
	double key;
};

static int compare_lines(const void *a, const void *b)
{
	const struct sorted *l = a, *r = b;

	if (l->key != r->key)
		return l->key > r->key ? -1 : 1;
	return l->line.launch->number < r->line.launch->number ? -1 : 1;
}

static const struct model_op *op_of(const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_ops; i++)
		if (l->ops[i].entered)
			return &l->ops[i];
	return NULL;
}

void render_live(const struct live *live, const struct live_view *view,
		 const struct text_style *style)
{
	size_t room = view->lines > HEAD_LINES ? (size_t)view->lines - HEAD_LINES : 1;
	struct sorted *lines = calloc(live->nr_launches + 1, sizeof(*lines));
	uint32_t chosen = choose_columns(style->width);
	const char *head;
	double (*key)(const struct line *) = sort_key(view->sort, &head);

	print_header(live, view, style);
	fputc('\n', style->out);
	print_columns(chosen, head, style);
	if (!lines)
		return;
	for (size_t i = 0; i < live->nr_launches; i++) {
		const struct model_launch *l = live->model.launches[i];

		lines[i].line = (struct line){ .launch = l,
					       .live = &live->launches[i],
					       .model = &live->model,
					       .op = op_of(l),
					       .guest = live_guest(live, l, &live->launches[i]),
					       .now = live->refreshed };
		lines[i].key = key(&lines[i].line);
	}
	qsort(lines, live->nr_launches, sizeof(*lines), compare_lines);
	if (!view->lines || live->nr_launches <= room)
		room = live->nr_launches;
	else
		room--;
	for (size_t i = 0; i < room; i++)
		print_launch(&lines[i].line, chosen, style);
	if (room < live->nr_launches)
		fprintf(style->out, "  and %zu more\n", live->nr_launches - room);
	free(lines);
}
