/*
 * Analysis: what a ledger's entries add up to.
 *
 * Entries are added one by one; counts grow with the people, profiles and keys
 * there are, and lists hold the newest CSG_ANALYSIS_LISTED of a kind.  Of a
 * signed request only its time, its numbers and how long it took are kept.
 * People, profiles and keys are known by their index.  Fields are read-only
 * for callers.
 */
#ifndef CSG_REPORT_ANALYSIS_H
#define CSG_REPORT_ANALYSIS_H

#include "lib/ledger/reader.h"

#define CSG_ANALYSIS_LISTED 500

/* A profile, a key, or a reason of refusals. */
struct csg_count {
	char *name;
	uint64_t requests; /* or refusals */
	uint64_t signatures; /* artifacts signed */
	int64_t last;
};

struct csg_counts {
	struct csg_count *v; /* in order of appearance */
	size_t n, cap;
};

/* Votes are those that signatures rest on, one a person and request; a
 * rejection is one that was remembered. */
struct csg_person {
	char *name;
	uint64_t requests; /* asked for, and signed */
	uint64_t approvals, blind, abstentions, rejections;
	uint64_t operated;
	int64_t last; /* when the person last did any of this */
};

/* A request that was signed. */
struct csg_signed {
	int64_t time; /* of the finish entry */
	int64_t wait; /* from the request to its quorum; CSG_NEVER: unknown */
	uint64_t signatures;
	uint32_t profile, key;
};

/* Something that is listed one by one; what a kind does not have is zero or
 * NULL. */
struct csg_event {
	uint64_t seq;
	int64_t time;
	enum csg_entry_kind kind; /* of the entry */
	struct csg_id request;
	char *profile, *route;
	char *artifact; /* the first, or the key destroyed */
	size_t artifacts;
	char *text; /* why, a comment, what happened */
	size_t requester, operator_; /* people, or CSG_NONE */
	size_t person; /* who voted blind, or rejected; or CSG_NONE */
	size_t *approvers; /* who else approved */
	size_t napprovers;
	uint64_t version; /* of a policy put in force */
	bool policy_unknown; /* emergency: the policy is not known */
};

struct csg_events {
	struct csg_event *v; /* the newest, in the ledger's order */
	size_t n;
	uint64_t total;
};

struct csg_analysis {
	const struct csg_policy *const *policies; /* borrowed */
	size_t npolicies;

	uint64_t entries;
	int64_t from, to; /* times of the first and the last */
	uint64_t kinds[CSG_NENTRY];
	uint64_t signatures;
	uint64_t policy_unknown; /* signed under policies that are not known */
	uint64_t blind; /* votes */

	struct csg_counts profiles, keys, reasons;
	struct csg_person *people;
	size_t npeople, cap;
	uint64_t *together; /* [cap * cap]: requests that both approved */
	uint64_t *approved; /* [cap * cap]: by the first, asked by the second */

	struct csg_signed *done;
	size_t ndone, done_cap;

	/* Emergency: by an emergency route; where the policy is not known, by
	 * any route but "normal".  Blind: a vote each.  Rejections.  History:
	 * policies, keys, claims given up, recoveries. */
	struct csg_events emergencies, blinds, rejections, history;
};

/* policies: those that the ledger was kept under, as far as they are known. */
enum csg_rc csg_analysis_new(const struct csg_policy *const *policies, size_t n,
    struct csg_analysis **out, struct csg_err *err);

/* Add the next entry.  After a failure the analysis is of no use. */
enum csg_rc csg_analysis_add(struct csg_analysis *a,
    const struct csg_entry_view *e, struct csg_err *err);
void csg_analysis_free(struct csg_analysis *a);

/* How many requests both approved; how many of the requester's a approved. */
uint64_t csg_analysis_together(
    const struct csg_analysis *a, size_t person, size_t other);
uint64_t csg_analysis_approved(
    const struct csg_analysis *a, size_t person, size_t requester);

/*
 * How long it took from the request to the vote that completed the quorum, as
 * decided at the claim; to the last approval when the policy is not known.
 * CSG_NEVER when nobody approved.
 */
enum csg_rc csg_analysis_wait(const struct csg_policy *p,
    const struct csg_entry_view *e, int64_t *out, struct csg_err *err);

#endif
