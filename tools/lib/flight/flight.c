// SPDX-License-Identifier: GPL-2.0-only
#include "flight/flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sev/fields.h"
#include "sev/pages.h"
#include "util/array.h"

#define RING_MIN 1024 /* initial size of a ring in bytes */
#define MAX_CPUS 8192

struct flight {
	struct flight_sink sink;
	struct flight_wants wants;
	struct flight_slow slow;
	size_t bytes; /* allocated by all rings */
	uint64_t sequence; /* of records; restores their order over both rings */
	uint32_t highest; /* highest launch number so far */
	struct flight_launch **launches; /* oldest first */
	size_t nr_launches;
	struct flight_launch *latest; /* launch of the last record; NULL: not known */
	struct flight_launch outside;
	struct model model; /* of the launches' courses */
	struct flight_counts counts;
};

/* The header of each record in a ring. */
struct entry {
	uint64_t sequence;
};

static size_t entry_size(const struct flight_ring *ring, size_t at)
{
	const struct sevtrace_rec *rec =
		(const struct sevtrace_rec *)(ring->data + at + sizeof(struct entry));

	return sizeof(struct entry) + rec->size;
}

static struct flight_cpu *cpu_of(struct flight_launch *l, uint32_t number)
{
	struct flight_cpu *cpu;

	for (size_t i = 0; i < l->nr_cpus; i++)
		if (l->cpus[i].cpu == number)
			return &l->cpus[i];
	if (l->nr_cpus == MAX_CPUS)
		return &l->cpus[0];
	cpu = ARRAY_ADD(l->cpus, l->nr_cpus);
	if (cpu)
		cpu->cpu = number;
	return cpu;
}

static void count_cut(struct flight_launch *l, struct flight_ring *ring,
		      const struct sevtrace_rec *rec)
{
	struct flight_cpu *cpu = cpu_of(l, rec->cpu);

	ring->cut++;
	if (cpu)
		cpu->cut++;
}

static void ring_drop_oldest(struct flight_launch *l, struct flight_ring *ring)
{
	count_cut(l, ring,
		  (const struct sevtrace_rec *)(ring->data + ring->start + sizeof(struct entry)));
	ring->start += entry_size(ring, ring->start);
	ring->nr--;
}

static void ring_free(struct flight *f, struct flight_ring *ring)
{
	f->bytes -= ring->size;
	free(ring->data);
	*ring = (struct flight_ring){ 0 };
}

/* Makes room after the last entry. Returns false if the budget is used up or memory ran out. */
static bool ring_reserve(struct flight *f, struct flight_ring *ring, size_t size, size_t budget)
{
	size_t used = ring->end - ring->start, grown = ring->size ? ring->size : RING_MIN;
	char *data;

	if (ring->size - ring->end >= size)
		return true;
	/*
	 * Moves entries only if a quarter is free: then moving costs at most three times what it
	 * frees.
	 */
	if (ring->start >= ring->size / 4 && ring->size - used >= size) {
		memmove(ring->data, ring->data + ring->start, used);
		ring->start = 0;
		ring->end = used;
		return true;
	}
	while (grown - ring->end < size)
		grown *= 2;
	if (f->bytes - ring->size + grown > budget)
		return false;
	data = realloc(ring->data, grown);
	if (!data)
		return false;
	f->bytes += grown - ring->size;
	ring->data = data;
	ring->size = grown;
	return true;
}

static bool is_course(const struct sevtrace_rec *rec)
{
	switch (rec->type) {
	case SEVTRACE_REC_STEP:
		return ((const struct sevtrace_rec_step *)rec)->ret != 0;
	case SEVTRACE_REC_PSP:
		return ((const struct sevtrace_rec_psp *)rec)->ret != 0;
	case SEVTRACE_REC_PAGE:
		return page_failed((const struct sevtrace_rec_page *)rec);
	case SEVTRACE_REC_ATTR:
		return ((const struct sevtrace_rec_attr *)rec)->ret != 0;
	case SEVTRACE_REC_SAMPLE:
		return false;
	default:
		return true;
	}
}

