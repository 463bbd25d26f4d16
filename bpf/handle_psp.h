/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware commands. Each has its state by nesting depth, so a PAGE_RECLAIM inside another command
 * disturbs neither.
 */
#ifndef BPF_HANDLE_PSP_H
#define BPF_HANDLE_PSP_H

#include "hist.h"
#include "record.h"

/* There is one mailbox, so one command at a time executes. */
struct sevtrace_psp_now psp_now __weak = {};

/* The current thread's state if its commands are traced: in a traced launch, or by its process. */
static __always_inline struct thread *psp_thread(void)
{
	struct thread *t = thread_in_launch();

	if (t)
		return t;
	return is_tracked(bpf_get_current_pid_tgid() >> 32) ? thread_make() : NULL;
}

static __always_inline struct psp_command *psp_active(struct thread *t, u8 depth)
{
	if (!t || depth >= PSP_DEPTHS || !t->psp[depth].active)
		return NULL;
	return &t->psp[depth];
}

static __always_inline void handle_psp_wait(void)
{
	struct thread *t = psp_thread();

	if (!t)
		return;
	if (!t->psp[0].waiting)
		__sync_fetch_and_add(&psp_now.waiting, 1);
	t->psp[0].waiting = true;
	t->psp[0].mark = now();
}

static __always_inline void handle_psp_start(u32 cmd, u8 depth)
{
	struct thread *t = psp_thread();
	struct psp_command *p;
	u64 ts = now(), wait;

	if (!t || depth >= PSP_DEPTHS)
		return;
	p = &t->psp[depth];
	wait = p->waiting ? ts - p->mark : 0;
	if (p->waiting)
		__sync_fetch_and_add(&psp_now.waiting, -1);
	__builtin_memset(p, 0, sizeof(*p));
	p->wait = wait;
	p->cmd = cmd;
	p->active = true;
	p->mark = now();
}

static __always_inline void handle_psp_issue(u8 depth)
{
	u64 ts = now();
	struct thread *t = thread_get();
	struct psp_command *p = psp_active(t, depth);

	if (!t || !p)
		return;
	p->prep = ts - p->mark;
	p->mark = now();
	psp_now.cmd = p->cmd;
	psp_now.launch = t->launch;
	psp_now.since = p->mark;
}

static __always_inline void handle_psp_complete(u8 depth, bool extra, u32 err_lo, u32 err_hi)
{
	u64 ts = now();
	struct psp_command *p = psp_active(thread_get(), depth);

	if (!p)
		return;
	p->exec = ts - p->mark;
	psp_now.since = 0;
	__sync_fetch_and_add(&psp_now.busy_ns, p->exec);
	__sync_fetch_and_add(&psp_now.commands, 1);
	p->completed = true;
	p->extra = extra;
	p->err_lo = err_lo;
	p->err_hi = err_hi;
	p->mark = now();
}

/* How the command ended. */
struct psp_result {
	u32 status;
	s32 ret;
	u8 depth;
	bool asked;
	bool answered;
};

static __always_inline void psp_record(const struct thread *t, const struct psp_command *p,
				       const struct psp_result *result, u64 ts)
{
	struct sevtrace_rec_psp *rec;

	if (filtered(t, result->ret, p->wait + p->prep + p->exec))
		return;
	rec = record_new_bulk(SEVTRACE_REC_PSP, sizeof(*rec), ts, t->launch, result->ret);
	if (!rec)
		return;
	rec->wait = p->wait;
	rec->prep = p->completed ? p->prep : ts - p->mark;
	rec->exec = p->exec;
	rec->reclaim = p->completed ? ts - p->mark : 0;
	rec->cmd = p->cmd;
	rec->status = result->status;
	rec->ret = result->ret;
	rec->err_lo = p->err_lo;
	rec->err_hi = p->err_hi;
	rec->depth = result->depth;
	rec->asked = result->asked;
	rec->answered = result->answered;
	rec->extra = p->extra;
	record_submit(rec);
}

/* What the ioctl will be told about the PSP: its first failure, else its last command. */
static __always_inline void psp_note(struct thread *t, const struct psp_result *result)
{
	if (result->depth || t->psp_failed)
		return;
	t->psp_asked = result->asked;
	t->psp_answered = result->answered;
	t->psp_failed = result->ret != 0;
}

static __always_inline void handle_psp_end(const struct psp_result *result)
{
	u64 ts = now();
	struct thread *t = thread_get();
	struct psp_command *p = psp_active(t, result->depth);

	if (!p)
		return;
	p->active = false;
	if (p->wait && !t->muted)
		hist_add(t->launch, SEVTRACE_HIST_PSP_WAIT, p->cmd, p->wait, 0);
	if (result->asked && !t->muted)
		hist_add(t->launch, SEVTRACE_HIST_PSP_EXEC, p->cmd, p->exec, 0);
	psp_record(t, p, result, ts);
	psp_note(t, result);
}

#endif /* BPF_HANDLE_PSP_H */
