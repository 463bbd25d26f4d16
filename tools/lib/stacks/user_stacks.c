// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/user_stacks.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "process/helper.h"
#include "stacks/helper.h"
#include "stacks/sampled.h"

#define SLOTS 64
#define SAMPLE_SLOTS 48 /* samples leave the others to failures */
#define PATIENCE_NS (STACKS_JOB_NS + 5000000000ULL) /* a question may have to queue */
#define RESTART_NS 10000000000ULL /* between two starts of the helper */
#define KNOWN 16 /* unwound stacks that are kept for later failures of the same kind */
#define SOCKET_BYTES (2 << 20) /* of questions that the helper has not received yet */

/* A failure or a sample: the copy of its stack, its record, or both. */
struct slot {
	bool used;
	uint64_t id; /* of the question that has no answer yet; 0: none */
	uint64_t since; /* when it was asked; for which of two slots is older */
	uint32_t like; /* an earlier failure of the same kind, which had the copy; 0: none */
	bool has_copy;
	bool has_record;
	bool sample;
	bool cut; /* the kernel saw more of the stack than unwinding did */
	struct vmm_stack stack; /* its header tells which failure it is, also without a record */
};

/* An unwound stack. */
struct known {
	uint32_t pid;
	uint32_t copied; /* see struct sevtrace_failure */
	size_t nr;
	struct unwind_frame frames[SEVTRACE_STACK_DEPTH];
};

struct vmm_stacks {
	int socket; /* -1: there is no helper */
	pid_t helper;
	uint64_t started;
	uint64_t last_id;
	uint64_t lost;
	struct slot slots[SLOTS];
	struct known known[KNOWN];
	size_t next_known;
	struct sampled_stacks sampled;
	struct sampled_waiting waiting;
};

static int start(struct vmm_stacks *s)
{
	int ends[2], err, size = SOCKET_BYTES;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	if (setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	err = helper_start(STACKS_ROLE, &ends[1], 1, &s->helper);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		return err;
	}
	s->socket = ends[0];
	return 0;
}

static void stop(struct vmm_stacks *s)
{
	if (s->socket < 0)
		return;
	close(s->socket);
	kill(s->helper, SIGKILL);
	while (waitpid(s->helper, NULL, 0) < 0 && errno == EINTR)
		;
	s->socket = -1;
	/* Nobody answers these any more. */
	for (size_t i = 0; i < SLOTS; i++)
		s->slots[i].id = 0;
}

int vmm_stacks_new(struct vmm_stacks **out)
{
	struct vmm_stacks *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;

	if (!err)
		err = start(s);
	if (err)
		free(s);
	else
		*out = s;
	return err;
}

void vmm_stacks_free(struct vmm_stacks *s)
{
	if (!s)
		return;
	stop(s);
	free(s);
}

/* The head of struct stacks_question. */
struct question {
	uint32_t kind; /* enum stacks_kind */
	uint32_t pid;
	uint64_t id;
	uint64_t ts;
};

/* Sends a question. Returns its id, or 0 if it could not be sent. */
static uint64_t ask(struct vmm_stacks *s, const struct question *question, const void *rest,
		    size_t size)
{
	struct question head = *question;
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)rest, size } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = size ? 2 : 1 };

	_Static_assert(sizeof(head) == offsetof(struct stacks_question, copy), "the same head");
	if (s->socket >= 0 && sendmsg(s->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		return head.id;
	return 0;
}

void vmm_stacks_begin(struct vmm_stacks *s, const struct sevtrace_rec_launch_begin *begin)
{
	const struct question question = { STACKS_BEGIN, begin->pid, begin->h.launch, begin->h.ts };

	sampled_forget(&s->sampled, begin->pid);
	ask(s, &question, NULL, 0);
}

void vmm_stacks_end(struct vmm_stacks *s, uint32_t launch)
{
	const struct question question = { .kind = STACKS_END, .id = launch };

	ask(s, &question, NULL, 0);
}

static bool same_failure(const struct sevtrace_rec *a, const struct sevtrace_rec *b)
{
	return a->launch == b->launch && a->tid == b->tid && a->ts == b->ts;
}

static struct slot *find(struct vmm_stacks *s, const struct sevtrace_rec *h)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (s->slots[i].used && same_failure(&s->slots[i].stack.rec.h, h))
			return &s->slots[i];
	return NULL;
}

/*
 * Returns a slot for a failure: a free one, or the oldest of those whose record did not come. NULL:
 * all wait for answers.
 */
static struct slot *take_slot(struct vmm_stacks *s, const struct sevtrace_rec *h, uint64_t now)
{
	struct slot *slot = NULL;

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *other = &s->slots[i];

