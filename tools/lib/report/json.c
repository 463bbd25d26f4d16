// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders a report as JSON. jansson's "o" and json_object_set_new() take NULL for an error, so
 * where memory runs out, the top object becomes NULL.
 */
#include <errno.h>
#include <inttypes.h>

#include "explain/explain.h"
#include "report/json.h"
#include "report/report.h"
#include "sev/host_keys.h"
#include "sev/lacks.h"
#include "sev/lacks_json.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "stats/hist_json.h"
#include "util/array.h"
#include "util/json.h"

static json_t *errno_json(int ret)
{
	return ret ? clean_json(errno_name(ret)) : json_null();
}

/* A number, or null where it cannot be known. */
static json_t *known_json(bool unknown, uint64_t n)
{
	return unknown ? json_null() : number_json(n);
}

static json_t *pages_json(const struct model *m, const struct model_launch *l)
{
	json_t *by_type = json_object();
	uint32_t unknown = launch_unknown_figures(m, l);

	for (uint32_t i = 0; i < SEVTRACE_PAGE_TYPE_COUNT; i++) {
		uint64_t pages = launch_pages_of(l, false, i) + launch_pages_of(l, true, i);

		if (pages)
			by_type = set_named(by_type, page_type_name(i), i, number_json(pages));
	}
	if (unknown & FIGURE_VMSAS && !json_object_get(by_type, page_type_name(SEVTRACE_PAGE_VMSA)))
		by_type = set_json(by_type, page_type_name(SEVTRACE_PAGE_VMSA), json_null());
	return json_pack("{s:o,s:o,s:o}", "shared",
			 known_json(launch_unknown_pages(m, l, false), launch_pages(l, false)),
			 "private",
			 known_json(launch_unknown_pages(m, l, true), launch_pages(l, true)),
			 "by_type", by_type);
}

static json_t *steps_json(const struct model *m, const struct model_launch *l)
{
	uint32_t unknown = launch_unknown_steps(m, l);
	json_t *steps = json_object();
	struct sevtrace_hist sum;

	for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++) {
		uint32_t step = step_at(i);
		const struct sevtrace_hist *h = launch_step(l, step, &sum);

		if (h->count || unknown >> step & 1)
			steps = set_named(steps, step_name(step), step,
					  h->count ? hist_json(h) : json_null());
	}
	return steps;
}

static json_t *phase_steps_json(const struct model_launch *l, enum sevtrace_phase phase)
{
	json_t *steps = json_object();

	for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++) {
		uint32_t step = step_at(i);
		const struct sevtrace_hist *h = launch_phase_step(l, phase, step);

		if (h->count)
			steps = set_named(steps, step_name(step), step, hist_json(h));
	}
	return steps;
}

static json_t *flushes_json(const struct model_flushes *flushes, bool unknown)
{
	return json_pack("{s:o,s:o,s:o}", "pages", known_json(unknown, flushes->pages), "skipped",
			 known_json(unknown, flushes->skipped_pages), "flushes",
			 known_json(unknown, flushes->done));
}

/* Returns how shared and private pages were populated, each with its steps. */
static json_t *population_json(const struct model *m, const struct model_launch *l)
{
	static const enum sevtrace_phase phases[] = { SEVTRACE_PHASE_SHARED,
						      SEVTRACE_PHASE_PRIVATE };
	json_t *population = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
		bool private = phases[i] == SEVTRACE_PHASE_PRIVATE;
		json_t *one;

		if (!l->ranges[private] && !launch_has_phase(l, phases[i]))
			continue;
		one = json_pack(
			"{s:o,s:o,s:o,s:o}", "ranges", number_json(l->ranges[private]), "pages",
			known_json(launch_unknown_pages(m, l, private), launch_pages(l, private)),
			"clflush",
			flushes_json(&l->flushes[phases[i]],
				     launch_flushes_unknown(m, l, &l->flushes[phases[i]])),
			"steps", phase_steps_json(l, phases[i]));
		population = set_named(population, phase_name(phases[i]), phases[i], one);
	}
	return population;
}

static json_t *commands_json(const struct model_launch *l)
{
	json_t *commands = json_object();

	for (size_t i = 0; i < l->nr_commands; i++) {
		const struct model_command *c = &l->commands[i];
		const struct sevtrace_hist *h = series_hist(&c->time);
		json_t *command = json_pack("{s:o,s:o,s:o,s:o}", "count", number_json(h->count),
					    "failed", number_json(c->failed), "length_probes",
					    number_json(c->length_queries), "sum_ns",
					    number_json(h->sum));

		commands = set_named(commands, ioctl_name(c->ioctl), c->ioctl, command);
	}
	return commands;
}

