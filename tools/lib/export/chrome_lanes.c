// SPDX-License-Identifier: GPL-2.0-only
/* Prints to the lanes of the timeline: events, parts of events, and pages of threads. */
#include <inttypes.h>

#include "export/chrome.h"
#include "sev/names.h"

/* Prints a time in microseconds, the format's unit, with three decimals to keep the nanoseconds. */
static void print_us(FILE *out, const char *key, uint64_t ns)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, (unsigned int)(ns % 1000));
}

static void open_event(struct chrome *c, FILE *out, char phase, uint32_t pid, uint32_t tid)
{
	fprintf(out, "%s{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u", c->any ? ",\n" : "", phase, pid,
		tid);
	c->any = true;
}

static void print_name(FILE *out, const struct chrome_event *event, uint32_t launch)
{
	fputs(",\"name\":", out);
	text_quote(out, event->name);
	fprintf(out, ",\"cat\":\"%s\",\"args\":{\"launch\":%u", event->category, launch);
}

static struct chrome_track *track_of(struct chrome *c, struct chrome_thread *t,
				     enum chrome_lane lane)
{
	struct chrome_track *track = &t->tracks[lane];

	if (!track->id)
		track->id = ++c->last_id;
	return track;
}

void chrome_open_instant(struct chrome *c, FILE *out, char scope, uint32_t launch,
			 struct chrome_thread *t, const struct chrome_event *event)
{
	open_event(c, out, 'i', launch, track_of(c, t, event->lane)->id);
	fprintf(out, ",\"s\":\"%c\"", scope);
	print_us(out, "ts", event->end);
	print_name(out, event, launch);
}

uint64_t chrome_open(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t,
		     const struct chrome_event *event)
{
	struct chrome_track *track = track_of(c, t, event->lane);
	uint64_t start = event->start < track->end ? track->end : event->start;

	if (event->end < track->end) {
		chrome_open_instant(c, out, 't', launch, t, event);
		fputs(",\"late\":true", out);
		return event->end;
	}
	open_event(c, out, 'X', launch, track->id);
	print_us(out, "ts", start);
	print_us(out, "dur", event->end - start);
	print_name(out, event, launch);
	if (start != event->start)
		fputs(",\"clamped\":true", out);
	track->end = event->end;
	return start;
}

void chrome_close(FILE *out)
{
	fputs("}}", out);
}

void chrome_put_part(struct chrome *c, FILE *out, uint32_t launch, const struct chrome_thread *t,
		     const char *name, uint64_t from, uint64_t to)
{
	open_event(c, out, 'X', launch, t->tracks[LANE_PSP].id);
	print_us(out, "ts", from);
	print_us(out, "dur", to - from);
	fprintf(out, ",\"name\":\"%s\",\"cat\":\"part\",\"args\":{}}", name);
}

void chrome_close_page(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t)
{
	struct chrome_page *page = &t->page;
	const char *text = page->gfn == SEVTRACE_NO_FRAME ? "PFN" : "GFN";
	uint64_t frame = page->gfn == SEVTRACE_NO_FRAME ? page->pfn : page->gfn;
	char name[CHROME_NAME_LEN];
	char type[NAME_LEN];
	const struct chrome_event event = { LANE_PAGE, page->start, page->end, "page", name };

	if (!page->open)
		return;
	page->open = false;
	if (frame == SEVTRACE_NO_FRAME)
		snprintf(name, sizeof(name), "%u pages", page->npages);
	else if (page->npages == 1)
		snprintf(name, sizeof(name), "%s 0x%" PRIx64, text, frame);
	else
		snprintf(name, sizeof(name), "%u pages from %s 0x%" PRIx64, page->npages, text,
			 frame);
	chrome_open(c, out, launch, t, &event);
	if (page->gfn != SEVTRACE_NO_FRAME)
		fprintf(out, ",\"gfn\":\"0x%" PRIx64 "\"", page->gfn);
	if (page->pfn != SEVTRACE_NO_FRAME)
		fprintf(out, ",\"pfn\":\"0x%" PRIx64 "\"", page->pfn);
	fprintf(out, ",\"npages\":%u,\"page_type\":\"%s\",\"private_pages\":%s,\"ret\":%d",
		page->npages, name_or_hex(page_type_name(page->page_type), page->page_type, type),
		page->private_pages ? "true" : "false", page->ret);
	chrome_close(out);
}
