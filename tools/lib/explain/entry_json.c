// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders an entry as JSON. jansson's "o" and json_object_set_new() take NULL for an error, so
 * where memory runs out, the top object becomes NULL.
 */

#include "explain/entry.h"
#include "util/json.h"

static json_t *text_json(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* Sets a list of names as a member, unless it is empty. */
static json_t *set_names(json_t *o, const char *key, const char *(*name)(uint32_t),
			 const struct entry_names *names)
{
	json_t *list;

	if (!names->nr)
		return o;
	list = json_array();
	for (size_t i = 0; i < names->nr; i++) {
		uint32_t number = names->numbers[i];
		char buf[NAME_LEN];

		list = append_json(list, json_string(name_or_hex(name(number), number, buf)));
	}
	return set_json(o, key, list);
}

static json_t *cause_json(const struct cause *c)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "ioctl", text_json(cause_ioctl(c)),
			 "page_type", text_json(cause_page_type(c)), "step",
			 text_json(cause_step(c)), "inner_errno", text_json(cause_error(c)),
			 "cause", text_json(c->why->cause), "hint", text_json(c->why->hint),
			 "certainty", text_json(certainty_name(c->why->sure)));
}

static json_t *set_causes(json_t *o, const struct entry *e)
{
	json_t *list;

	if (!e->has_causes)
		return o;
	list = json_array();
	for (size_t i = 0; i < e->nr_causes; i++)
		list = append_json(list, cause_json(&e->causes[i]));
	return set_json(o, "causes", list);
}

static json_t *set_checks(json_t *o, const struct entry *e)
{
	const struct check_fact *fact;
	json_t *list;
	size_t next = 0;
	char buf[NAME_LEN];

	if (e->topic.kind != TOPIC_COMMAND)
		return o;
	list = json_array();
	while ((fact = entry_check(e, &next))) {
		const char *status = name_or_hex(psp_status_name(fact->status), fact->status, buf);

		list = append_json(list, json_pack("{s:s,s:s}", "status", status, "condition",
						   fact->text));
	}
	return set_json(o, "checks", list);
}

static json_t *answer_json(const struct entry *e)
{
	const struct topic *s = &e->topic;
	char buf[NAME_LEN];

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "kind", "answer", "ret",
			 s->has_ret ? json_integer(s->ret) : json_null(), "errno",
			 text_json(answer_error(s)), "fw_error",
			 s->has_status ? json_integer(s->status) : json_null(), "status",
			 text_json(answer_status(s, buf)), "ioctl", text_json(answer_ioctl(s)),
			 "reading", text_json(e->reading));
}

static json_t *named_json(const struct entry *e)
{
	const struct topic *s = &e->topic;
	char buf[NAME_LEN];

	return json_pack("{s:s,s:I,s:s,s:o,s:o}", "kind", topic_types[s->kind].id, "number",
			 (json_int_t)s->number, "name", topic_name(s, buf, sizeof(buf)), "text",
			 text_json(e->text), "document",
			 text_json(*e->document ? e->document : NULL));
}

json_t *entry_json(const struct entry *e)
{
	json_t *o = e->topic.kind == TOPIC_ANSWER ? answer_json(e) : named_json(e);

	o = set_names(o, "answered_by", psp_command_name, &e->answered_by);
	o = set_names(o, "commands", psp_command_name, &e->commands);
	o = set_names(o, "ioctls", ioctl_name, &e->ioctls);
	o = set_names(o, "steps", step_name, &e->steps);
	if (e->issuer)
		o = set_json(o, "issued_by", json_string(e->issuer));
	o = set_checks(o, e);
	return set_causes(o, e);
}