		if (!other->used) {
			slot = other;
			break;
		}
		if (!other->has_record && (!slot || other->since < slot->since))
			slot = other;
	}
	if (!slot)
		return NULL;
	memset(slot, 0, sizeof(*slot));
	slot->used = true;
	slot->since = now;
	slot->stack.rec.h = *h;
	return slot;
}

/* Is a sample of this process being unwound? */
static bool unwinds(const struct vmm_stacks *s, uint32_t pid)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (s->slots[i].used && s->slots[i].sample && s->slots[i].stack.rec.pid == pid)
			return true;
	return false;
}

static bool samples_full(const struct vmm_stacks *s)
{
	size_t nr = 0;

	for (size_t i = 0; i < SLOTS; i++)
		nr += s->slots[i].used && s->slots[i].sample;
	return nr >= SAMPLE_SLOTS;
}

void vmm_stacks_copy(struct vmm_stacks *s, const struct sevtrace_user_stack *copy, uint64_t now)
{
	const struct question question = { STACKS_UNWIND, copy->pid, ++s->last_id, copy->h.ts };
	bool full = copy->sample && samples_full(s);
	struct slot *slot = full ? NULL : take_slot(s, &copy->h, now);

	if (slot) {
		slot->has_copy = true;
		slot->sample = copy->sample;
		slot->stack.rec.pid = copy->pid;
		slot->id = ask(s, &question, copy, sizeof(*copy));
	}
	/* A sample's stack may be known. */
	s->lost += !full && (!slot || !slot->id);
}

static size_t count(const __u64 addresses[SEVTRACE_STACK_DEPTH])
{
	size_t nr = 0;

	while (nr < SEVTRACE_STACK_DEPTH && addresses[nr])
		nr++;
	return nr;
}

/* Asks for the names of the addresses that the kernel saw. */
static void ask_names(struct vmm_stacks *s, struct slot *slot, uint64_t now)
{
	const struct sevtrace_rec_stack *rec = &slot->stack.rec;
	const struct question question = { STACKS_NAME, rec->pid, ++s->last_id, rec->h.ts };

	slot->has_copy = false;
	slot->since = now;
	if (count(rec->user))
		slot->id = ask(s, &question, rec->user, sizeof(rec->user));
}

static struct sampled_at at_of(const struct vmm_stack *stack)
{
	return (struct sampled_at){ stack->rec.user[0], stack->sp, stack->rec.pid };
}

/* Puts the stack of a sample that was at the same place into it. Returns whether there is one. */
static bool use_sampled(const struct vmm_stacks *s, struct vmm_stack *stack)
{
	const struct sampled_at at = at_of(stack);

	return sampled_find(&s->sampled, &at, stack->rec.user);
}

/* Takes a sample without a copy. Returns whether it waits for one that has a copy. */
static bool take_sample(struct vmm_stacks *s, struct vmm_stack *stack)
{
	union sevtrace_record rec;

	if (use_sampled(s, stack))
		return false;
	if (s->waiting.nr == SAMPLED_WAITING || !unwinds(s, stack->rec.pid)) {
		s->lost++;
		return false;
	}
	vmm_stack_write(stack, &rec);
	rec.sample.sp = stack->sp;
	s->waiting.of[s->waiting.nr++] = rec.sample;
	return true;
}

bool vmm_stacks_record(struct vmm_stacks *s, struct vmm_stack *stack, uint64_t now)
{
	struct slot *slot = find(s, &stack->rec.h);

	if (!slot && stack->period)
		return take_sample(s, stack);
	if (!slot) {
		slot = stack->rec.copied || count(stack->rec.user) ?
			       take_slot(s, &stack->rec.h, now) :
			       NULL;
		if (!slot)
			return false;
	}
	slot->has_record = true;
	slot->stack = *stack;
	if (!slot->has_copy && stack->rec.copied)
		slot->like = stack->rec.copied;
	else if (!slot->has_copy)
		ask_names(s, slot, now);
	return true;
}

static void read_sample(const struct sevtrace_rec_sample *rec, struct vmm_stack *stack)
{
	stack->rec.h = rec->h;
	stack->rec.pid = rec->pid;
	stack->rec.copied = rec->copied;
	memcpy(stack->rec.user, rec->user, sizeof(rec->user));
	stack->period = rec->period;
	stack->sp = rec->sp;
	stack->in_kernel = rec->in_kernel;
	stack->in_ioctl = rec->in_ioctl;
}

bool vmm_stack_read(const struct sevtrace_rec *rec, struct vmm_stack *stack)
{
	memset(stack, 0, sizeof(*stack));
	if (rec->type == SEVTRACE_REC_STACK && rec->size >= sizeof(stack->rec))
		stack->rec = *(const struct sevtrace_rec_stack *)rec;
	else if (rec->type == SEVTRACE_REC_SAMPLE &&
		 rec->size >= sizeof(struct sevtrace_rec_sample))
		read_sample((const struct sevtrace_rec_sample *)rec, stack);
	else
		return false;
	return true;
}