static json_t *psp_errors_json(const struct model_psp *psp)
{
	json_t *errors = json_object();

	for (size_t i = 0; i < psp->nr_errors; i++)
		errors = set_named(errors, psp_status_name(psp->errors[i].status),
				   psp->errors[i].status, number_json(psp->errors[i].count));
	if (psp->other_errors)
		errors = set_json(errors, "other", number_json(psp->other_errors));
	if (psp->not_asked)
		errors = set_json(errors, "not_asked", number_json(psp->not_asked));
	if (psp->not_answered)
		errors = set_json(errors, "not_answered", number_json(psp->not_answered));
	return errors;
}

static json_t *psp_json(const struct model *m, const struct model_launch *l)
{
	bool parts = lacks_figures(m->lacks) & FIGURE_PSP_PARTS;
	json_t *commands = json_object();

	for (size_t i = 0; l && i < l->nr_psp; i++) {
		const struct model_psp *psp = &l->psp[i];
		json_t *command = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "count",
					    number_json(psp_count(psp)), "nested",
					    number_json(psp->nested), "errors",
					    psp_errors_json(psp), "wait",
					    hist_json(series_hist(&psp->wait)), "exec",
					    hist_json(series_hist(&psp->exec)), "prepare_sum_ns",
					    known_json(parts, psp->prep_ns), "reclaim_sum_ns",
					    known_json(parts, psp->reclaim_ns));

		commands = set_named(commands, psp_command_name(psp->cmd), psp->cmd, command);
	}
	return commands;
}

static json_t *range_json(const struct model_failure *f)
{
	const struct sevtrace_rec_range_start *r = &f->range;
	char buf[NAME_LEN];

	if (!f->has_range)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:s,s:b,s:o}", "gfn", frame_json(r->gfn), "uaddr",
			 frame_json(r->uaddr), "pages", number_json(r->npages), "done",
			 number_json(f->done), "slot",
			 r->slot == SEVTRACE_NO_SLOT ? json_null() : json_integer(r->slot),
			 "page_type", name_or_hex(page_type_name(r->page_type), r->page_type, buf),
			 "private", r->private_pages, "page",
			 failure_page(f) ? number_json(failure_page(f)) : json_null());
}

static json_t *psp_failure_json(const struct model_failure *f)
{
	const struct sevtrace_rec_psp *psp = &f->psp;
	char command[NAME_LEN];
	char status[NAME_LEN];

	if (!f->has_psp)
		return json_null();
	return json_pack(
		"{s:s,s:i,s:o,s:o,s:o}", "command",
		name_or_hex(psp_command_name(psp->cmd), psp->cmd, command), "ret", psp->ret,
		"status", psp->answered ? number_json(psp->status) : json_null(), "status_name",
		psp->answered ? json_string(name_or_hex(psp_status_name(psp->status), psp->status,
							status)) :
				json_null(),
		"extra",
		psp->extra ? json_pack("[oo]", number_json(psp->err_lo), number_json(psp->err_hi)) :
			     json_null());
}

static json_t *status_json(const struct model_failure *f)
{
	char buf[NAME_LEN];

	if (!f->psp_asked || !f->psp_answered)
		return json_null();
	return json_string(name_or_hex(psp_status_name(f->fw_error), f->fw_error, buf));
}

static json_t *failure_json(struct model *m, const struct model_launch *l,
			    const struct model_failure *f)
{
	uint64_t at = f->ts > l->first_ts ? f->ts - l->first_ts : 0;
	struct explanation why = explain_failure(f, m->lacks);
	__u64 frames[SEVTRACE_STACK_DEPTH];
	char ioctl[NAME_LEN];

	model_kernel_frames(m, f, frames);
	return json_pack(
		"{s:s,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:o,s:o,s:b,s:o}",
		"ioctl", name_or_hex(ioctl_name(f->ioctl), f->ioctl, ioctl), "ret", f->ret, "errno",
		errno_json(f->ret), "fw_error", number_json(f->fw_error), "status", status_json(f),
		"step", clean_json(f->has_step ? step_name(f->step) : NULL), "gfn",
		frame_json(f->gfn), "pfn", frame_json(f->pfn), "inner_ret",
		f->inner_ret ? json_integer(f->inner_ret) : json_null(), "inner_errno",
		errno_json(f->inner_ret), "psp_asked", f->psp_asked, "psp_answered",
		f->psp_answered, "recovered", f->recovered, "swallowed", f->swallowed, "psp",
		psp_failure_json(f), "range", range_json(f), "cause", clean_json(why.cause), "hint",
		clean_json(why.hint), "certainty",
		clean_json(why.cause ? certainty_name(why.sure) : NULL), "tid", number_json(f->tid),
		"kernel_stack", stack_json(m, f->stack_symbols, 0, frames), "user_stack",
		stack_json(m, f->stack_symbols, f->stack.pid, f->stack.user), "recovered_after_ns",
		f->recovered ? number_json(failure_cost(f)) : json_null(), "not_seen",
		lacks_json(explain_unseen(f, m->lacks)), "inferred", f->inferred, "at_ns",
		number_json(at));
}

