// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports the results of the launches.
 */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "bytes.h"

static const char *const type_names[SNP_PAGE_TYPES] = {
	[SNP_PAGE_NORMAL] = "normal",	[SNP_PAGE_VMSA] = "vmsa",
	[SNP_PAGE_ZERO] = "zero",	[SNP_PAGE_UNMEASURED] = "unmeasured",
	[SNP_PAGE_SECRETS] = "secrets", [SNP_PAGE_CPUID] = "cpuid",
};

static const char *const check_names[] = {
	[CHECK_NOT_DONE] = "not-checked",
	[CHECK_OK] = "ok",
	[CHECK_WRONG] = "wrong",
};

enum launcher_exit report_status(const struct launch_result *results, uint64_t count)
{
	/* ordered by gravity, the gravest first */
	static const struct {
		enum outcome outcome;
		enum launcher_exit status;
	} grades[] = {
		{ OUTCOME_FAILED, EXIT_OWN_FAILURE },
		{ OUTCOME_NONE, EXIT_OWN_FAILURE },
		{ OUTCOME_REFUSED, EXIT_REFUSED },
		{ OUTCOME_CHECK_FAILED, EXIT_CHECK_FAILED },
	};

	for (size_t grade = 0; grade < sizeof(grades) / sizeof(grades[0]); grade++) {
		for (uint64_t i = 0; i < count; i++) {
			if (results[i].outcome == grades[grade].outcome)
				return grades[grade].status;
		}
	}
	return EXIT_LAUNCHED;
}

bool report_as_expected(const struct options *options, const struct launch_result *result)
{
	const struct expectation *expect =
		mistake_expectation(result->mistake, options->type, options_private(options));

	if (result->mistake == MISTAKE_NONE)
		return true;
	if (options->resume)
		return result->outcome == OUTCOME_OK;
	if (result->outcome != expect->outcome)
		return false;
	if (expect->outcome != OUTCOME_REFUSED)
		return true;
	return result->refusal.op == expect->op && result->refusal.error == expect->error &&
	       result->refusal.fw_error == expect->fw_error;
}

static void print_pages(FILE *out, const struct launch_result *result)
{
	const char *separator = "";
	uint64_t sum = 0;

	for (size_t type = 0; type < SNP_PAGE_TYPES; type++)
		sum += result->pages[type];
	fprintf(out, "%" PRIu64 " pages (", sum);
	for (size_t type = 0; type < SNP_PAGE_TYPES; type++) {
		if (!result->pages[type])
			continue;
		fprintf(out, "%s%s %" PRIu64, separator, type_names[type], result->pages[type]);
		separator = ", ";
	}
	fputs(")", out);
}

static void print_refusal(FILE *out, const struct refusal *refusal)
{
	const char *status = fw_error_name(refusal->fw_error);

	fprintf(out, "%s ret=-1 errno=%s fw_error=%#x (%s)", op_name(refusal->op),
		errno_name(refusal->error), refusal->fw_error, status ? status : "unknown");
	if (refusal->gfn != NO_GFN)
		fprintf(out, " gfn=%#" PRIx64, refusal->gfn);
}

static void print_checks(FILE *out, const struct options *options,
			 const struct launch_result *result)
{
	if (result->measurement == CHECK_OK)
		fputs(", measurement ok", out);
	else if (options->check && options->type != GUEST_SNP && !options->session)
		fputs(", measurement not checked: no session", out);
	else if (result->measurement == CHECK_NOT_DONE)
		fputs(", measurement not checked", out);
	if (result->memory == CHECK_OK && result->pages_decrypted)
		fprintf(out, ", memory ok (%" PRIu64 " pages decrypted)", result->pages_decrypted);
	else if (result->memory == CHECK_OK)
		fputs(", memory encrypted", out);
}

