// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a timeline for Perfetto and chrome://tracing. This file prints each record as it is read.
 */
#include <errno.h>
#include <inttypes.h>

#include "export/chrome.h"
#include "sev/fields.h"
#include "sev/names.h"

/* A record that is printed as an event, and the thread that it is of. */
struct item {
	struct chrome *c;
	FILE *out;
	const union sevtrace_record *rec;
	uint32_t launch;
	struct chrome_thread *t;
};

static uint64_t put_record(const struct item *i, const struct chrome_event *event)
{
	uint64_t start = chrome_open(i->c, i->out, i->launch, i->t, event);

	fprintf(i->out, ",\"cpu\":%u", i->rec->h.cpu);
	record_json(i->out, record_event(i->rec->h.type), i->rec);
	chrome_close(i->out);
	return start;
}

/*
 * Prints a part, [from, to], of the event that was printed last; the caller has cut it to the
 * event.
 */
static void put_part(const struct item *i, const char *name, uint64_t from, uint64_t to)
{
	if (from < to)
		chrome_put_part(i->c, i->out, i->launch, i->t, name, from, to);
}

static void put_instant(const struct item *i, enum chrome_lane lane, const char *category,
			const char *what, const char *why)
{
	char name[2 * CHROME_NAME_LEN];
	const struct chrome_event event = { lane, 0, i->rec->h.ts, category, name };

	snprintf(name, sizeof(name), "%s: %s", what, why);
	chrome_open_instant(i->c, i->out, 't', i->launch, i->t, &event);
	chrome_close(i->out);
}

/* Marks an error: prints an instant on the lane, at the end of the event that failed. */
static void put_mark(const struct item *i, enum chrome_lane lane, const char *what, const char *why)
{
	put_instant(i, lane, "error", what, why);
}

static bool same_page(const struct chrome_page *page, const struct sevtrace_rec_step *step)
{
	return page->open && page->gfn == step->gfn && page->npages == step->npages &&
	       (page->gfn != SEVTRACE_NO_FRAME || page->pfn == step->pfn);
}

/*
 * Adds a step to the thread's page; closes that page and opens another one if the step is of
 * another.
 */
static void note_page(const struct item *i, const struct sevtrace_rec_step *step)
{
	struct chrome_page *page = &i->t->page;

	if (!same_page(page, step)) {
		chrome_close_page(i->c, i->out, i->launch, i->t);
		*page = (struct chrome_page){
			.open = true,
			.start = export_start(step->h.ts, step->duration),
			.gfn = step->gfn,
			.npages = step->npages,
			.page_type = step->page_type,
			.private_pages = step->private_pages,
		};
	}
	page->end = step->h.ts;
	page->pfn = step->pfn;
	if (step->ret < 0 && !page->ret)
		page->ret = step->ret;
}

