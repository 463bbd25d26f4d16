/* SPDX-License-Identifier: GPL-2.0-only */
/* What files with text for people share. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "model/model.h"
#include "util/text.h"

/* The table of steps, with what belongs under it. */
void render_steps(const struct model_launch *l, const struct text_style *style);

/* The table of PSP commands. */
void render_psp(const struct model_launch *l, const struct text_style *style);

/* One block about one failure. */
void render_failure(struct model *m, const struct model_launch *l, const struct model_failure *f,
		    const struct text_style *style);

/* A block for each way in which PSP commands outside of launches failed. */
void render_host_failures(const struct model_launch *outside, const struct text_style *style);

#endif /* REPORT_INTERNAL_H */
