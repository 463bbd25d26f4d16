// SPDX-License-Identifier: GPL-2.0-only
/* The slowest pages of a launch, as text and as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "report/cells.h"
#include "report/internal.h"
#include "report/json.h"
#include "sev/names.h"
#include "sev/pages.h"

#define FRAME 20 /* "0xffffffffffffffff", "slowest of 1,000,000" */
#define PAGES 6
#define TYPE 11
#define AT 10
#define MANY 99999 /* pages */

/* Returns when the page was begun, counted from the launch's start. */
static uint64_t begun(const struct detail_page *page, const struct model_launch *l)
{
	uint64_t since = page->rec.h.ts > l->first_ts ? page->rec.h.ts - l->first_ts : 0;

	return since > page->ns ? since - page->ns : 0;
}

/* No command encrypts so many at once. */
static const char *count_text(uint32_t pages, char buf[TEXT_LEN])
{
	return pages > MANY ? "many" : text_count(pages, buf);
}

static void print_page(const struct detail_page *page, const struct model_launch *l,
		       const struct text_style *style)
{
	const struct sevtrace_rec_page *rec = &page->rec;
	char text[TEXT_LEN + 1], buf[TEXT_LEN], name[NAME_LEN];
	uint64_t ns;
	uint32_t step = detail_longest_step(rec, &ns);

	fprintf(style->out, "%s%s ", text_on(style, page_failed(rec) ? TEXT_RED : TEXT_PLAIN),
		page_failed(rec) ? "!" : " ");
	if (rec->gfn == SEVTRACE_NO_FRAME)
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)rec->gfn);
	text_cell(style, text, FRAME);
	text_cell(style, count_text(rec->npages, buf), -PAGES);
	fputs("  ", style->out);
	text_cell(style, name_or_hex(page_type_name(rec->page_type), rec->page_type, name), TYPE);
	time_cell(style, page->ns);
	snprintf(text, sizeof(text), "+%s", text_time(style, begun(page, l), buf));
	text_cell(style, text, -AT);
	if (step != SEVTRACE_STEP_NONE)
		fprintf(style->out, "  %s", name_or_hex(step_name(step), step, name));
	/* It is all of it otherwise. */
	if (ns != page->ns)
		fprintf(style->out, " %s", text_time(style, ns, buf));
	fprintf(style->out, "%s\n", text_off(style));
}

void render_slowest(const struct detail_launch *detail, const struct model_launch *l,
		    const struct text_style *style)
{
	char buf[TEXT_LEN], head[TEXT_LEN + NAME_LEN];
	bool failed = false;

	if (!detail || !detail->nr_slowest)
		return;
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	snprintf(head, sizeof(head), "slowest of %s", text_count(detail->pages, buf));
	text_cell(style, head, FRAME);
	text_cell(style, "pages", -PAGES);
	fputs("  ", style->out);
	text_cell(style, "type", TYPE);
	HEADS(style, "time");
	text_cell(style, "begun", -AT);
	fprintf(style->out, "  most of it in%s\n", text_off(style));
	for (size_t i = 0; i < detail->nr_slowest; i++) {
		print_page(&detail->slowest[i], l, style);
		failed |= page_failed(&detail->slowest[i].rec);
	}
	if (failed)
		fputs("  ! failed\n", style->out);
}

static json_t *steps_json(const struct sevtrace_rec_page *rec)
{
	json_t *steps = json_array();
	char name[NAME_LEN];

	for (uint32_t i = 0; i < page_steps(rec); i++)
		steps = append_json(
			steps, json_pack("{s:s,s:o}", "step",
					 name_or_hex(step_name(rec->steps[i]), rec->steps[i], name),
					 "ns", number_json(page_step_ns(rec, i))));
	return steps;
}

static json_t *command_json(const struct sevtrace_rec_page *rec)
{
	char name[NAME_LEN], status[NAME_LEN];

	if (!page_has_command(rec))
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:o}", "command",
			 name_or_hex(psp_command_name(rec->cmd), rec->cmd, name), "status",
			 rec->answered ? json_string(name_or_hex(psp_status_name(rec->status),
								 rec->status, status)) :
					 json_null(),
			 "wait_ns", number_json(rec->wait), "exec_ns", number_json(rec->exec));
}

json_t *slowest_json(const struct detail_launch *detail, const struct model_launch *l)
{
	json_t *pages = json_array();
	char type[NAME_LEN];

	for (size_t i = 0; detail && i < detail->nr_slowest; i++) {
		const struct detail_page *page = &detail->slowest[i];
		const struct sevtrace_rec_page *rec = &page->rec;

		pages = append_json(
			pages,
			json_pack("{s:o,s:o,s:o,s:s,s:b,s:o,s:o,s:o,s:o,s:o,s:b}", "gfn",
				  frame_json(rec->gfn), "pfn", frame_json(rec->pfn), "pages",
				  number_json(rec->npages), "page_type",
				  name_or_hex(page_type_name(rec->page_type), rec->page_type, type),
				  "private", rec->private_pages, "ns", number_json(page->ns),
				  "at_ns", number_json(begun(page, l)), "tid",
				  number_json(rec->h.tid), "steps", steps_json(rec), "psp",
				  command_json(rec), "failed", page_failed(rec)));
	}
	return pages;
}
