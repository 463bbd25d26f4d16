/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles firmware commands. Each nesting depth has a state of its own, so that a PAGE_RECLAIM
 * inside another command does not disturb the outer one.
 */
#ifndef BPF_HANDLE_PSP_H
#define BPF_HANDLE_PSP_H

#include "hist.h"
#include "page.h"
#include "record.h"

/* There is one mailbox, so only one command executes at a time. */
struct sevtrace_psp_now psp_now __weak = {};

/*
 * Returns the current thread's state if its commands are traced: because it works on a traced
 * launch, or because its process is traced.
 */
static __always_inline struct thread *psp_thread(void)
{
	struct thread *t = thread_in_launch();

	if (t)
		return t;
	return is_tracked(bpf_get_current_pid_tgid() >> 32) ? thread_make() : NULL;
}

/* t, here and below: the current thread's state, or NULL. */
static __always_inline void handle_psp_wait(struct thread *t)
{
	if (!t)
		return;
	if (!t->psp[0].waiting)
		__sync_fetch_and_add(&psp_now.waiting, 1);
	command_wait(&t->psp[0], now());
}

/* The command's thread waits for the mailbox no more: it has it, asked for nothing, or died. */
static __always_inline void psp_wait_ends(struct psp_command *p)
{
	if (!p->waiting)
		return;
	p->waiting = false;
	__sync_fetch_and_add(&psp_now.waiting, -1);
}

static __always_inline void handle_psp_start(struct thread *t, u32 cmd, u8 depth)
{
	struct psp_command *p;
	u64 ts = now(), wait;

	if (!t || depth >= PSP_DEPTHS)
		return;
	p = &t->psp[depth];
	wait = command_waited(p, ts);
	psp_wait_ends(p);
	command_start(p, cmd, wait);
	p->mark = ts;
}

static __always_inline void handle_psp_issue(struct thread *t, u8 depth)
{
	u64 ts = now();
	struct psp_command *p = t ? thread_active_command(t, depth) : NULL;

	if (!t || !p)
		return;
	command_issue(p, ts);
	p->mark = ts;
	psp_now.cmd = p->cmd;
	psp_now.launch = t->launch;
	psp_now.since = p->mark;
}

static __always_inline void handle_psp_complete(struct thread *t, u8 depth, bool extra, u32 err_lo,
						u32 err_hi)
{
	u64 ts = now();
	struct psp_command *p = t ? thread_active_command(t, depth) : NULL;

	if (!p)
		return;
	command_complete(p, ts, extra, err_lo, err_hi);
	psp_now.since = 0;
	__sync_fetch_and_add(&psp_now.busy_ns, p->exec);
	__sync_fetch_and_add(&psp_now.commands, 1);
	p->mark = ts;
}

/* A command that is part of no page has a record of its own. */
static __always_inline void lone_command(struct thread *t, const struct psp_command *p,
					 const struct psp_result *result, u64 ts)
{
	struct sevtrace_rec_psp *rec;

	page_flush(t);
	if (p->wait && !t->muted)
		hist_add(t->launch, SEVTRACE_HIST_PSP_WAIT, p->cmd, p->wait, 0);
	if (result->asked && !t->muted)
		hist_add(t->launch, SEVTRACE_HIST_PSP_EXEC, p->cmd, p->exec, 0);
	if (filtered(t, result->ret, p->wait + p->prep + p->exec))
		return;
	rec = record_new_bulk(SEVTRACE_REC_PSP, sizeof(*rec), ts, t->launch, result->ret);
	if (!rec)
		return;
	command_record(p, result, ts, rec);
	record_submit(rec);
}

static __always_inline void handle_psp_end(struct thread *t, const struct psp_result *result)
{
	u64 ts = now();
	struct psp_command *p = t ? thread_active_command(t, result->depth) : NULL;

	if (!p)
		return;
	if (thread_page_takes(t, result->depth))
		thread_page_command(t, p, result, ts);
	else
		lone_command(t, p, result, ts);
	thread_command_end(t, p, result);
}

#endif /* BPF_HANDLE_PSP_H */