static json_t *failures_json(struct model *m, const struct model_launch *l)
{
	json_t *failures = json_array();

	for (size_t i = 0; i < l->nr_failures; i++)
		failures = append_json(failures, failure_json(m, l, &l->failures[i]));
	return failures;
}

/* Ioctls that had not returned when the recording ended. */
static json_t *pending_json(const struct model_launch *l)
{
	json_t *pending = json_array();
	char name[NAME_LEN];

	for (size_t i = 0; i < l->nr_ops; i++) {
		uint32_t ioctl = l->ops[i].seen.ioctl;

		if (l->ops[i].entered)
			pending = append_json(
				pending, json_string(name_or_hex(ioctl_name(ioctl), ioctl, name)));
	}
	return pending;
}

/*
 * Returns how the launch ended, and why if that is known; "after" is the last ioctl that returned.
 */
static json_t *ending_json(const struct model_launch *l)
{
	enum launch_ending ending = launch_ending(l);
	struct explanation why = explain_ending(ending);
	char name[NAME_LEN];

	return json_pack(
		"{s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "how", ending_name(ending), "signal",
		ending == LAUNCH_KILLED ? json_integer(l->vmm_signal) : json_null(), "status",
		ending == LAUNCH_EXITED ? json_integer(l->vmm_status) : json_null(), "after",
		l->nr_commands ?
			json_string(name_or_hex(ioctl_name(l->last_ioctl), l->last_ioctl, name)) :
			json_null(),
		"cause", clean_json(why.cause), "hint", clean_json(why.hint), "certainty",
		clean_json(why.cause ? certainty_name(why.sure) : NULL));
}

