/*
 * A report: a ledger's analysis, in the order in which it is shown, with what
 * expires in the policy.  page.h makes an HTML page of it.
 */
#ifndef CSG_REPORT_REPORT_H
#define CSG_REPORT_REPORT_H

#include "lib/explain/expiry.h"
#include "lib/report/series.h"

/* Which entries were counted, in words: "person", "bob". */
struct csg_report_filter {
	const char *name, *value;
};

/* What a report is made from; all is borrowed for as long as the report
 * lives. */
struct csg_report_in {
	struct csg_ledger *ledger;
	/* those that the ledger was kept under, by version; NULL: unknown */
	const struct csg_policy *const *policies;
	size_t npolicies;
	int64_t now;
	/* is the entry to be counted?  NULL: all are */
	bool (*wanted)(const void *arg, const struct csg_entry_view *e);
	const void *arg;
	const struct csg_report_filter *filters; /* what wanted() stands for */
	size_t nfilters;
};

struct csg_report {
	struct csg_report_in in;
	const struct csg_policy *policy; /* the newest, or NULL */
	uint64_t size; /* entries of the ledger */
	struct csg_id log; /* its name, if it has entries */
	struct csg_analysis *a;
	struct csg_series series;
	/* in the order in which they are shown: by approvals, by signatures,
	 * by profile, by refusals */
	struct csg_rank *people, *profiles, *keys, *reasons;
	struct csg_waits *waits; /* [profiles], by index; then of all */
	struct csg_expiry *expiry; /* of the policy; nexpiry 0: unknown */
	size_t nexpiry;
};

/*
 * Check the whole ledger, then count the entries that are wanted.  LOG when
 * the ledger is damaged: then nothing in it can be relied on.  *out is filled
 * on CSG_OK and freed with csg_report_clear().
 */
enum csg_rc csg_report_make(const struct csg_report_in *in,
    struct csg_report *out, struct csg_err *err);
void csg_report_clear(struct csg_report *r);

/* Has it expired, or is it about to? */
bool csg_report_is_due(const struct csg_report *r, const struct csg_expiry *e);

/* Whose key was revoked: the name, and "person" or "key" in *what; both NULL
 * when no policy has the key. */
const char *csg_report_owner(const struct csg_report *r,
    const struct csg_revocation *v, const char **what);

/* The profile that a key served last, as its place among r->profiles. */
size_t csg_report_serves(const struct csg_report *r, size_t key);

#endif