void report_text(FILE *out, const struct options *options, const struct launch_result *results,
		 uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const struct launch_result *result = &results[i];

		fprintf(out, "launch %" PRIu64 ": %s%s%s %s: ", i, guest_type_name(options->type),
			result->mistake == MISTAKE_NONE ? "" : " ",
			result->mistake == MISTAKE_NONE ? "" : mistake_get(result->mistake)->name,
			outcome_name(result->outcome));
		print_pages(out, result);
		if (result->outcome == OUTCOME_OK) {
			fprintf(out, " in %.1f ms", (double)result->duration_ns / 1e6);
			print_checks(out, options, result);
		} else if (result->outcome == OUTCOME_REFUSED) {
			fputs(", ", out);
			print_refusal(out, &result->refusal);
		} else {
			fprintf(out, ", %s",
				result->message[0] ? result->message :
						     "the launch ended without a result");
		}
		if (result->mistake != MISTAKE_NONE)
			fputs(report_as_expected(options, result) ? " [as expected]" :
								    " [not as expected]",
			      out);
		fputc('\n', out);
	}
}

static json_t *pages_json(const struct launch_result *result)
{
	json_t *object = json_object();

	for (size_t type = 0; type < SNP_PAGE_TYPES; type++) {
		if (type_names[type] && result->pages[type])
			json_object_set_new(object, type_names[type],
					    json_integer((json_int_t)result->pages[type]));
	}
	return object;
}

static json_t *ops_json(const struct launch_result *result)
{
	json_t *object = json_object();

	for (int op = 0; op < OP_COUNT; op++) {
		const struct op_count *count = &result->ops[op];

		if (count->count)
			json_object_set_new(object, op_name((enum op)op),
					    json_pack("{s:I, s:I}", "count",
						      (json_int_t)count->count, "failed",
						      (json_int_t)count->failed));
	}
	return object;
}

static json_t *refusal_json(const struct refusal *refusal)
{
	const char *status = fw_error_name(refusal->fw_error);
	json_t *object;
	char gfn[24];

	if (refusal->op == OP_NONE)
		return json_null();
	object = json_pack("{s:s, s:i, s:s, s:i, s:s?}", "ioctl", op_name(refusal->op), "ret", -1,
			   "errno", errno_name(refusal->error), "fw_error", (int)refusal->fw_error,
			   "fw_error_name", status);
	if (refusal->gfn != NO_GFN) {
		snprintf(gfn, sizeof(gfn), "%#" PRIx64, refusal->gfn);
		json_object_set_new(object, "gfn", json_string(gfn));
	}
	return object;
}

static json_t *result_json(const struct options *options, const struct launch_result *result)
{
	char digest[2 * SHA384_BYTES + 1];
	json_t *object;

	to_hex(digest, result->digest, result->digest_bytes);
	object = json_pack("{s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:s, s:s, s:I, s:I}", "type",
			   guest_type_name(options->type), "result", outcome_name(result->outcome),
			   "pid", result->pid, "tid", result->tid, "pages", pages_json(result),
			   "ioctls", ops_json(result), "refused", refusal_json(&result->refusal),
			   "measurement", check_names[result->measurement], "memory",
			   check_names[result->memory], "pages_decrypted",
			   (json_int_t)result->pages_decrypted, "duration_ns",
			   (json_int_t)result->duration_ns);
	if (!object)
		return NULL;
	if (result->digest_bytes)
		json_object_set_new(object, "digest", json_string(digest));
	if (result->message[0])
		json_object_set_new(object, "message", json_string(result->message));
	if (result->mistake != MISTAKE_NONE) {
		json_object_set_new(object, "mistake",
				    json_string(mistake_get(result->mistake)->name));
		json_object_set_new(object, "as_expected",
				    json_boolean(report_as_expected(options, result)));
	}
	return object;
}

int report_json(FILE *out, const struct options *options, const struct launch_result *results,
		uint64_t count)
{
	json_t *list = json_array();
	json_t *root;
	int ret = 0;

	for (uint64_t i = 0; i < count && !ret; i++) {
		json_t *result = result_json(options, &results[i]);

		if (!result || json_array_append_new(list, result))
			ret = -ENOMEM;
	}
	root = json_pack("{s:i, s:o}", "status", (int)report_status(results, count), "launches",
			 list);
	if (!root || json_dumpf(root, out, JSON_INDENT(1)))
		ret = -ENOMEM;
	fputc('\n', out);
	json_decref(root);
	return ret;
}
