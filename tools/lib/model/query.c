// SPDX-License-Identifier: GPL-2.0-only
/* Answers questions about the launch model. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "sev/names.h"
#include "sev/reference.h"
#include "stats/hist.h"
#include "util/array.h"
#include "util/text.h"

static const struct sevtrace_hist empty_hist;

static bool use_kernel(const struct series *s)
{
	return s->kernel && (!s->records || s->kernel->count >= s->records->count);
}

const struct sevtrace_hist *series_hist(const struct series *s)
{
	if (use_kernel(s))
		return s->kernel;
	return s->records ? s->records : &empty_hist;
}

static void count_source(const struct series *s, size_t *kernel, size_t *records)
{
	if (use_kernel(s))
		++*kernel;
	else if (s->records)
		++*records;
}

enum hist_source launch_source(const struct model_launch *l)
{
	size_t kernel = 0;
	size_t records = 0;

	for (size_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++)
		for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++)
			count_source(&l->steps[phase][i], &kernel, &records);
	for (size_t i = 0; i < l->nr_commands; i++)
		count_source(&l->commands[i].time, &kernel, &records);
	for (size_t i = 0; i < l->nr_psp; i++) {
		count_source(&l->psp[i].wait, &kernel, &records);
		count_source(&l->psp[i].exec, &kernel, &records);
	}
	if (kernel && records)
		return SOURCE_MIXED;
	return kernel ? SOURCE_KERNEL : SOURCE_RECORDS;
}

const char *source_name(enum hist_source source)
{
	static const char *const names[] = {
		[SOURCE_RECORDS] = "records",
		[SOURCE_KERNEL] = "kernel",
		[SOURCE_MIXED] = "mixed",
	};

	return names[source];
}

const struct sevtrace_hist *launch_phase_step(const struct model_launch *l,
					      enum sevtrace_phase phase, uint32_t step)
{
	return series_hist(&l->steps[phase][step]);
}

const struct sevtrace_hist *launch_step(const struct model_launch *l, uint32_t step,
					struct sevtrace_hist *buffer)
{
	const struct sevtrace_hist *sum = &empty_hist;

	for (size_t phase = 0; phase < SEVTRACE_PHASE_TEARDOWN; phase++) {
		const struct sevtrace_hist *h = launch_phase_step(l, phase, step);

		if (!h->count)
			continue;
		if (!sum->count) {
			sum = h;
			continue;
		}
		if (sum != buffer) {
			*buffer = *sum;
			sum = buffer;
		}
		hist_merge(buffer, h);
	}
	return sum;
}

bool launch_has_phase(const struct model_launch *l, enum sevtrace_phase phase)
{
	for (uint32_t i = 0; i < SEVTRACE_STEP_COUNT; i++)
		if (launch_phase_step(l, phase, i)->count)
			return true;
	return false;
}

struct model_flushes launch_flushes(const struct model_launch *l)
{
	struct model_flushes sum = { 0 };

	for (size_t phase = 0; phase < SEVTRACE_PHASE_TEARDOWN; phase++) {
		sum.done += l->flushes[phase].done;
		sum.skipped += l->flushes[phase].skipped;
		sum.pages += l->flushes[phase].pages;
		sum.skipped_pages += l->flushes[phase].skipped_pages;
	}
	return sum;
}

uint64_t psp_count(const struct model_psp *psp)
{
	/* The histograms count only commands that rang the doorbell. */
	uint64_t counted = series_hist(&psp->exec)->count + psp->not_asked;

	return counted > psp->recorded ? counted : psp->recorded;
}

bool failure_raced(const struct model_failure *f)
{
	return f->ioctl == SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA && f->has_step &&
	       f->step == SEVTRACE_STEP_GET_PAGE && f->inner_ret == -EEXIST;
}

static bool raced(const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_failures; i++)
		if (!l->failures[i].recovered && failure_raced(&l->failures[i]))
			return true;
	return false;
}

