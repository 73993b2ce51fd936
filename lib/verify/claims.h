/*
 * Claims: the proof files at hand, and which artifacts each is about.
 *
 * Every file is read and recounted once.  The claims of a valid proof are
 * facts; those of an invalid proof are kept too, since the artifact's owner
 * needs to know why it is not valid.  match.h decides which claim applies.
 */
#ifndef CSG_VERIFY_CLAIMS_H
#define CSG_VERIFY_CLAIMS_H

#include "lib/base/parallel.h"
#include "lib/verify/proof.h"

struct csg_proof_file {
	const char *path; /* borrowed */
	struct csg_proof *proof; /* NULL if it is not valid */
	struct csg_proof *refused; /* an invalid one with its decision, if it
				    * got as far as a tally; else NULL */
	enum csg_reason reason; /* why it is not valid, or CSG_R_NONE */
	char *text; /* the same in words, without the path; or NULL */
};

/* One artifact of a proof. */
struct csg_claim {
	size_t file; /* index into csg_claims.files */
	size_t artifact; /* index into the artifacts of the proof's seal */
	bool holds; /* the proof is valid */
	struct csg_id input, output; /* ids of the artifact and its output */
	char *path; /* of the artifact: see csg_claims_in */
	struct csg_id place; /* SHA-256 of the path */
	/* the format of its signature; NULL if the proof is not valid, since
	 * only its profile determines the format */
	const struct csg_format *format;
};

/* A key to find a claim: its input, its output, or its place. */
struct csg_claim_key {
	struct csg_id id; /* first: csg_id_cmp() sorts these */
	const struct csg_claim *claim;
};

struct csg_claims {
	struct csg_proof_file *files; /* in the order of the paths given */
	size_t nfiles;
	struct csg_claim *v; /* in the order of the files, then of seals */
	size_t n;
	struct csg_claim_key *keys; /* [3 * n], sorted by id, then as in v */
};

struct csg_claims_in {
	int dir; /* to which paths are relative: see csg_io_read_in() */
	const char *const *paths; /* of proof files; the result borrows each */
	size_t n;
	/* The path of an artifact is its name in the proof's directory; else
	 * it is just the name. */
	bool beside;
	bool decisions; /* keep the decisions of refused proofs, which anybody
			 * can make large */
	const struct csg_proof_in *proof; /* its refused is ignored */
	struct csg_parallel *jobs;
};

/*
 * Read all proofs.  *out is the caller's (csg_claims_free).  A proof that is
 * unreadable or not valid is not a failure: its csg_proof_file has the reason.
 * IO if out of memory.
 */
enum csg_rc csg_claims_read(const struct csg_claims_in *in,
    struct csg_claims **out, struct csg_err *err);
void csg_claims_free(struct csg_claims *c);

/* Make the keys of the claims in v, as csg_claims_read() does.  IO. */
enum csg_rc csg_claims_index(struct csg_claims *c, struct csg_err *err);

/* Find the keys with that id: returns the first of *n, which can be 0.  Their
 * claims are in the order of v. */
const struct csg_claim_key *csg_claims_find(
    const struct csg_claims *c, const struct csg_id *id, size_t *n);

#endif
