// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heat maps and lanes as JSON. Numbers are what pages are made of, so they stand in lists without
 * names: tools/lib/recording_page/page/data.js says in which order.
 */
#include "recording_page/internal.h"
#include "sev/names.h"
#include "util/json.h"

static json_t *column_json(const struct detail_heat *heat, size_t column)
{
	json_t *cells = json_array();

	for (size_t row = 0; row < DETAIL_ROWS && cells; row++) {
		uint32_t n = heat->counts[column][row];

		if (!n)
			continue;
		cells = append_json(cells, number_json(row));
		cells = append_json(cells, number_json(n));
	}
	return cells;
}

static json_t *heat_json(const struct detail_heat *heat)
{
	json_t *places = json_array(), *columns = json_array();

	if (!heat) {
		json_decref(places);
		json_decref(columns);
		return json_null();
	}
	for (size_t i = 0; i < heat->nr_columns; i++) {
		places = append_json(places, number_json(heat->columns[i]));
		columns = append_json(columns, column_json(heat, i));
	}
	return json_pack("{s:i,s:o,s:o}", "shift", (int)heat->shift, "places", places, "columns",
			 columns);
}

static const char *lane_name(enum detail_lane_kind kind, uint32_t id)
{
	switch (kind) {
	case DETAIL_IOCTLS:
		return ioctl_name(id);
	case DETAIL_STEPS:
		return step_name(id);
	default:
		return psp_command_name(id);
	}
}

static json_t *lane_json(const struct detail_lane *lane, enum detail_lane_kind kind)
{
	json_t *spans = json_array();

	for (size_t i = 0; i < lane->nr_spans; i++) {
		const struct detail_span *s = &lane->spans[i];
		char name[NAME_LEN];

		spans = append_json(spans,
				    json_pack("[o,o,o,s,o,o]", number_json(s->start),
					      number_json(s->end - s->start), number_json(s->busy),
					      name_or_hex(lane_name(kind, s->id), s->id, name),
					      number_json(s->count), number_json(s->failed)));
	}
	return json_pack("{s:o,s:o}", "gap", number_json(lane->gap), "spans", spans);
}

json_t *detail_json(const struct detail_launch *detail)
{
	static const char *const names[] = {
		[DETAIL_IOCTLS] = "ioctls",
		[DETAIL_STEPS] = "steps",
		[DETAIL_EXECUTIONS] = "executions",
		[DETAIL_WAITS] = "waits",
	};
	json_t *json = json_pack("{s:o,s:o,s:o,s:o}", "pages", number_json(detail->pages), "no_gfn",
				 number_json(detail->no_gfn), "by_time", heat_json(detail->by_time),
				 "by_gfn", heat_json(detail->by_gfn));

	for (enum detail_lane_kind kind = 0; kind < DETAIL_LANES; kind++)
		json = set_json(json, names[kind], lane_json(&detail->lanes[kind], kind));
	return json;
}
