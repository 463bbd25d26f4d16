/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "model.h"

/*
 * Why a failure happened and what to do, one sentence each. NULL: not known. cause may be known
 * without a hint.
 */
struct explanation {
	const char *cause;
	const char *hint;
};

struct explanation explain_failure(const struct model_failure *f);

#endif /* EXPLAIN_H */
