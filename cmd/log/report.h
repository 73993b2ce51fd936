/*
 * csg-log report, inside: what was found, for a page and for JSON.
 */
#ifndef CSG_CMD_LOG_REPORT_H
#define CSG_CMD_LOG_REPORT_H

#include "cmd/log/log.h"
#include "lib/explain/expiry.h"
#include "lib/report/series.h"

struct log_report {
	const struct log_args *args;
	const struct csg_chain *chain; /* or NULL: unknown */
	const struct csg_policy *policy; /* the newest, or NULL */
	int64_t now;
	uint64_t size; /* entries of the ledger */
	struct csg_id log; /* its name, if it has entries */
	struct csg_analysis *a;
	struct csg_series series;
	/* in the order in which they are told: by approvals, by signatures,
	 * by profile, by refusals */
	struct csg_rank *people, *profiles, *keys, *reasons;
	struct csg_waits *waits; /* [profiles], by index; then of all */
	struct csg_expiry *expiry; /* of the policy; nexpiry 0: unknown */
	size_t nexpiry;
};

/* The filters that were given, as NAME, VALUE; how many. */
#define LOG_FILTERS 7
size_t log_report_filters(const struct log_args *a,
    const char *name[LOG_FILTERS], const char *value[LOG_FILTERS],
    char when[2][CSG_TIME_LEN]);

/* Whose key was revoked; *what is "person" or "key", or NULL with the name. */
const char *log_report_owner(const struct log_report *r,
    const struct csg_revocation *v, const char **what);

/* The profile that a key served last, as its place among them. */
size_t log_report_serves(const struct log_report *r, size_t key);

/* One JSON object on stdout. */
void log_report_json(const struct log_report *r);

/* The page, appended; failing shows in the buffer. */
void log_page(const struct log_report *r, struct csg_buf *out);

#endif
