/*
 * A report: the analysis of a ledger with the order in which it is shown, and
 * what expires in the policy.  page.h makes an HTML page of it.
 */
#ifndef CSG_REPORT_REPORT_H
#define CSG_REPORT_REPORT_H

#include "lib/explain/expiry.h"
#include "lib/report/series.h"

/* A filter on the entries, as shown to the reader: "person", "bob". */
struct csg_report_filter {
	const char *name, *value;
};

/* The input of a report; everything is borrowed as long as the report lives. */
struct csg_report_in {
	struct csg_ledger *ledger;
	/* the policies that the ledger was kept under, by version; NULL:
	 * unknown */
	const struct csg_policy *const *policies;
	size_t npolicies;
	int64_t now;
	/* is the entry counted?  NULL: all are */
	bool (*wanted)(const void *arg, const struct csg_entry_view *e);
	const void *arg;
	const struct csg_report_filter *filters; /* describe wanted() */
	size_t nfilters;
};

struct csg_report {
	struct csg_report_in in;
	const struct csg_policy *policy; /* the newest policy, or NULL */
	uint64_t size; /* entries in the ledger */
	struct csg_id log; /* the ledger's name, if it has entries */
	struct csg_analysis *a;
	struct csg_series series;
	/* in the order shown: people by approvals, profiles by signatures, keys
	 * by profile, reasons by refusals */
	struct csg_rank *people, *profiles, *keys, *reasons;
	/* [profiles + 1]: by index of the profile; the last is for all */
	struct csg_waits *waits;
	/* of the policy; nexpiry is 0 if it is unknown */
	struct csg_expiry *expiry;
	size_t nexpiry;
};

/*
 * Check the whole ledger, then count the wanted entries.  LOG if the ledger is
 * damaged, since nothing in it can be relied on then.  *out is filled in if
 * CSG_OK is returned, and freed with csg_report_clear().
 */
enum csg_rc csg_report_make(const struct csg_report_in *in,
    struct csg_report *out, struct csg_err *err);
void csg_report_clear(struct csg_report *r);

/* Has it expired, or will it soon? */
bool csg_report_is_due(const struct csg_report *r, const struct csg_expiry *e);

/* The owner of a revoked key: returns the name, and sets *what to "person" or
 * "key"; both are NULL if no policy has the key. */
const char *csg_report_owner(const struct csg_report *r,
    const struct csg_revocation *v, const char **what);

/* The index in r->profiles of the profile that a key served last. */
size_t csg_report_serves(const struct csg_report *r, size_t key);

#endif