static void put_step(const struct item *i)
{
	const struct sevtrace_rec_step *rec = &i->rec->step;
	char buf[NAME_LEN];
	const char *name = name_or_hex(step_name(rec->step), rec->step, buf);
	enum chrome_lane lane = rec->step == SEVTRACE_STEP_WRITEBACK ? LANE_CACHES : LANE_STEP;
	const struct chrome_event event = { lane, export_start(rec->h.ts, rec->duration), rec->h.ts,
					    "step", name };
	char why[NAME_LEN];

	if (rec->page_type)
		note_page(i, rec);
	put_record(i, &event);
	if (rec->ret < 0)
		put_mark(i, lane, name, export_errno(rec->ret, why));
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/*
 * Prints a command with its parts inside. The parts follow each other and end when the command
 * does.
 */
static void put_psp(const struct item *i)
{
	const struct sevtrace_rec_psp *rec = &i->rec->psp;
	uint64_t after_exec = export_start(rec->h.ts, rec->reclaim);
	uint64_t before_exec = export_start(rec->h.ts, add(rec->reclaim, rec->exec));
	uint64_t after_wait = export_start(rec->h.ts, add(add(rec->reclaim, rec->exec), rec->prep));
	enum chrome_lane lane = rec->depth ? LANE_NESTED : LANE_PSP;
	char buf[NAME_LEN];
	const char *name = name_or_hex(psp_command_name(rec->cmd), rec->cmd, buf);
	const struct chrome_event event = { lane, export_start(after_wait, rec->wait), rec->h.ts,
					    "psp", name };
	uint64_t start = put_record(i, &event);
	char status[NAME_LEN];

#define AFTER(time) ((time) > start ? (time) : start)
	if (lane == LANE_PSP) {
		put_part(i, "wait", start, AFTER(after_wait));
		put_part(i, "prepare", AFTER(after_wait), AFTER(before_exec));
		put_part(i, "execute", AFTER(before_exec), AFTER(after_exec));
		put_part(i, "take back", AFTER(after_exec), AFTER(rec->h.ts));
	}
#undef AFTER
	if (!rec->asked)
		put_mark(i, lane, name, "not asked");
	else if (!rec->answered)
		put_mark(i, lane, name, "no answer");
	else if (rec->status)
		put_mark(i, lane, name,
			 name_or_hex(psp_status_name(rec->status), rec->status, status));
}

/* Prints an update of attributes: as a step if it happens inside an ioctl, else as an ioctl. */
static void put_attr(const struct item *i)
{
	const struct sevtrace_rec_attr *rec = &i->rec->attr;
	bool step = i->t->in_ioctl;
	const char *name = step ? step_name(SEVTRACE_STEP_ATTRIBUTES) :
				  ioctl_name(SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	const struct chrome_event event = { step ? LANE_STEP : LANE_IOCTL,
					    export_start(rec->h.ts, rec->duration), rec->h.ts,
					    step ? "step" : "ioctl", name };
	char why[NAME_LEN];

	put_record(i, &event);
	if (rec->ret)
		put_mark(i, event.lane, name, export_errno(rec->ret, why));
}

/* Prints what the VMM's thread did since its last ioctl. */
static void put_meanwhile(const struct item *i)
{
	const struct sevtrace_rec_meanwhile *rec = &i->rec->meanwhile;
	const struct chrome_event event = { LANE_IOCTL, export_start(rec->h.ts, rec->duration),
					    rec->h.ts, "vmm", "outside of SEV ioctls" };

	put_record(i, &event);
}

static void put_milestone(const struct item *i)
{
	const struct sevtrace_rec_milestone *rec = &i->rec->milestone;
	char port[NAME_LEN], value[NAME_LEN];

	snprintf(port, sizeof(port), "port 0x%x", rec->port);
	snprintf(value, sizeof(value), "0x%x", rec->value);
	put_instant(i, LANE_IOCTL, "guest", port, value);
}

static void put_ioctl(const struct item *i)
{
	const struct sevtrace_rec_ioctl_exit *rec = &i->rec->ioctl_exit;
	char buf[NAME_LEN];
	const struct chrome_event event = { LANE_IOCTL, export_start(rec->h.ts, rec->duration),
					    rec->h.ts, "ioctl",
					    name_or_hex(ioctl_name(rec->ioctl), rec->ioctl, buf) };

	chrome_close_page(i->c, i->out, i->launch, i->t);
	i->t->in_ioctl = false;
	put_record(i, &event);
}

static void put_range(const struct item *i)
{
	const struct sevtrace_rec_range_end *rec = &i->rec->range_end;
	char name[CHROME_NAME_LEN];
	char type[NAME_LEN];
	const struct chrome_event event = { LANE_RANGE, export_start(rec->h.ts, rec->duration),
					    rec->h.ts, "range", name };

	snprintf(name, sizeof(name), "%s %s pages", rec->private_pages ? "private" : "shared",
		 name_or_hex(page_type_name(rec->page_type), rec->page_type, type));
	chrome_close_page(i->c, i->out, i->launch, i->t);
	put_record(i, &event);
}

static int begin(void *state, FILE *out, const struct report *report)
{
	(void)report;
	((struct chrome *)state)->threads.state_size = sizeof(struct chrome_thread);
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", out);
	return 0;
}

static int put_any(void *state, FILE *out, const struct model *m, const union sevtrace_record *rec)
{
	int err;
	struct chrome *c = state;
	struct launch_threads *l = threads_of(&c->threads, m, rec->h.launch, &err);
	uint32_t tid = rec->h.type == SEVTRACE_REC_LAUNCH_END ? CHROME_LAUNCH : rec->h.tid;
	struct chrome_thread *t = l ? thread_state(&c->threads, l, tid) : NULL;
	const struct item i = { c, out, rec, rec->h.launch, t };

	if (!t)
		return l ? -ENOMEM : err;
	switch (rec->h.type) {
	case SEVTRACE_REC_IOCTL_ENTER:
		t->in_ioctl = true;
		break;
	case SEVTRACE_REC_MEANWHILE:
		put_meanwhile(&i);
		break;
	case SEVTRACE_REC_IOCTL_EXIT:
		put_ioctl(&i);
		break;
	case SEVTRACE_REC_RANGE_END:
		put_range(&i);
		break;
	case SEVTRACE_REC_STEP:
		put_step(&i);
		break;
	case SEVTRACE_REC_PSP:
		put_psp(&i);
		break;
	case SEVTRACE_REC_ATTR:
		put_attr(&i);
		break;
	case SEVTRACE_REC_RUN:
		put_instant(&i, LANE_IOCTL, "guest", "the guest", "first run");
		break;
	case SEVTRACE_REC_MILESTONE:
		put_milestone(&i);
		break;
	case SEVTRACE_REC_LAUNCH_END:
		t->teardown_start = export_start(rec->h.ts, rec->launch_end.duration);
		t->teardown_end = rec->launch_end.destroyed ? rec->h.ts : 0;
		break;
	default:
		break;
	}
	return 0;
}

static int end(void *state, FILE *out, const struct report *report)
{
	return chrome_finish(state, out, report);
}

static void release(void *state)
{
	thread_table_free(&((struct chrome *)state)->threads);
}

const struct export_format export_chrome = {
	.name = "chrome",
	.help = "a timeline for Perfetto and chrome://tracing",
	.state_size = sizeof(struct chrome),
	.begin = begin,
	.record = put_any,
	.end = end,
	.free = release,
};
