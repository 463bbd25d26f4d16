// SPDX-License-Identifier: GPL-2.0-only
/* What the return value and the status of an ioctl mean together. */
#include <errno.h>
#include <limits.h>

#include <sevtrace/psp.h>

#include "explain/topic.h"
#include "util/array.h"

#define ANY_RET INT_MIN

/* What the firmware did, as the status tells. */
enum outcome { NO_ERROR, REFUSED, NOT_ASKED, NO_STATUS, ANY_OUTCOME };

static const struct {
	int ret;
	enum outcome outcome;
	const char *text;
} readings[] = {
	{ 0, NO_ERROR, "The call succeeded." },
	{ 0, REFUSED,
	  "The call succeeded; the status is that of a command inside it whose failure does not matter." },
	{ 0, ANY_OUTCOME, "The call succeeded." },
	{ 1, ANY_OUTCOME,
	  "No errno of the kernel: QEMU prints its own return value for some commands, always 1. The errno is not in this line." },
	{ -EIO, REFUSED,
	  "EIO with a status: the firmware was asked and refused. The status tells why." },
	{ -EIO, NO_ERROR,
	  "EIO without a status: the firmware reported no error. KVM_SEV_SNP_LAUNCH_UPDATE returns EIO for everything that goes wrong with a page and hides the cause; sevtrace record shows it." },
	{ -ETIMEDOUT, NO_ERROR,
	  "The firmware did not answer in time. A status of 0 is not success here: the driver sets it." },
	{ -EBUSY, NO_ERROR, "The firmware was not asked. A status of 0 is not success here." },
	{ ANY_RET, NOT_ASKED, "The kernel refused before it asked the firmware." },
	{ ANY_RET, NO_ERROR,
	  "The kernel failed by itself: the firmware reported no error or was not asked." },
	{ ANY_RET, REFUSED, "The firmware was asked and refused. The status tells why." },
};

const char *topic_reading(const struct topic *answer)
{
	enum outcome outcome = NO_STATUS;

	if (answer->has_status)
		outcome = !answer->status			    ? NO_ERROR :
			  answer->status == SEVTRACE_PSP_NO_FW_CALL ? NOT_ASKED :
								      REFUSED;
	if (!answer->has_ret)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(readings); i++)
		if ((readings[i].ret == ANY_RET || readings[i].ret == answer->ret) &&
		    (readings[i].outcome == ANY_OUTCOME || readings[i].outcome == outcome))
			return readings[i].text;
	return NULL;
}
