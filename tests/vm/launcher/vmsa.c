// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds the VM save area from a vCPU's state.
 */
#include "vmsa.h"

#include <string.h>

#include "bytes.h"

/* AMD64 APM vol. 2, table B-4, "VMSA Layout, State Save Area for SEV-ES" */
enum vmsa_layout {
	VMSA_ES = 0x000,
	VMSA_CS = 0x010,
	VMSA_SS = 0x020,
	VMSA_DS = 0x030,
	VMSA_FS = 0x040,
	VMSA_GS = 0x050,
	VMSA_GDTR = 0x060,
	VMSA_LDTR = 0x070,
	VMSA_IDTR = 0x080,
	VMSA_TR = 0x090,
	VMSA_CPL = 0x0cb,
	VMSA_EFER = 0x0d0,
	VMSA_CR4 = 0x148,
	VMSA_CR3 = 0x150,
	VMSA_CR0 = 0x158,
	VMSA_DR7 = 0x160,
	VMSA_DR6 = 0x168,
	VMSA_RFLAGS = 0x170,
	VMSA_RIP = 0x178,
	VMSA_RSP = 0x1d8,
	VMSA_RAX = 0x1f8,
	VMSA_STAR = 0x200,
	VMSA_LSTAR = 0x208,
	VMSA_CSTAR = 0x210,
	VMSA_SFMASK = 0x218,
	VMSA_KERNEL_GS_BASE = 0x220,
	VMSA_SYSENTER_CS = 0x228,
	VMSA_SYSENTER_ESP = 0x230,
	VMSA_SYSENTER_EIP = 0x238,
	VMSA_G_PAT = 0x268,
	VMSA_RCX = 0x308,
	VMSA_RDX = 0x310,
	VMSA_RBX = 0x318,
	VMSA_RBP = 0x328,
	VMSA_RSI = 0x330,
	VMSA_RDI = 0x338,
	VMSA_R8 = 0x340,
	VMSA_SEV_FEATURES = 0x3b0,
	VMSA_XCR0 = 0x3e8,
	VMSA_X87_DP = 0x400,
	VMSA_MXCSR = 0x408,
	VMSA_X87_FTW = 0x40c,
	VMSA_X87_FSW = 0x40e,
	VMSA_X87_FCW = 0x410,
	VMSA_X87_FOP = 0x412,
	VMSA_X87_RIP = 0x418,
	VMSA_FPREG_X87 = 0x420,
	VMSA_FPREG_XMM = 0x470,
	VMSA_FPREG_YMM = 0x570
};

/* AMD64 APM vol. 2, 11.4.4 (FXSAVE, long mode) and 11.5 (XSAVE, standard form) */
enum xsave_layout {
	XSAVE_FCW = 0,
	XSAVE_FSW = 2,
	XSAVE_FTW = 4,
	XSAVE_FOP = 6,
	XSAVE_RIP = 8,
	XSAVE_RDP = 16,
	XSAVE_MXCSR = 24,
	XSAVE_ST = 32,
	XSAVE_XMM = 160,
	XSAVE_XSTATE_BV = 512,
	XSAVE_YMM = 576
};

#define XSTATE_YMM (1ULL << 2)
#define VECTOR_BYTES 256 /* 16 XMM registers, and as much for the upper halves */
#define X87_REGISTERS 8UL

#define CR0_NW (1ULL << 29)
#define CR0_CD (1ULL << 30)
#define EFER_SVME (1ULL << 12)

const uint32_t vmsa_msr_index[VMSA_MSR_COUNT] = {
	[VMSA_MSR_PAT] = 0x277,		 [VMSA_MSR_STAR] = 0xc0000081,
	[VMSA_MSR_LSTAR] = 0xc0000082,	 [VMSA_MSR_CSTAR] = 0xc0000083,
	[VMSA_MSR_SFMASK] = 0xc0000084,	 [VMSA_MSR_KERNEL_GS_BASE] = 0xc0000102,
	[VMSA_MSR_SYSENTER_CS] = 0x174,	 [VMSA_MSR_SYSENTER_ESP] = 0x175,
	[VMSA_MSR_SYSENTER_EIP] = 0x176,
};

static const uint16_t msr_offset[VMSA_MSR_COUNT] = {
	[VMSA_MSR_PAT] = VMSA_G_PAT,
	[VMSA_MSR_STAR] = VMSA_STAR,
	[VMSA_MSR_LSTAR] = VMSA_LSTAR,
	[VMSA_MSR_CSTAR] = VMSA_CSTAR,
	[VMSA_MSR_SFMASK] = VMSA_SFMASK,
	[VMSA_MSR_KERNEL_GS_BASE] = VMSA_KERNEL_GS_BASE,
	[VMSA_MSR_SYSENTER_CS] = VMSA_SYSENTER_CS,
	[VMSA_MSR_SYSENTER_ESP] = VMSA_SYSENTER_ESP,
	[VMSA_MSR_SYSENTER_EIP] = VMSA_SYSENTER_EIP,
};