enum model_result launch_result(const struct model_launch *l)
{
	if (l->finished)
		return raced(l) ? MODEL_FAILED : MODEL_OK;
	if (l->more_failures)
		return MODEL_FAILED;
	for (size_t i = 0; i < l->nr_failures; i++)
		/* Unregistering a region is no part of a launch. */
		if (!l->failures[i].recovered &&
		    l->failures[i].ioctl != SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION)
			return MODEL_FAILED;
	return MODEL_INCOMPLETE;
}

const char *result_name(enum model_result result)
{
	static const char *const names[] = {
		[MODEL_OK] = "ok",
		[MODEL_FAILED] = "failed",
		[MODEL_INCOMPLETE] = "incomplete",
	};

	return names[result];
}

size_t model_rest_failed(const struct model *m)
{
	size_t failed = 0;

	for (size_t i = 0; i < m->nr_rest; i++)
		failed += m->rest[i].failed && !m->rest[i].finished;
	return failed;
}

bool model_failed(const struct model *m)
{
	if (model_rest_failed(m))
		return true;
	for (size_t i = 0; i < m->nr_launches; i++)
		if (launch_result(m->launches[i]) == MODEL_FAILED)
			return true;
	return false;
}

enum launch_ending launch_ending(const struct model_launch *l)
{
	if (l->finished)
		return LAUNCH_FINISHED;
	if (!l->destroyed)
		return LAUNCH_OPEN;
	if (!l->vmm_exited)
		return LAUNCH_ABANDONED;
	return l->vmm_signal ? LAUNCH_KILLED : LAUNCH_EXITED;
}

const char *ending_name(enum launch_ending ending)
{
	static const char *const names[] = {
		[LAUNCH_FINISHED] = "finished",	  [LAUNCH_OPEN] = "open",
		[LAUNCH_ABANDONED] = "abandoned", [LAUNCH_EXITED] = "exited",
		[LAUNCH_KILLED] = "killed",
	};

	return names[ending];
}

uint64_t launch_duration(const struct model_launch *l)
{
	uint64_t end = l->finished ? l->finish_ts : l->last_ts;

	return end > l->first_ts ? end - l->first_ts : 0;
}

const char *launch_name(const struct model_launch *l)
{
	static const enum sevtrace_name best[] = { SEVTRACE_NAME_VMM, SEVTRACE_NAME_DOMAIN,
						   SEVTRACE_NAME_POD };

	for (size_t i = 0; i < ARRAY_SIZE(best); i++)
		if (l->names[best[i]])
			return l->names[best[i]];
	return NULL;
}

char *launch_vmm(const struct model_launch *l, char buf[LAUNCH_VMM_LEN])
{
	const char *called = launch_name(l);
	char name[LAUNCH_VMM_NAME + 1];

	if (!called)
		called = *l->comm ? l->comm : "?";
	text_clean(name, sizeof(name), called);
	if (strlen(called) > LAUNCH_VMM_NAME)
		snprintf(name + LAUNCH_VMM_NAME - 3, sizeof("..."), "...");
	snprintf(buf, LAUNCH_VMM_LEN, "%s[%u]", name, l->pid);
	return buf;
}

uint64_t launch_pages_of(const struct model_launch *l, bool private_pages, uint32_t page_type)
{
	uint64_t pages = l->pages[private_pages][page_type];

	for (size_t i = 0; i < l->nr_ops; i++) {
		const struct sevtrace_rec_range_start *range = &l->ops[i].seen.range;

		if (l->ops[i].range_open && range->page_type == page_type &&
		    !!range->private_pages == private_pages)
			pages += l->ops[i].seen.done;
	}
	return pages;
}

uint64_t launch_pages(const struct model_launch *l, bool private_pages)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < SEVTRACE_PAGE_TYPE_COUNT; i++)
		sum += launch_pages_of(l, private_pages, i);
	return sum;
}

uint64_t launch_pages_begun(const struct model_launch *l)
{
	uint64_t pages = launch_pages(l, false) + launch_pages(l, true);

	for (size_t i = 0; i < l->nr_ops; i++) {
		const struct model_failure *seen = &l->ops[i].seen;

		if (l->ops[i].range_open && seen->range.npages > seen->done)
			pages += seen->range.npages - seen->done;
	}
	return pages;
}

