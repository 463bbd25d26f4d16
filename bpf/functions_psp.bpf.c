// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hands the boundaries of ccp's functions to the handlers, on kernels without kernel-patches/.
 * Nothing here needs types of ccp.
 */
#include "call.h"

#define STATUS_BITS 0xffff /* PSP_CMDRESP_STS, drivers/crypto/ccp/psp-dev.h */

/*
 * sev_do_cmd() is a part of its callers in some builds of ccp, so the wait for the mailbox begins
 * at any of them. A caller that asks for nothing ends the wait.
 */
static __always_inline void wait_enter(void)
{
	if (ccp_by_functions)
		handle_psp_wait(psp_thread());
}

static __always_inline void wait_exit(void)
{
	struct thread *t = ccp_by_functions ? thread_get() : NULL;

	if (t)
		psp_wait_ends(&t->psp[0]);
}

#define WAITS(function)       \
	ENTRY(function)       \
	{                     \
		wait_enter(); \
	}                     \
	EXIT(function)        \
	{                     \
		wait_exit();  \
	}

WAITS(sev_guest_activate)
WAITS(sev_guest_deactivate)
WAITS(sev_guest_decommission)
WAITS(sev_guest_df_flush)

/* The last argument tells that the caller has the mailbox already. */
ENTRY(snp_reclaim_pages)
{
	if (!(bool)func_arg(ctx, 2))
		wait_enter();
}

EXIT(snp_reclaim_pages)
{
	if (!(bool)func_arg(ctx, 2))
		wait_exit();
}

/* Who calls sev_do_cmd() for a guest has done what comes before the command. */
static __always_inline void command_enter(void *ctx)
{
	struct thread *t = ccp_by_functions ? psp_thread() : thread_get();

	if (t && kvm_by_functions && call_of(t)->unflushed)
		vmsa_flushed(ctx, call_of(t));
	if (ccp_by_functions)
		handle_psp_wait(t);
}

/* It returns right behind __sev_do_cmd_locked(), so its end tells nothing. */
ENTRY(sev_do_cmd)
{
	command_enter(ctx);
}

ENTRY(sev_issue_cmd_external_user)
{
	command_enter(ctx);
}

/*
 * Returns the depth of the innermost command of this thread, PSP_DEPTHS if there is none. The
 * barrier hides from the compiler that the depth is small: it would drop checks that the verifier
 * needs.
 */
static __always_inline u8 innermost(const struct thread *t)
{
	u32 depth = PSP_DEPTHS;

	if (t->psp[0].active)
		depth = 0;
	if (t->psp[1].active)
		depth = 1;
	barrier_var(depth);
	return depth;
}

/* Returns the depth of a command that begins. */
static __always_inline u8 next_depth(const struct thread *t)
{
	u32 depth = 0;

	if (t->psp[0].active)
		depth = 1;
	barrier_var(depth);
	return depth;
}

ENTRY(__sev_do_cmd_locked)
{
	struct thread *t = psp_thread();
	u8 depth;

	if (!t)
		return;
	depth = next_depth(t);
	*reply_of(t, depth) = (struct reply){ 0 };
	handle_psp_start(t, (u32)func_arg(ctx, 0), depth);
	if (!hooked_wait_cmd)
		handle_psp_issue(t, depth);
}

ENTRY(sev_wait_cmd_ioc)
{
	struct thread *t = thread_get();
	u8 depth;

	if (!t)
		return;
	depth = innermost(t);
	if (depth >= PSP_DEPTHS)
		return;
	reply_of(t, depth)->asked = true;
	handle_psp_issue(t, depth);
}

EXIT(sev_wait_cmd_ioc)
{
	struct thread *t = thread_get();
	u32 reg = 0;
	u8 depth;

	if (!t)
		return;
	depth = innermost(t);
	if (depth >= PSP_DEPTHS)
		return;
	if (!(s32)func_ret(ctx)) {
		struct reply *reply = reply_of(t, depth);

		bpf_probe_read_kernel(&reg, sizeof(reg), (void *)func_arg(ctx, 1));
		reply->answered = true;
		reply->status = reg & STATUS_BITS;
	}
	handle_psp_complete(t, depth, false, 0, 0);
}

/*
 * Without sev_wait_cmd_ioc() (Linux 6.1), the errno tells whether the PSP was asked and answered,
 * and the status is where the caller wants it.
 */
static __always_inline void guess(void *ctx, struct thread *t, u8 depth, s32 ret)
{
	struct reply *reply = reply_of(t, depth);
	void *status = (void *)func_arg(ctx, 2);

	reply->answered = !ret || ret == -EIO;
	reply->asked = reply->answered || ret == -ETIMEDOUT;
	if (ret == -EIO && status)
		bpf_probe_read_kernel(&reply->status, sizeof(reply->status), status);
	if (reply->asked)
		handle_psp_complete(t, depth, false, 0, 0);
}

EXIT(__sev_do_cmd_locked)
{
	s32 ret = (s32)func_ret(ctx);
	struct thread *t = thread_get();
	struct psp_result result;
	struct reply *reply;
	u8 depth;

	if (!t)
		return;
	depth = innermost(t);
	if (depth >= PSP_DEPTHS)
		return;
	if (!hooked_wait_cmd)
		guess(ctx, t, depth, ret);
	reply = reply_of(t, depth);
	result = command_result(depth, reply->asked, reply->answered, reply->status, ret);
	handle_psp_end(t, &result);
}
