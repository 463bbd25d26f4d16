// SPDX-License-Identifier: GPL-2.0-only
/*
 * jansson's "o" and json_object_set_new() take NULL for an error, so a lack of memory anywhere ends in
 * NULL at the top.
 */
#include "explain/entry.h"

#include <errno.h>

#include <sevtrace/psp.h>

#include "explain/explain.h"
#include "sev/names.h"
#include "sev/reference.h"

#define MAX_CAUSES 64
#define MAX_NAMES 64

static json_t *text_json(const char *s)
{
	return s ? json_string(s) : json_null();
}

static int append_name(json_t *list, const char *name, uint32_t number)
{
	char buf[NAME_LEN];

	return json_array_append_new(list, json_string(name_or_hex(name, number, buf)));
}

/* A list of names under a key; an empty one is left out. */
static int set_names(json_t *o, const char *key, const char *(*name)(uint32_t),
		     const uint32_t *numbers, size_t count)
{
	json_t *list;
	int err = 0;

	if (!count)
		return 0;
	list = json_array();
	for (size_t i = 0; i < count && !err; i++)
		err = append_name(list, name(numbers[i]), numbers[i]);
	if (err) {
		json_decref(list);
		return -1;
	}
	return json_object_set_new(o, key, list);
}

static const char *status_document(uint32_t status)
{
	if (status == SEVTRACE_PSP_NO_FW_CALL)
		return "Linux include/uapi/linux/psp-sev.h, SEV_RET_NO_FW_CALL";
	if (!psp_status_name(status))
		return NULL;
	if (status >= SEVTRACE_PSP_INCORRECT_BUFFER_LENGTH)
		return "SEV-TIO firmware interface specification (AMD 58271), table \"Status codes\"";
	if (status > SEVTRACE_PSP_SECURE_DATA_INVALID)
		return "SEV-SNP firmware ABI specification (AMD 56860), table \"Status Codes\"";
	return "SEV API specification (AMD 55766), chapter 4, table \"Status Codes\"; "
	       "SEV-SNP firmware ABI specification (AMD 56860), table \"Status Codes\"";
}

static json_t *document(const struct subject *s)
{
	const char *text = NULL;
	bool own = s->number > SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH;

	switch (s->kind) {
	case SUBJECT_STATUS:
		text = status_document(s->number);
		break;
	case SUBJECT_COMMAND:
		return json_sprintf("%s, section \"%s\"", psp_command_document(s->number),
				    psp_command_name(s->number));
	case SUBJECT_IOCTL:
		return json_sprintf("Linux Documentation/virt/kvm/%s, section %s",
				    own ? "api.rst" : "x86/amd-memory-encryption.rst",
				    ioctl_name(s->number));
	case SUBJECT_STEP:
		text = "sevtrace-report(1), \"Steps\"";
		break;
	case SUBJECT_ERRNO:
		text = "errno(3)";
		break;
	default:
		break;
	}
	return text_json(text);
}

static json_t *cause_json(const struct cause *c)
{
	const char *step = c->step == SEVTRACE_STEP_NONE || c->step == EXPLAIN_ANY ?
				   NULL :
				   step_name((uint32_t)c->step);

	return json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "ioctl",
		text_json(c->ioctl == EXPLAIN_ANY_IOCTL ? NULL : ioctl_name(c->ioctl)), "page_type",
		text_json(c->page_type == EXPLAIN_ANY ? NULL :
							page_type_name((uint32_t)c->page_type)),
		"step", text_json(step), "inner_errno",
		text_json(c->error ? errno_name(c->error) : NULL), "cause",
		text_json(c->why->cause), "hint", text_json(c->why->hint), "certainty",
		text_json(certainty_name(c->why->sure)));
}

static int set_causes(json_t *o, const struct cause_query *query)
{
	struct cause causes[MAX_CAUSES];
	size_t count = explain_causes(query, causes, MAX_CAUSES);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(list, cause_json(&causes[i]))) {
			json_decref(list);
			return -1;
		}
	}
	return json_object_set_new(o, "causes", list);
}

static int set_checks(json_t *o, uint32_t command)
{
	json_t *list = json_array();
	char buf[NAME_LEN];

	for (size_t i = 0; i < nr_check_facts; i++) {
		const struct check_fact *fact = &check_facts[i];

		if (fact->command != command)
			continue;
		if (json_array_append_new(list, json_pack("{s:s,s:s}", "status",
							  name_or_hex(psp_status_name(fact->status),
								      fact->status, buf),
							  "condition", fact->text))) {
			json_decref(list);
			return -1;
		}
	}
	return json_object_set_new(o, "checks", list);
}

