/*
 * Analysis: statistics of a ledger's entries.
 *
 * Entries are added one by one.  There are counts for each person, profile and
 * key, and lists with the newest CSG_ANALYSIS_LISTED of each kind.  Of a signed
 * request only its time, its counts and its waiting time are kept.  People,
 * profiles and keys are known by their index.  Callers only read the fields.
 */
#ifndef CSG_REPORT_ANALYSIS_H
#define CSG_REPORT_ANALYSIS_H

#include "lib/ledger/reader.h"

#define CSG_ANALYSIS_LISTED 500

/* A profile, a key, or a reason of refusals. */
struct csg_count {
	char *name;
	uint64_t requests; /* requests, or refusals */
	uint64_t signatures; /* artifacts signed */
	int64_t last;
};

struct csg_counts {
	struct csg_count *v; /* in order of appearance */
	size_t n, cap;
};

/* Votes counted are those that signatures rest on, one per person and request;
 * rejections are those recorded in the ledger. */
struct csg_person {
	char *name;
	uint64_t requests; /* requests made by the person that were signed */
	uint64_t approvals, blind, abstentions, rejections;
	uint64_t operated;
	int64_t last; /* when the person last did any of these */
};

/* A request that was signed. */
struct csg_signed {
	int64_t time; /* of the finish entry */
	/* seconds from the request to its quorum; CSG_NEVER: unknown */
	int64_t wait;
	uint64_t signatures;
	uint32_t profile, key;
};

/* Something listed individually; members that a kind does not use are zero or
 * NULL. */
struct csg_event {
	uint64_t seq;
	int64_t time;
	enum csg_entry_kind kind; /* kind of the entry */
	struct csg_id request;
	char *profile, *route;
	char *artifact; /* the first artifact, or the key destroyed */
	size_t artifacts;
	char *text; /* the request's reason, a comment, or what happened */
	size_t requester, operator_; /* people, or CSG_NONE */
	size_t person; /* who voted blind, or rejected, or CSG_NONE */
	size_t *approvers; /* the other approvers */
	size_t napprovers;
	uint64_t version; /* of a policy put in force */
	bool policy_unknown; /* emergency: the policy is unknown */
};

struct csg_events {
	struct csg_event *v; /* the newest, in the order of the ledger */
	size_t n;
	uint64_t total;
};

struct csg_analysis {
	const struct csg_policy *const *policies; /* borrowed */
	size_t npolicies;

	uint64_t entries;
	int64_t from, to; /* times of the first and the last entry */
	uint64_t kinds[CSG_NENTRY];
	uint64_t signatures;
	uint64_t policy_unknown; /* signed requests whose policy is unknown */
	uint64_t blind; /* blind votes */

	struct csg_counts profiles, keys, reasons;
	struct csg_person *people;
	size_t npeople, cap;
	/* [cap * cap]: requests that both people approved */
	uint64_t *together;
	/* [cap * cap]: approved by the first, requested by the second */
	uint64_t *approved;

	struct csg_signed *done;
	size_t ndone, done_cap;

	/* Emergencies: signed by an emergency route or, if the policy is
	 * unknown, by any route other than "normal".  Blinds: one for each
	 * blind vote.  History: policies, keys, abandoned claims,
	 * recoveries. */
	struct csg_events emergencies, blinds, rejections, history;
};

/* policies: those that the ledger was kept under, as far as they are known;
 * borrowed.  *out is the caller's (csg_analysis_free). */
enum csg_rc csg_analysis_new(const struct csg_policy *const *policies, size_t n,
    struct csg_analysis **out, struct csg_err *err);

/* Add the next entry.  After a failure the analysis cannot be used. */
enum csg_rc csg_analysis_add(struct csg_analysis *a,
    const struct csg_entry_view *e, struct csg_err *err);
void csg_analysis_free(struct csg_analysis *a);

/* The number of requests that both people approved, and of the requester's
 * requests that the person approved. */
uint64_t csg_analysis_together(
    const struct csg_analysis *a, size_t person, size_t other);
uint64_t csg_analysis_approved(
    const struct csg_analysis *a, size_t person, size_t requester);

/*
 * The seconds from the request to the vote that completed the quorum by which
 * it was claimed, or to the last approval if that vote cannot be determined (as
 * without the policy, p NULL).  CSG_NEVER if nobody approved.
 */
enum csg_rc csg_analysis_wait(const struct csg_policy *p,
    const struct csg_entry_view *e, int64_t *out, struct csg_err *err);

#endif
