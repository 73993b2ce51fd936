/*
 * What csg-endorse is made of.  csg-endorse.c takes the options, verifies and
 * writes the vote; look.c compares what is at hand; show.c shows all of it and
 * asks.
 */
#ifndef CSG_CMD_ENDORSE_ENDORSE_H
#define CSG_CMD_ENDORSE_ENDORSE_H

#include "cmd/common/person.h"
#include "lib/explain/diff.h"
#include "lib/decide/decide.h"
#include "lib/format/format.h"

#define ENDORSE_MAX_REBUILT 256

struct endorse_args {
	const char *comment, *base, *out, *until;
	const char *policy, *trust, *key, *pin_source;
	const char *statement, *proof, *run, *rebuilt[ENDORSE_MAX_REBUILT];
	size_t nrebuilt;
	bool decided, blind, yes, force, nul;
	enum csg_vote vote;
};

struct endorse_job {
	struct csg_trust *trust;
	struct csg_chain *chain;
	struct csg_draft draft; /* at a founding */
	const struct csg_policy *founding[1]; /* of the draft */
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	struct csg_bundle messages; /* the request and the votes beside it */
	struct csg_case given; /* of them */
	struct csg_judgement judged; /* on them, before this vote */
	struct csg_err answer; /* what csg-sign would say to them */
	struct csg_message own; /* this vote, once it is made */
	const struct csg_request *req; /* of given */
	const struct csg_tally *tally; /* of judged */
	size_t requester;
	struct cmd_person person;
	char **at_hand; /* [artifacts]: the path, or NULL */
	size_t n_at_hand;
	int draft_fd; /* the next policy at hand, open; else -1 */
	/* the route by which the quorum is there with this approval, or NULL */
	const struct csg_profile_route *completed;
	struct csg_id proof, output; /* of --proof and --run */
	struct csg_changes changes; /* of a new policy at hand */
	bool has_changes;
	struct csg_buf meaning; /* of a new or first policy at hand */
	int64_t now;
};

/*
 * Compare the artifacts at hand with the request: these, or those below the
 * base.  DIGEST when one differs, unless that is why it is rejected.
 */
enum csg_rc endorse_inspect(struct endorse_job *j, const struct endorse_args *a,
    char **paths, size_t n, struct csg_err *err);

/* What the new policy changes and means, if that is what is asked for and at
 * hand. */
enum csg_rc endorse_find_changes(struct endorse_job *j, struct csg_err *err);

/* Everything that a statement rests on: build, proof, command. */
enum csg_rc endorse_substantiate(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err);

/* Show all of it on the terminal and ask; with -y only show.  The decision
 * goes to *a. */
enum csg_rc endorse_ask(
    const struct endorse_job *j, struct endorse_args *a, struct csg_err *err);

#endif
