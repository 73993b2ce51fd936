/*
 * The parts of csg-endorse.  csg-endorse.c parses the options, verifies the
 * request and writes the vote; look.c compares the artifacts at hand and checks
 * what a statement is based on; show.c shows everything and asks.
 */
#ifndef CSG_CMD_ENDORSE_ENDORSE_H
#define CSG_CMD_ENDORSE_ENDORSE_H

#include "cmd/common/person.h"
#include "lib/explain/diff.h"
#include "lib/decide/decide.h"
#include "lib/format/format.h"

#define ENDORSE_MAX_REBUILT 256

/* The command line. */
struct endorse_args {
	const char *comment, *base, *out, *until;
	const char *policy, *trust, *key, *pin_source;
	const char *statement, *proof, *run, *rebuilt[ENDORSE_MAX_REBUILT];
	size_t nrebuilt;
	bool decided, blind, yes, force, nul;
	enum csg_vote vote;
};

/* One run: the request, the voter, and what was found out about both. */
struct endorse_job {
	struct csg_trust *trust;
	struct csg_chain *chain;
	struct csg_draft draft; /* at a founding */
	const struct csg_policy *founding[1]; /* the draft's policy */
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	struct csg_bundle messages; /* the request and the votes beside it */
	struct csg_case given; /* those messages, parsed */
	struct csg_judgement judged; /* the decision before this vote */
	struct csg_err answer; /* what csg-sign would answer then */
	struct csg_message own; /* this vote, after it was made */
	const struct csg_request *req; /* borrowed from given */
	const struct csg_tally *tally; /* borrowed from judged */
	size_t requester; /* index in the policy */
	struct cmd_person person;
	char **at_hand; /* [artifacts]: the path, or NULL */
	size_t n_at_hand;
	int draft_fd; /* the open draft of the next policy, or -1 */
	/* the route whose quorum this approval completes, or NULL */
	const struct csg_profile_route *completed;
	struct csg_id proof, output; /* SHA-256, of --proof and --run */
	struct csg_changes changes; /* by the new policy at hand */
	bool has_changes;
	struct csg_buf meaning; /* the new or first policy, explained */
	int64_t now;
};

/*
 * Compare artifacts with the request: the n files at paths, or, when n is 0,
 * the requested ones that exist below the base directory.  DIGEST when one
 * differs; with --reject that is only reported.
 */
enum csg_rc endorse_inspect(struct endorse_job *j, const struct endorse_args *a,
    char **paths, size_t n, struct csg_err *err);

/* Find what the requested policy changes and means, if the request is for a
 * policy and its draft is at hand. */
enum csg_rc endorse_find_changes(struct endorse_job *j, struct csg_err *err);

/* Check what a statement is based on: compare the rebuilt files (DIGEST), hash
 * the proof, run the command (RUN, BLIND).  STATEMENT when the policy does not
 * know the statement. */
enum csg_rc endorse_substantiate(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err);

/* Show everything on the terminal and ask; with -y only show it, on stderr.
 * The decision is stored in *a.  UNENDORSED when there was none. */
enum csg_rc endorse_ask(
    const struct endorse_job *j, struct endorse_args *a, struct csg_err *err);

#endif