/* Keeps a record. If there is no room, drops older records of the launch, and at last this one. */
static void keep(struct flight *f, struct flight_launch *l, const struct sevtrace_rec *rec)
{
	const bool course = is_course(rec);
	struct flight_ring *ring = course ? &l->course : &l->pages;
	const size_t budget = course ? 2 * (size_t)FLIGHT_BYTES : FLIGHT_BYTES;
	const size_t size = sizeof(struct entry) + rec->size;
	struct entry entry = { f->sequence++ };

	while (ring->nr && (course ? ring->end - ring->start + size > FLIGHT_COURSE_BYTES :
				     ring->nr >= f->wants.keep))
		ring_drop_oldest(l, ring);
	while (!ring_reserve(f, ring, size, budget)) {
		if (!ring->nr) {
			count_cut(l, ring, rec);
			return;
		}
		ring_drop_oldest(l, ring);
	}
	memcpy(ring->data + ring->end, &entry, sizeof(entry));
	memcpy(ring->data + ring->end + sizeof(entry), rec, rec->size);
	ring->end += size;
	ring->nr++;
}

static void launch_release(struct flight *f, struct flight_launch *l)
{
	ring_free(f, &l->course);
	ring_free(f, &l->pages);
	symbols_free(l->symbols);
	free(l->cpus);
	*l = (struct flight_launch){ .number = l->number };
}

struct flight *flight_new(const struct flight_wants *wants, const struct flight_sink *sink)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->sink = *sink;
	f->wants = *wants;
	f->slow.limits = wants->slow;
	model_init(&f->model);
	return f;
}

void flight_free(struct flight *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->nr_launches; i++) {
		launch_release(f, f->launches[i]);
		free(f->launches[i]);
	}
	launch_release(f, &f->outside);
	free(f->launches);
	model_free(&f->model);
	free(f);
}

static void drop(struct flight *f, struct flight_launch *l, bool ended)
{
	size_t at = 0;

	while (f->launches[at] != l)
		at++;
	f->nr_launches--;
	memmove(&f->launches[at], &f->launches[at + 1],
		(f->nr_launches - at) * sizeof(struct flight_launch *));
	f->latest = NULL;
	model_forget(&f->model, l->number);
	f->sink.dropped(f->sink.ctx, l->number, ended);
	launch_release(f, l);
	free(l);
}

const struct model_launch *flight_model(const struct flight *f, const struct flight_launch *l)
{
	size_t at = model_position(&f->model, l->number);

	return at < f->model.nr_launches ? f->model.launches[at] : NULL;
}

const struct model_failure *flight_failure(const struct flight *f, const struct flight_launch *l)
{
	const struct model_launch *m = flight_model(f, l);

	for (size_t i = 0; m && i < m->nr_failures; i++)
		if (!m->failures[i].recovered &&
		    m->failures[i].ioctl != SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION)
			return &m->failures[i];
	return NULL;
}

static enum model_result result_of(const struct flight *f, const struct flight_launch *l)
{
	const struct model_launch *m = flight_model(f, l);

	return m ? launch_result(m) : MODEL_INCOMPLETE;
}

static int hand_out(struct flight *f, struct flight_launch *l, bool ended)
{
	if (l->handed_out)
		return 0;
	l->handed_out = true;
	return f->sink.found(f->sink.ctx, l, ended);
}

static int hand_out_failed(struct flight *f, struct flight_launch *l, bool ended)
{
	l->why = FLIGHT_FAILED;
	return f->wants.failures ? hand_out(f, l, ended) : 0;
}

/* A launch that did not fail is handed out if it, or a command of it, was slow. */
static int hand_out_slow(struct flight *f, struct flight_launch *l, bool finished, bool ended)
{
	bool slow = finished && flight_slow_launch(&f->slow, flight_model(f, l));

	if (!slow && !l->command_slow)
		return 0;
	f->counts.slow++;
	l->why = slow ? FLIGHT_SLOW : FLIGHT_SLOW_COMMAND;
	return hand_out(f, l, ended);
}