/* APM vol. 2, appendix B: selector, attributes, limit, base */
static void put_segment(uint8_t *at, const struct kvm_segment *segment)
{
	unsigned int attributes = segment->type & 15U;

	attributes |= (segment->s & 1U) << 4;
	attributes |= (segment->dpl & 3U) << 5;
	attributes |= (segment->present && !segment->unusable ? 1U : 0U) << 7;
	attributes |= (segment->avl & 1U) << 8;
	attributes |= (segment->l & 1U) << 9;
	attributes |= (segment->db & 1U) << 10;
	attributes |= (segment->g & 1U) << 11;
	put_le16(at, segment->selector);
	put_le16(at + 2, (uint16_t)attributes);
	put_le32(at + 4, segment->limit);
	put_le64(at + 8, segment->base);
}

static void put_table(uint8_t *at, const struct kvm_dtable *table)
{
	put_le32(at + 4, table->limit);
	put_le64(at + 8, table->base);
}

static void put_segments(uint8_t *page, const struct kvm_sregs *sregs)
{
	put_segment(page + VMSA_ES, &sregs->es);
	put_segment(page + VMSA_CS, &sregs->cs);
	put_segment(page + VMSA_SS, &sregs->ss);
	put_segment(page + VMSA_DS, &sregs->ds);
	put_segment(page + VMSA_FS, &sregs->fs);
	put_segment(page + VMSA_GS, &sregs->gs);
	put_segment(page + VMSA_LDTR, &sregs->ldt);
	put_segment(page + VMSA_TR, &sregs->tr);
	put_table(page + VMSA_GDTR, &sregs->gdt);
	put_table(page + VMSA_IDTR, &sregs->idt);
	page[VMSA_CPL] = sregs->ss.dpl & 3;
}

static void put_registers(uint8_t *page, const struct kvm_regs *regs)
{
	const uint64_t high[] = { regs->r8,  regs->r9,	regs->r10, regs->r11,
				  regs->r12, regs->r13, regs->r14, regs->r15 };

	put_le64(page + VMSA_RAX, regs->rax);
	put_le64(page + VMSA_RBX, regs->rbx);
	put_le64(page + VMSA_RCX, regs->rcx);
	put_le64(page + VMSA_RDX, regs->rdx);
	put_le64(page + VMSA_RSP, regs->rsp);
	put_le64(page + VMSA_RBP, regs->rbp);
	put_le64(page + VMSA_RSI, regs->rsi);
	put_le64(page + VMSA_RDI, regs->rdi);
	put_le64(page + VMSA_RIP, regs->rip);
	put_le64(page + VMSA_RFLAGS, regs->rflags);
	for (size_t i = 0; i < sizeof(high) / sizeof(high[0]); i++)
		put_le64(page + VMSA_R8 + i * sizeof(uint64_t), high[i]);
}

static void put_control(uint8_t *page, const struct vcpu_state *state, uint64_t host_cr4)
{
	/* KVM clears CD and NW (KVM_X86_QUIRK_CD_NW_CLEARED) and has to keep EFER.SVME set. */
	put_le64(page + VMSA_CR0, state->sregs.cr0 & ~(CR0_CD | CR0_NW));
	put_le64(page + VMSA_CR3, state->sregs.cr3);
	put_le64(page + VMSA_CR4, state->sregs.cr4 | host_cr4);
	put_le64(page + VMSA_EFER, state->sregs.efer | EFER_SVME);
	put_le64(page + VMSA_DR6, state->debug.dr6);
	put_le64(page + VMSA_DR7, state->debug.dr7);
	put_le64(page + VMSA_XCR0, state->xcr0);
	for (size_t i = 0; i < VMSA_MSR_COUNT; i++)
		put_le64(page + msr_offset[i], state->msrs[i]);
}

static void put_fpu(uint8_t *page, const uint8_t *xsave)
{
	memcpy(page + VMSA_X87_DP, xsave + XSAVE_RDP, 8);
	memcpy(page + VMSA_MXCSR, xsave + XSAVE_MXCSR, 4);
	memcpy(page + VMSA_X87_FTW, xsave + XSAVE_FTW, 2);
	memcpy(page + VMSA_X87_FSW, xsave + XSAVE_FSW, 2);
	memcpy(page + VMSA_X87_FCW, xsave + XSAVE_FCW, 2);
	memcpy(page + VMSA_X87_FOP, xsave + XSAVE_FOP, 2);
	memcpy(page + VMSA_X87_RIP, xsave + XSAVE_RIP, 8);

	/* The eight 80-bit registers: all the low 64 bits first, then all the high 16 bits. */
	for (size_t i = 0; i < X87_REGISTERS; i++) {
		const uint8_t *st = xsave + XSAVE_ST + i * 16;

		memcpy(page + VMSA_FPREG_X87 + i * 8, st, 8);
		memcpy(page + VMSA_FPREG_X87 + X87_REGISTERS * 8 + i * 2, st + 8, 2);
	}
	memcpy(page + VMSA_FPREG_XMM, xsave + XSAVE_XMM, VECTOR_BYTES);
	if (get_le(xsave + XSAVE_XSTATE_BV, 8) & XSTATE_YMM)
		memcpy(page + VMSA_FPREG_YMM, xsave + XSAVE_YMM, VECTOR_BYTES);
}

void vmsa_build(uint8_t *page, const struct vcpu_state *state, uint64_t features, uint64_t host_cr4,
		bool fpu)
{
	memset(page, 0, PAGE_BYTES);
	put_segments(page, &state->sregs);
	put_registers(page, &state->regs);
	put_control(page, state, host_cr4);
	put_le64(page + VMSA_SEV_FEATURES, features);
	if (fpu)
		put_fpu(page, (const uint8_t *)state->xsave.region);
}
