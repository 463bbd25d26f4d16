// SPDX-License-Identifier: GPL-2.0-only
/* Gathers what is known about a topic. */
#include "explain/entry.h"

#include <stdio.h>
#include <string.h>

#include <sevtrace/psp.h>

static const char *status_document(uint32_t status)
{
	if (status == SEVTRACE_PSP_NO_FW_CALL)
		return "Linux include/uapi/linux/psp-sev.h, SEV_RET_NO_FW_CALL";
	if (!psp_status_name(status))
		return "";
	if (status >= SEVTRACE_PSP_INCORRECT_BUFFER_LENGTH)
		return "SEV-TIO firmware interface specification (AMD 58271), table \"Status codes\"";
	if (status > SEVTRACE_PSP_SECURE_DATA_INVALID)
		return "SEV-SNP firmware ABI specification (AMD 56860), table \"Status Codes\"";
	return "SEV API specification (AMD 55766), chapter 4, table \"Status Codes\"; "
	       "SEV-SNP firmware ABI specification (AMD 56860), table \"Status Codes\"";
}

static void set_document(struct entry *e)
{
	uint32_t number = e->topic.number;
	bool own = number > SEVTRACE_KVM_SEV_SNP_ENABLE_REQ_CERTS;

	switch (e->topic.kind) {
	case TOPIC_STATUS:
		snprintf(e->document, sizeof(e->document), "%s", status_document(number));
		break;
	case TOPIC_COMMAND:
		snprintf(e->document, sizeof(e->document), "%s, section \"%s\"",
			 psp_command_document(number), psp_command_name(number));
		break;
	case TOPIC_IOCTL:
		snprintf(e->document, sizeof(e->document),
			 "Linux Documentation/virt/kvm/%s, section %s",
			 own ? "api.rst" : "x86/amd-memory-encryption.rst", ioctl_name(number));
		break;
	case TOPIC_STEP:
		snprintf(e->document, sizeof(e->document), "sevtrace-report(1), \"Steps\"");
		break;
	case TOPIC_PAGE_TYPE:
		snprintf(e->document, sizeof(e->document),
			 "Linux Documentation/virt/kvm/x86/amd-memory-encryption.rst, section "
			 "KVM_SEV_SNP_LAUNCH_UPDATE");
		break;
	case TOPIC_ERRNO:
		snprintf(e->document, sizeof(e->document), "errno(3)");
		break;
	default:
		break;
	}
}

static void set_causes(struct entry *e, int error, uint32_t status)
{
	const struct cause_query query = { e->topic.ioctl, error, status };

	e->has_causes = true;
	e->nr_causes = explain_causes(&query, e->causes, ENTRY_CAUSES);
}

static void fill_status(struct entry *e)
{
	uint32_t number = e->topic.number;

	e->answered_by.nr = facts_commands_answering(number, e->answered_by.numbers, ENTRY_NAMES);
	if (number != SEVTRACE_PSP_SUCCESS && number != SEVTRACE_PSP_NO_FW_CALL)
		set_causes(e, 0, number);
}

static void fill_command(struct entry *e)
{
	uint32_t number = e->topic.number;

	e->ioctls.nr = facts_ioctls_issuing(number, e->ioctls.numbers, ENTRY_NAMES);
	e->issuer = psp_command_issuer(number);
	if (!e->issuer && !e->ioctls.nr)
		e->issuer = "nobody in Linux";
}

static void fill_ioctl(struct entry *e)
{
	const struct ioctl_fact *fact = ioctl_fact(e->topic.number);

	if (!fact)
		return;
	for (size_t i = 0; i < FACT_COMMANDS && fact->commands[i]; i++)
		e->commands.numbers[e->commands.nr++] = fact->commands[i];
	for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++)
		if (fact->steps & (1U << step_at(i)))
			e->steps.numbers[e->steps.nr++] = step_at(i);
}

static void fill_step(struct entry *e)
{
	e->ioctls.nr = facts_ioctls_taking(e->topic.number, e->ioctls.numbers, ENTRY_NAMES);
}

static void fill_nothing(struct entry *e)
{
	(void)e;
}

static void fill_errno(struct entry *e)
{
	set_causes(e, (int)e->topic.number, 0);
}

static void fill_answer(struct entry *e)
{
	const struct topic *s = &e->topic;
	bool refused = s->has_status && s->status && s->status != SEVTRACE_PSP_NO_FW_CALL;

	e->reading = topic_reading(s);
	set_causes(e, s->has_ret && s->ret < 0 ? -s->ret : 0, refused ? s->status : 0);
}

static void (*const fillers[])(struct entry *) = {
	[TOPIC_STATUS] = fill_status, [TOPIC_COMMAND] = fill_command,	[TOPIC_IOCTL] = fill_ioctl,
	[TOPIC_STEP] = fill_step,     [TOPIC_PAGE_TYPE] = fill_nothing, [TOPIC_ERRNO] = fill_errno,
	[TOPIC_ANSWER] = fill_answer,
};

void entry_fill(struct entry *entry, const struct topic *topic)
{
	memset(entry, 0, sizeof(*entry));
	entry->topic = *topic;
	if (topic->kind != TOPIC_ANSWER)
		entry->text = topic_types[topic->kind].text(topic->number);
	set_document(entry);
	fillers[topic->kind](entry);
}

const struct check_fact *entry_check(const struct entry *entry, size_t *i)
{
	if (entry->topic.kind != TOPIC_COMMAND)
		return NULL;
	while (*i < nr_check_facts) {
		const struct check_fact *fact = &check_facts[(*i)++];

		if (fact->command == entry->topic.number)
			return fact;
	}
	return NULL;
}

const char *cause_ioctl(const struct cause *cause)
{
	return cause->ioctl == EXPLAIN_ANY_IOCTL ? NULL : ioctl_name(cause->ioctl);
}

const char *cause_page_type(const struct cause *cause)
{
	return cause->page_type == EXPLAIN_ANY ? NULL : page_type_name((uint32_t)cause->page_type);
}

const char *cause_step(const struct cause *cause)
{
	return cause->step == SEVTRACE_STEP_NONE || cause->step == EXPLAIN_ANY ?
		       NULL :
		       step_name((uint32_t)cause->step);
}

const char *cause_error(const struct cause *cause)
{
	return cause->error ? errno_name(cause->error) : NULL;
}

const char *answer_ioctl(const struct topic *answer)
{
	return answer->ioctl == EXPLAIN_ANY_IOCTL ? NULL : ioctl_name(answer->ioctl);
}

const char *answer_error(const struct topic *answer)
{
	return answer->has_ret && answer->ret < 0 ? errno_name(answer->ret) : NULL;
}

const char *answer_status(const struct topic *answer, char buf[NAME_LEN])
{
	const struct topic status = { .kind = TOPIC_STATUS, .number = answer->status };

	return answer->has_status ? topic_name(&status, buf, NAME_LEN) : NULL;
}
