/*
 * Coalitions: which people together can get a signature under a profile, and
 * whose departure prevents that ("csg-policy audit").
 *
 * A set of people suffices if one of them may make requests, distinct others
 * fill all places of a route, everybody votes where all must, and one of them
 * may run csg-sign.  Statements, stages, cooling-off and windows determine when
 * a signature is made, not who is needed, so they are left out.  A departure
 * does not change the policy: where all must vote, the vote of a person who
 * left is missing.
 *
 * People are of the same kind if they are in the same of the profile's groups:
 * requesters, operators, and those of every clause.  A form says how many
 * people of each kind a set has; sets are counted by forms.
 *
 * The result depends on the arguments alone.  Counting and finding departures
 * can take very long; after CSG_COALITION_WORK steps for each, the search stops
 * and the result is marked as not exact.
 */
#ifndef CSG_EXPLAIN_COALITION_H
#define CSG_EXPLAIN_COALITION_H

#include "lib/base/buf.h"
#include "lib/policy/policy.h"

#define CSG_COALITION_WORK UINT64_C(20000000) /* about half a second */
#define CSG_COALITION_FORMS 1000 /* the most forms kept */
#define CSG_COALITION_SETS 20 /* listed by name if there are no more */

struct csg_coalition_kind {
	size_t *users; /* indices in the policy */
	size_t n; /* >= 1 */
	bool may_ask, may_run; /* are they requesters, operators? */
	bool some; /* each of them is in a smallest set */
	bool every; /* each of them is in every smallest set */
	bool vital; /* nobody can get a signature after one of them leaves */
	/* the fewest keys of other people that a thief of one key of this kind
	 * still needs */
	size_t others;
};

struct csg_coalition_route {
	size_t size; /* people in its smallest sets; 0: it cannot be met */
	/* an emergency route on which the requester and one other person
	 * suffice */
	bool lone;
};

struct csg_coalitions {
	/* people in no kind have no part in the profile */
	struct csg_coalition_kind *kinds;
	size_t nkinds;
	struct csg_coalition_route *routes; /* parallel to the profile's */
	size_t nroutes;

	/* people in a smallest set; 0: no set suffices. Always exact */
	size_t size;
	uint64_t count; /* number of smallest sets */
	bool count_exact; /* false: there are at least that many */
	size_t *forms; /* [nforms * nkinds]: how many of each kind */
	size_t nforms;
	bool forms_all; /* false: there are more */
	size_t *sets; /* [nsets * size]: indices of users */
	size_t nsets; /* count, or 0 if sets are not listed by name */
	/* some, every, vital and others are exact; otherwise true ones among
	 * the first three may be missing, and others may be too low */
	bool kinds_exact;
	bool every; /* somebody is in every smallest set */

	/* the fewest departures after which nobody can get a signature */
	size_t departures;
	bool departures_exact; /* false: at least that many */
	/* users whose departure has that effect; not the fewest unless exact */
	size_t *leave;
	size_t nleave;
};

/*
 * Find the coalitions of one profile of the policy.  *out must be freed with
 * csg_coalitions_free(); on failure (out of memory) it is NULL.
 */
enum csg_rc csg_coalitions_find(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_coalitions **out,
    struct csg_err *err);
void csg_coalitions_free(struct csg_coalitions *a);

/* Append the result as text, in lines of at most 80 columns, unless two names
 * are longer; p and pr are those that *a was found for. */
void csg_coalitions_text(const struct csg_coalitions *a,
    const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_buf *out);

#endif