/* All kinds of names; null: the VMM has none. */
static json_t *names_json(const struct model_launch *l)
{
	json_t *names = json_object();

	for (uint32_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
		json_object_set_new(names, name_kind_key(kind), clean_json(l->names[kind]));
	return names;
}

static json_t *launch_json(const struct report *report, size_t place)
{
	struct model *m = report->model;
	const struct model_launch *l = m->launches[place];
	const struct model_flushes flushes = launch_flushes(l);
	const struct model_attributes *a = &l->attributes;
	uint32_t unknown = launch_unknown_figures(m, l);
	bool no_updates = unknown & FIGURE_ATTRIBUTES && !a->updates;
	char type[NAME_LEN];
	json_t *launch = json_pack("{s:o,s:o,s:o,s:o,s:s,s:o,s:s,s:o,s:o,s:b,s:b,s:o,s:s,s:o,s:o}",
				   "launch", number_json(l->number), "pid", number_json(l->pid),
				   "comm", clean_json(l->comm), "names", names_json(l), "vm_type",
				   name_or_hex(vm_type_name(l->vm_type), l->vm_type, type), "asid",
				   number_json(l->asid), "result", result_name(launch_result(l)),
				   "start_ns", number_json(l->first_ts), "duration_ns",
				   number_json(launch_duration(l)), "joined", l->joined,
				   "destroyed", l->destroyed, "teardown_ns",
				   known_json(unknown & FIGURE_TEARDOWN, l->teardown_ns), "source",
				   source_name(launch_source(l)), "dropped",
				   number_json(l->dropped), "pages", pages_json(m, l));
	json_t *rest = json_pack(
		"{s:o,s:{s:o,s:o,s:o,s:o},s:o,s:o,s:{s:o},s:{s:o},s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
		"clflush", flushes_json(&flushes, launch_flushes_unknown(m, l, &flushes)),
		"attributes", "updates", known_json(no_updates, a->updates), "failed",
		known_json(no_updates, a->failed), "pages", known_json(no_updates, a->pages),
		"wait",
		unknown & FIGURE_SLOTS_WAIT ? json_null() : hist_json(series_hist(&a->wait)),
		"steps", steps_json(m, l), "population", population_json(m, l), "teardown", "steps",
		phase_steps_json(l, SEVTRACE_PHASE_TEARDOWN), "derived", "psp_per_page",
		l->psp_per_page ? hist_json(l->psp_per_page) : json_null(), "commands",
		commands_json(l), "psp", psp_json(m, l), "failures", failures_json(m, l),
		"more_failures", number_json(l->more_failures), "more_recovered",
		number_json(l->more_recovered), "pending", pending_json(l), "ending",
		ending_json(l), "not_seen", lacks_json(launch_lacks(m, l, ~0U, ~0U)), "time",
		time_json(l), "guest", guest_json(m, l), "profile", profile_json(m, l));

	if (!launch || !rest || json_object_update(launch, rest)) {
		json_decref(launch);
		launch = NULL;
	}
	json_decref(rest);
	if (report->detail)
		launch = set_json(launch, "slowest_pages",
				  slowest_json(detail_at(report->detail, place), l));
	return launch;
}

static json_t *launches_json(const struct report *report)
{
	struct model *m = report->model;
	json_t *launches = json_array();

	for (size_t i = 0; i < m->nr_launches; i++) {
		size_t at = report_at(report, i);

		if (report_shows(report, at))
			launches = append_json(launches, launch_json(report, at));
	}
	return launches;
}

static json_t *host_json(const struct model *m)
{
	const struct host_key_row *row;
	json_t *host = json_object();

	for (size_t i = 0; (row = host_key_at(HOST_ALWAYS, i)); i++)
		host = set_json(host, row->key, json_null());
	for (size_t i = 0; i < m->nr_host; i++)
		host = set_json(host, m->host[2 * i], clean_json(m->host[2 * i + 1]));
	return host;
}

static json_t *losses_json(const struct model *m)
{
	json_t *losses = json_object();

	for (size_t i = 0; i < m->nr_losses; i++)
		losses = set_json(losses, m->losses[i].name, number_json(m->losses[i].count));
	return losses;
}

static json_t *cpus_json(const struct model *m)
{
	json_t *cpus = json_array();

	for (size_t i = 0; i < m->nr_cpus; i++) {
		const struct tracefile_cpu_drops *c = &m->cpus[i];
		json_t *cpu = json_pack("{s:o,s:o,s:o,s:o}", "cpu", number_json(c->cpu), "emitted",
					number_json(c->emitted), "recorded",
					number_json(c->recorded), "dropped",
					number_json(c->dropped));

		cpus = append_json(cpus, cpu);
	}
	return cpus;
}

struct host_failures {
	json_t *array;
	uint32_t lacks;
};

static int add_host_failure(void *ctx, const struct model_failure *f, uint64_t count)
{
	const struct host_failures *failures = ctx;
	const struct explanation why = explain_failure(f, failures->lacks);
	char name[NAME_LEN], status[NAME_LEN];
	json_t *failure =
		json_pack("{s:s,s:o,s:b,s:o,s:o,s:o,s:o,s:s}", "command",
			  name_or_hex(psp_command_name(f->psp.cmd), f->psp.cmd, name), "count",
			  number_json(count), "psp_answered", f->psp_answered, "status",
			  f->psp_answered ? number_json(f->psp.status) : json_null(), "status_name",
			  f->psp_answered ? json_string(name_or_hex(psp_status_name(f->psp.status),
								    f->psp.status, status)) :
					    json_null(),
			  "cause", clean_json(why.cause), "hint", clean_json(why.hint), "certainty",
			  certainty_name(why.sure));

	return json_array_append_new(failures->array, failure) ? -ENOMEM : 0;
}

static json_t *host_failures_json(const struct model *m)
{
	struct host_failures failures = { json_array(), m->lacks };

	if (explain_host_failures(m->outside, add_host_failure, &failures)) {
		json_decref(failures.array);
		return NULL;
	}
	return failures.array;
}

json_t *render_json(const struct report *report)
{
	struct model *m = report->model;
	struct tracefile_cpu_drops drops;
	bool counted = model_drops(m, &drops);

	return json_pack("{s:s,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "version",
			 report->version, "host", host_json(m), "complete", report->state->complete,
			 "problem",
			 clean_json(report->state->complete ? NULL : report->state->text), "events",
			 number_json(counted ? drops.emitted : m->records), "recorded",
			 number_json(m->records), "dropped",
			 counted ? number_json(drops.dropped) : json_null(), "cpus", cpus_json(m),
			 "losses", losses_json(m), "launches", launches_json(report),
			 "more_launches", number_json(m->more_launches), "host_psp",
			 psp_json(m, m->outside), "host_failures", host_failures_json(m));
}