const struct sevtrace_rec *vmm_stack_write(const struct vmm_stack *stack,
					   union sevtrace_record *buffer)
{
	struct sevtrace_rec_sample *sample = &buffer->sample;

	memset(buffer, 0, sizeof(*buffer));
	if (stack->rec.h.type != SEVTRACE_REC_SAMPLE) {
		buffer->stack = stack->rec;
		return &buffer->h;
	}
	sample->h = stack->rec.h;
	sample->h.size = sizeof(*sample);
	sample->pid = stack->rec.pid;
	memcpy(sample->user, stack->rec.user, sizeof(sample->user));
	sample->period = stack->period;
	sample->in_kernel = stack->in_kernel;
	sample->in_ioctl = stack->in_ioctl;
	return &buffer->h;
}

static void remember(struct vmm_stacks *s, const struct slot *slot)
{
	struct known *k = &s->known[s->next_known++ % KNOWN];

	k->pid = slot->stack.rec.pid;
	k->copied = (uint32_t)slot->stack.rec.h.ts;
	k->nr = slot->stack.nr;
	memcpy(k->frames, slot->stack.frames, sizeof(k->frames));
}

static void take_frames(struct vmm_stack *stack)
{
	for (size_t i = 0; i < stack->nr; i++)
		stack->rec.user[i] = stack->frames[i].pc;
}

/*
 * Gives a failure the stack of an earlier one: the same process failed in the same ioctl and step,
 * with the same errno and the same stack pointer. Returns whether nothing is to be waited for.
 */
static bool use_known(struct vmm_stacks *s, struct slot *slot, uint64_t now)
{
	struct vmm_stack *stack = &slot->stack;

	for (size_t i = 0; i < KNOWN; i++) {
		const struct known *k = &s->known[i];

		if (!k->nr || k->pid != stack->rec.pid || k->copied != slot->like)
			continue;
		stack->nr = k->nr;
		memcpy(stack->frames, k->frames, sizeof(k->frames));
		take_frames(stack);
		slot->like = 0;
		return true;
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (s->slots[i].has_copy && s->slots[i].id &&
		    s->slots[i].stack.rec.pid == stack->rec.pid &&
		    (uint32_t)s->slots[i].stack.rec.h.ts == slot->like)
			return false;
	slot->like = 0;
	ask_names(s, slot, now);
	return !slot->id;
}

static bool has_name(const struct vmm_stack *stack)
{
	for (size_t i = 0; i < stack->nr; i++)
		if (*stack->frames[i].name)
			return true;
	return false;
}

/* Uses an answer: an unwound stack, unless the kernel saw more of it, or names. */
static void take_answer(struct vmm_stacks *s, struct slot *slot, const struct stacks_answer *answer)
{
	slot->id = 0;
	slot->stack.nr = answer->nr < SEVTRACE_STACK_DEPTH ? answer->nr : SEVTRACE_STACK_DEPTH;
	memcpy(slot->stack.frames, answer->frames, sizeof(slot->stack.frames));
	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH; i++)
		slot->stack.frames[i].name[UNWIND_NAME_LEN - 1] = '\0';
	if (slot->has_copy && slot->stack.nr && !slot->sample)
		remember(s, slot);
	s->lost += slot->cut && !has_name(&slot->stack);
}

static void receive(struct vmm_stacks *s)
{
	struct stacks_answer answer;
	ssize_t size;

	while (s->socket >= 0) {
		size = recv(s->socket, &answer, sizeof(answer), MSG_DONTWAIT);
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (size <= 0)
			stop(s);
		for (size_t i = 0; i < SLOTS && size == sizeof(answer) && answer.id; i++)
			if (s->slots[i].used && s->slots[i].id == answer.id)
				take_answer(s, &s->slots[i], &answer);
	}
}

/* Puts the frames into the record. Returns whether the record is ready. */
static bool join(struct vmm_stacks *s, struct slot *slot, uint64_t now)
{
	struct vmm_stack *stack = &slot->stack;

	if (!slot->has_copy)
		return true;
	if (!stack->nr || stack->nr < count(stack->rec.user)) {
		s->lost += !stack->nr;
		slot->cut = stack->nr;
		stack->nr = 0;
		ask_names(s, slot, now);
		return !slot->id;
	}
	take_frames(stack);
	return true;
}

static void give_up(struct vmm_stacks *s, struct slot *slot)
{
	slot->id = 0;
	slot->like = 0;
	slot->stack.nr = 0;
	s->lost += slot->has_copy;
	slot->has_copy = false;
}

/*
 * Makes "function+0x1f (binary) at file.c:12" "function (binary)", and the address that of the
 * function.
 */