static int add_status(json_t *o, const struct subject *s)
{
	struct cause_query query = { s->ioctl, 0, s->number };
	uint32_t commands[MAX_NAMES];
	size_t count = facts_commands_answering(s->number, commands, MAX_NAMES);

	if (set_names(o, "answered_by", psp_command_name, commands, count))
		return -1;
	if (s->number == SEVTRACE_PSP_SUCCESS || s->number == SEVTRACE_PSP_NO_FW_CALL)
		return 0;
	return set_causes(o, &query);
}

static int add_command(json_t *o, const struct subject *s)
{
	uint32_t ioctls[MAX_NAMES];
	size_t count = facts_ioctls_issuing(s->number, ioctls, MAX_NAMES);
	const char *issuer = psp_command_issuer(s->number);

	if (set_names(o, "ioctls", ioctl_name, ioctls, count))
		return -1;
	if (!issuer && !count)
		issuer = "nobody in Linux";
	if (issuer && json_object_set_new(o, "issued_by", json_string(issuer)))
		return -1;
	return set_checks(o, s->number);
}

static int add_ioctl(json_t *o, const struct subject *s)
{
	const struct ioctl_fact *fact = ioctl_fact(s->number);
	uint32_t numbers[SEVTRACE_STEP_COUNT];
	size_t count = 0;

	for (; fact && count < FACT_COMMANDS && fact->commands[count]; count++)
		numbers[count] = fact->commands[count];
	if (set_names(o, "commands", psp_command_name, numbers, count))
		return -1;
	count = 0;
	for (size_t i = 0; fact && i < SEVTRACE_STEP_COUNT; i++)
		if (fact->steps & (1U << step_at(i)))
			numbers[count++] = step_at(i);
	return set_names(o, "steps", step_name, numbers, count);
}

static int add_step(json_t *o, const struct subject *s)
{
	uint32_t ioctls[MAX_NAMES];
	size_t count = facts_ioctls_taking(s->number, ioctls, MAX_NAMES);

	return set_names(o, "ioctls", ioctl_name, ioctls, count);
}

static int add_errno(json_t *o, const struct subject *s)
{
	struct cause_query query = { s->ioctl, (int)s->number, 0 };

	return set_causes(o, &query);
}

static int set_answer(json_t *o, const struct subject *s)
{
	const char *error = s->has_ret && s->ret < 0 ? errno_name(s->ret) : NULL;
	json_t *status = json_null();
	char buf[NAME_LEN];
	int err = 0;

	if (s->has_status) {
		struct subject of = { .kind = SUBJECT_STATUS, .number = s->status };

		status = json_string(subject_name(&of, buf, sizeof(buf)));
	}
	err |= json_object_set_new(o, "ret", s->has_ret ? json_integer(s->ret) : json_null());
	err |= json_object_set_new(o, "errno", text_json(error));
	err |= json_object_set_new(o, "fw_error",
				   s->has_status ? json_integer(s->status) : json_null());
	err |= json_object_set_new(o, "status", status);
	return err;
}

static int add_answer(json_t *o, const struct subject *s)
{
	bool refused = s->has_status && s->status && s->status != SEVTRACE_PSP_NO_FW_CALL;
	struct cause_query query = { s->ioctl, s->has_ret && s->ret < 0 ? -s->ret : 0,
				     refused ? s->status : 0 };
	bool any = s->ioctl == EXPLAIN_ANY_IOCTL;

	if (set_answer(o, s) ||
	    json_object_set_new(o, "ioctl", text_json(any ? NULL : ioctl_name(s->ioctl))) ||
	    json_object_set_new(o, "reading", text_json(subject_reading(s))))
		return -1;
	return set_causes(o, &query);
}

static int (*const adders[])(json_t *, const struct subject *) = {
	[SUBJECT_STATUS] = add_status, [SUBJECT_COMMAND] = add_command,
	[SUBJECT_IOCTL] = add_ioctl,   [SUBJECT_STEP] = add_step,
	[SUBJECT_ERRNO] = add_errno,   [SUBJECT_ANSWER] = add_answer,
};

json_t *dossier_json(const struct subject *s)
{
	char buf[NAME_LEN];
	json_t *o;

	if (s->kind == SUBJECT_ANSWER)
		o = json_pack("{s:s}", "kind", "answer");
	else
		o = json_pack("{s:s,s:I,s:s,s:o,s:o}", "kind", subject_types[s->kind].id, "number",
			      (json_int_t)s->number, "name", subject_name(s, buf, sizeof(buf)),
			      "text", text_json(subject_types[s->kind].text(s->number)), "document",
			      document(s));
	if (o && adders[s->kind](o, s)) {
		json_decref(o);
		return NULL;
	}
	return o;
}
