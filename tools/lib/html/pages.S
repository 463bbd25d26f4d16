/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages without their data, see tools/tools.mk, as html.h declares them. */
	.macro page name
	.balign 8
	.global html_\name
html_\name:
	.quad \name\()_head, \name\()_head_end - \name\()_head
	.quad \name\()_tail, \name\()_tail_end - \name\()_tail
	.section .rodata
\name\()_head:
	.incbin "\name/head.html"
\name\()_head_end:
\name\()_tail:
	.incbin "\name/tail.html"
\name\()_tail_end:
	.section .data.rel.ro, "aw"
	.endm

	.section .data.rel.ro, "aw"
	page dashboard
	page recording_page
	.section .note.GNU-stack, "", %progbits