static uint32_t longest_step(const struct model_op *op)
{
	uint32_t longest = 0;

	for (uint32_t i = 1; i < op->nr_page_steps; i++)
		if (op->page_ns[i] > op->page_ns[longest])
			longest = i;
	return op->page_steps[longest];
}

uint32_t launch_step_under_way(const struct model_launch *l, const struct model_op *op)
{
	const struct ioctl_fact *fact = ioctl_fact(op->seen.ioctl);
	size_t next = 0;

	/* Of pages after pages, the step that took longest is the likeliest. */
	if (op->range_open && op->nr_page_steps)
		return longest_step(op);
	if (op->last_step < SEVTRACE_STEP_COUNT) {
		if (l->after[op->last_step])
			return l->after[op->last_step] - 1U;
		next = step_place(op->last_step) + 1;
	}
	for (; fact && next < SEVTRACE_STEP_COUNT; next++)
		if (fact->steps & 1U << step_at(next))
			return step_at(next);
	return SEVTRACE_STEP_NONE;
}

uint64_t failure_cost(const struct model_failure *f)
{
	return f->recovered && f->recovered_ts > f->ts ? f->recovered_ts - f->ts : 0;
}

uint64_t failure_page(const struct model_failure *f)
{
	if (!f->has_range || !f->range.npages)
		return 0;
	if (f->gfn != SEVTRACE_NO_FRAME && f->range.gfn != SEVTRACE_NO_FRAME &&
	    f->gfn >= f->range.gfn && f->gfn - f->range.gfn < f->range.npages)
		return f->gfn - f->range.gfn + 1;
	return f->done < f->range.npages ? f->done + 1 : 0;
}

const char *model_host_value(const struct model *m, const char *key)
{
	for (size_t i = 0; i < m->nr_host; i++)
		if (!strcmp(m->host[2 * i], key))
			return m->host[2 * i + 1];
	return NULL;
}

bool model_drops(const struct model *m, struct tracefile_cpu_drops *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < m->nr_cpus; i++) {
		sum->emitted += m->cpus[i].emitted;
		sum->recorded += m->cpus[i].recorded;
		sum->dropped += m->cpus[i].dropped;
	}
	return m->nr_cpus != 0;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct model_symbol *left = a;
	const struct model_symbol *right = b;

	if (left->pid != right->pid)
		return left->pid < right->pid ? -1 : 1;
	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return left->place < right->place ? -1 : left->place > right->place;
}

/* Returns how many symbols are before this one in the order of compare_symbols(). */
static size_t symbols_before(const struct model *m, const struct model_symbol *key)
{
	size_t low = 0, high = m->nr_symbols;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_symbols(&m->symbols[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *model_symbol_name(struct model *m, size_t before, uint32_t pid, uint64_t addr)
{
	const struct model_symbol key = { .pid = pid, .addr = addr, .place = before };
	size_t at;

	if (m->nr_symbols && !m->symbols_sorted)
		qsort(m->symbols, m->nr_symbols, sizeof(key), compare_symbols);
	m->symbols_sorted = true;
	at = symbols_before(m, &key);
	if (at && m->symbols[at - 1].pid == pid && m->symbols[at - 1].addr == addr)
		return m->symbols[at - 1].name;
	if (at < m->nr_symbols && m->symbols[at].pid == pid && m->symbols[at].addr == addr)
		return m->symbols[at].name;
	return NULL;
}

char *model_address_text(struct model *m, size_t before, uint32_t pid, uint64_t addr, char *buf,
			 size_t size)
{
	const char *name = model_symbol_name(m, before, pid, addr);

	if (name)
		return text_clean(buf, size, name);
	snprintf(buf, size, "0x%" PRIx64, addr);
	return buf;
}

bool launch_before(const struct model_launch *l, uint64_t *ns)
{
	bool known = l->vmm_started && l->has_span && !l->joined && l->vmm_started <= l->first_ts;

	*ns = known ? l->first_ts - l->vmm_started : 0;
	return known;
}

bool launch_until_run(const struct model_launch *l, uint64_t *ns)
{
	bool known = l->run_ts && l->finish_ts && l->finish_ts <= l->run_ts;

	*ns = known ? l->run_ts - l->finish_ts : 0;
	return known;
}
