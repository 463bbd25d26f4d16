/* SPDX-License-Identifier: GPL-2.0-only */
/* The page without its data, made of tools/lib/dashboard/page/: see tools/tools.mk. */
	.section .rodata
	.balign 8
	.global dashboard_page_head_size
	.global dashboard_page_tail_size
	.global dashboard_page_head
	.global dashboard_page_tail
dashboard_page_head_size:
	.quad head_end - dashboard_page_head
dashboard_page_tail_size:
	.quad tail_end - dashboard_page_tail
dashboard_page_head:
	.incbin "head.html"
head_end:
dashboard_page_tail:
	.incbin "tail.html"
tail_end:
	.section .note.GNU-stack, "", %progbits