static void to_function(struct unwind_frame *frame, __u64 *address)
{
	char *plus = strchr(frame->name, '+'), *rest = plus;
	uint64_t offset = plus ? strtoull(plus + 1, &rest, 16) : 0;
	const char *end = rest ? strchr(rest, ')') : NULL;

	/* Without a function, it is "binary+0x1f". */
	if (!end || strncmp(rest, " (", 2) != 0 || offset > frame->pc)
		return;
	frame->pc -= offset;
	*address = frame->pc;
	memmove(plus, rest, (size_t)(end + 1 - rest));
	plus[end + 1 - rest] = '\0';
}

/* Samples of one function are to be equal. */
static void settle(struct vmm_stacks *s, struct vmm_stack *stack, bool unwound)
{
	const struct sampled_at at = at_of(stack);

	for (size_t i = 0; stack->period && i < stack->nr; i++)
		to_function(&stack->frames[i], &stack->rec.user[i]);
	if (stack->period && unwound && stack->nr)
		sampled_add(&s->sampled, &at, stack->rec.user);
}

/*
 * Hands out the samples that wait, if one like them was unwound, or none is any more; with `all`,
 * all of them.
 */
static int hand_out_waiting(struct vmm_stacks *s, bool all,
			    int (*done)(void *ctx, const struct vmm_stack *stack), void *ctx)
{
	struct sampled_waiting *w = &s->waiting;
	size_t nr = w->nr;
	int err = 0;

	w->nr = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct sevtrace_rec_sample rec = w->of[i];
		struct vmm_stack stack;
		bool known;

		vmm_stack_read(&rec.h, &stack);
		known = use_sampled(s, &stack);
		if (err || (!known && !all && unwinds(s, rec.pid))) {
			w->of[w->nr++] = rec;
			continue;
		}
		s->lost += !known;
		err = done(ctx, &stack);
	}
	return err;
}

int vmm_stacks_poll(struct vmm_stacks *s, uint64_t now,
		    int (*done)(void *ctx, const struct vmm_stack *stack), void *ctx)
{
	int err = 0;

	if (s->socket < 0 && now - s->started > RESTART_NS) {
		s->started = now;
		start(s);
	}
	receive(s);
	for (size_t i = 0; i < SLOTS && !err; i++) {
		struct slot *slot = &s->slots[i];

		if (slot->id && now > slot->since && now - slot->since > PATIENCE_NS)
			give_up(s, slot);
		if (!slot->used || slot->id || !slot->has_record)
			continue;
		if (slot->like ? !use_known(s, slot, now) : !join(s, slot, now))
			continue;
		slot->used = false;
		settle(s, &slot->stack, slot->has_copy);
		err = done(ctx, &slot->stack);
	}
	return err ? err : hand_out_waiting(s, false, done, ctx);
}

int vmm_stacks_give_up(struct vmm_stacks *s, int (*done)(void *ctx, const struct vmm_stack *stack),
		       void *ctx)
{
	int err = 0;

	for (size_t i = 0; i < SLOTS && !err; i++) {
		struct slot *slot = &s->slots[i];

		if (!slot->used || !slot->has_record)
			continue;
		give_up(s, slot);
		slot->used = false;
		err = done(ctx, &slot->stack);
	}
	return err ? err : hand_out_waiting(s, true, done, ctx);
}

size_t vmm_stacks_pending(const struct vmm_stacks *s, uint32_t launch)
{
	size_t nr = 0;

	for (size_t i = 0; i < SLOTS; i++)
		nr += s->slots[i].used && s->slots[i].has_record &&
		      (!launch || s->slots[i].stack.rec.h.launch == launch);
	for (size_t i = 0; i < s->waiting.nr; i++)
		nr += !launch || s->waiting.of[i].h.launch == launch;
	return nr;
}

int vmm_stacks_fd(const struct vmm_stacks *s)
{
	return s->socket;
}

uint64_t vmm_stacks_lost(const struct vmm_stacks *s)
{
	return s->lost;
}

bool vmm_stack_renames(const struct vmm_stack *stack, const struct symbols *symbols)
{
	bool renames = false;

	for (size_t i = 0; i < stack->nr && !renames; i++)
		renames = *stack->frames[i].name &&
			  symbols_rename(symbols, stack->rec.pid, stack->frames[i].pc,
					 stack->frames[i].name);
	return renames;
}

int vmm_stack_names(const struct vmm_stack *stack, struct symbols *symbols,
		    const struct kernel_names *kernel)
{
	int err = symbols_add_stack(symbols, &stack->rec, kernel);

	for (size_t i = 0; i < stack->nr && !err; i++)
		if (*stack->frames[i].name)
			err = symbols_add_named(symbols, stack->rec.pid, stack->frames[i].pc,
						stack->frames[i].name);
	return err;
}