/* Ends a launch: it succeeded, its VM is gone, or no more records will come. */
static int launch_over(struct flight *f, struct flight_launch *l, bool ended)
{
	int err = 0;

	switch (result_of(f, l)) {
	case MODEL_OK:
		f->counts.ok++;
		f->counts.recovered += l->handed_out;
		if (l->handed_out)
			f->sink.recovered(f->sink.ctx, l);
		err = hand_out_slow(f, l, true, ended);
		break;
	case MODEL_FAILED:
		f->counts.failed++;
		err = hand_out_failed(f, l, ended);
		break;
	case MODEL_INCOMPLETE:
		f->counts.incomplete++;
		err = hand_out_slow(f, l, false, ended);
		break;
	}
	drop(f, l, ended);
	return err;
}

static struct flight_launch *find(struct flight *f, uint32_t number)
{
	if (!number)
		return &f->outside;
	if (f->latest && f->latest->number == number)
		return f->latest;
	for (size_t i = f->nr_launches; i > 0; i--) {
		if (f->launches[i - 1]->number == number) {
			f->latest = f->launches[i - 1];
			return f->latest;
		}
	}
	return NULL;
}

/* Ends the watch over a launch that is under way. */
static int let_go(struct flight *f, struct flight_launch *l)
{
	int err;

	if (result_of(f, l) == MODEL_FAILED)
		return launch_over(f, l, false);
	/* It may still succeed, so it does not count as given up. */
	err = hand_out_slow(f, l, false, false);
	drop(f, l, false);
	return err;
}

/* Makes room for a launch by dropping the oldest one. */
static int forget_oldest(struct flight *f)
{
	f->counts.forgotten++;
	return let_go(f, f->launches[0]);
}

static int add(struct flight *f, uint32_t number, struct flight_launch **out)
{
	struct flight_launch **place, *l;
	int err = f->nr_launches == FLIGHT_MAX_LAUNCHES ? forget_oldest(f) : 0;

	if (err)
		return err;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	place = ARRAY_ADD(f->launches, f->nr_launches);
	if (!place) {
		free(l);
		return -ENOMEM;
	}
	*place = l;
	l->number = number;
	*out = l;
	return 0;
}

/*
 * Is this the first record of a launch? Launch numbers rise. But launches that begin at the same
 * time may come in another order, each with its LAUNCH_BEGIN first. Any other unknown launch is
 * over already: its guest runs, or is being destroyed.
 */
static bool is_new(const struct flight *f, const struct sevtrace_rec *rec)
{
	return rec->type == SEVTRACE_REC_LAUNCH_BEGIN || rec->launch > f->highest;
}

/* Does user space ask for a length, with an empty buffer? That "fails" by design. */
static bool is_length_query(const struct sevtrace_rec_psp *rec)
{
	return rec->answered && rec->status == SEVTRACE_PSP_INVALID_LEN;
}

static void note_outside(struct flight_launch *l, const struct sevtrace_rec *rec)
{
	const struct sevtrace_rec_psp *psp = (const struct sevtrace_rec_psp *)rec;

	if (rec->type != SEVTRACE_REC_PSP || !psp->ret || is_length_query(psp) || l->failed)
		return;
	l->failed = rec->ts;
	l->command = *psp;
}

static int feed_model(struct flight *f, const struct sevtrace_rec *rec)
{
	union sevtrace_record copy;

	record_copy(&copy, rec);
	return model_feed(&f->model, &copy);
}

int flight_feed(struct flight *f, const struct sevtrace_rec *rec)
{
	struct flight_launch *l = find(f, rec->launch);
	struct flight_cpu *cpu;
	int err;

	if (!l) {
		if (!is_new(f, rec))
			return 0;
		err = add(f, rec->launch, &l);
		if (err)
			return err;
	}
	if (rec->launch > f->highest)
		f->highest = rec->launch;
	cpu = cpu_of(l, rec->cpu);
	if (!cpu)
		return -ENOMEM;
	cpu->seen++;
	/* A STACK record comes late; and what the VMM computes is no progress of its launch. */
	if (rec->ts > l->last && rec->type != SEVTRACE_REC_SAMPLE)
		l->last = rec->ts;
	if (rec->type == SEVTRACE_REC_LAUNCH_BEGIN && !l->has_begin &&
	    rec->size >= sizeof(l->begin)) {
		l->begin = *(const struct sevtrace_rec_launch_begin *)rec;
		l->begin.h.size = sizeof(l->begin);
		l->has_begin = true;
	} else {
		keep(f, l, rec);
	}
	if (!rec->launch) {
		note_outside(l, rec);
		return 0;
	}
	if (!l->command_slow)
		l->command_slow = flight_slow_command(&f->slow, rec, &l->command);
	/* Feeds only the course to the model: pages would take time, though no memory. */
	err = is_course(rec) ? feed_model(f, rec) : 0;
	if (err)
		return err;
	if (rec->type == SEVTRACE_REC_LAUNCH_END || result_of(f, l) == MODEL_OK)
		return launch_over(f, l, rec->type == SEVTRACE_REC_LAUNCH_END);
	return 0;
}

struct symbols *flight_symbols(struct flight *f, uint32_t launch)
{
	struct flight_launch *l = find(f, launch);

	if (l && !l->symbols)
		l->symbols = symbols_new();
	return l ? l->symbols : NULL;
}

static int hand_out_host(struct flight *f)
{
	int err;

	f->counts.host++;
	err = f->sink.found(f->sink.ctx, &f->outside, false);
	launch_release(f, &f->outside);
	return err;
}

static bool older(uint64_t ts, uint64_t now, uint64_t age)
{
	return now > ts && now - ts > age;
}

/* Is this a guest that began before us and only runs? It did nothing that belongs to a launch. */
static bool is_guest(const struct flight *f, const struct flight_launch *l)
{
	const struct model_launch *m = flight_model(f, l);

	return l->begin.joined && m && !m->nr_ops;
}

int flight_tick(struct flight *f, uint64_t now)
{
	int err = 0;

	if (f->wants.failures && f->outside.failed && older(f->outside.failed, now, FLIGHT_HOST_NS))
		err = hand_out_host(f);
	for (size_t i = f->nr_launches; i > 0 && !err; i--) {
		struct flight_launch *l = f->launches[i - 1];

		if (!older(l->last, now, FLIGHT_STALL_NS))
			continue;
		if (result_of(f, l) == MODEL_FAILED)
			err = hand_out_failed(f, l, false);
		else if (is_guest(f, l) && older(l->last, now, FLIGHT_IDLE_NS))
			drop(f, l, false);
	}
	return err;
}

int flight_finish(struct flight *f)
{
	int err = f->wants.failures && f->outside.failed ? hand_out_host(f) : 0;

	while (f->nr_launches && !err)
		err = let_go(f, f->launches[0]);
	return err;
}

struct flight_counts flight_counts(const struct flight *f)
{
	return f->counts;
}

size_t flight_bytes(const struct flight *f)
{
	return f->bytes;
}

static uint64_t sequence_at(const struct flight_ring *ring, size_t at)
{
	struct entry entry = { UINT64_MAX };

	if (at < ring->end)
		memcpy(&entry, ring->data + at, sizeof(entry));
	return entry.sequence;
}

int flight_each(const struct flight_launch *l, int (*fn)(void *ctx, const struct sevtrace_rec *rec),
		void *ctx)
{
	size_t course = l->course.start, pages = l->pages.start;
	int err = l->has_begin ? fn(ctx, &l->begin.h) : 0;

	while (!err && (course < l->course.end || pages < l->pages.end)) {
		const bool first = sequence_at(&l->course, course) < sequence_at(&l->pages, pages);
		const struct flight_ring *ring = first ? &l->course : &l->pages;
		size_t *at = first ? &course : &pages;

		err = fn(ctx,
			 (const struct sevtrace_rec *)(ring->data + *at + sizeof(struct entry)));
		*at += entry_size(ring, *at);
	}
	return err;
}
