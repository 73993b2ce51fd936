/*
 * Claims: the proof files at hand, and which artifacts each is about.
 *
 * Every file is read and recounted once.  What a proof that holds says about
 * an artifact is a fact; a proof that does not hold is still asked, since its
 * reason is the one that the artifact's owner needs to hear.  match.h decides
 * which claim is meant.
 */
#ifndef CSG_VERIFY_CLAIMS_H
#define CSG_VERIFY_CLAIMS_H

#include "lib/base/parallel.h"
#include "lib/verify/proof.h"

struct csg_proof_file {
	const char *path; /* borrowed */
	struct csg_proof *proof; /* NULL when it does not hold */
	struct csg_proof *refused; /* then, where the quorum was not there:
				    * with the decision; else NULL */
	enum csg_reason reason; /* why it does not hold, or CSG_R_NONE */
	char *text; /* the same in words, without the path; or NULL */
};

/* One artifact of a proof. */
struct csg_claim {
	size_t file; /* in csg_claims.files */
	size_t artifact; /* number in the proof's seal */
	bool holds; /* the proof does */
	struct csg_id input,
	    output; /* the artifact, and what was made for it */
	char *path; /* of the artifact: see csg_claims_in */
	struct csg_id place; /* SHA-256 of the path */
	/* how its signature was to be made; NULL when the proof does not hold,
	 * since only its profile would tell */
	const struct csg_format *format;
};

/* What a claim is found by: its input, its output, or its place. */
struct csg_claim_key {
	struct csg_id id; /* first: csg_id_cmp() sorts these */
	const struct csg_claim *claim;
};

struct csg_claims {
	struct csg_proof_file *files; /* in the order of the paths given */
	size_t nfiles;
	struct csg_claim *v; /* in the order of the files, then of seals */
	size_t n;
	struct csg_claim_key
	    *keys; /* [3 * n], in the order of ids, then of v */
};

struct csg_claims_in {
	int dir; /* where the paths are: see csg_io_read_in() */
	const char *const *paths; /* of proof files; the result borrows each */
	size_t n;
	/* The path of an artifact is that of its name beside the proof; else
	 * it is just the name. */
	bool beside;
	bool decisions; /* keep what refused proofs came to: anybody can make
			 * them large */
	const struct csg_proof_in *proof; /* its refused is not looked at */
	struct csg_parallel *jobs;
};

/*
 * Read all proofs.  *out is the caller's (csg_claims_free).  A proof that
 * can't be read or does not hold is no failure: its file says so.  IO when
 * memory is short.
 */
enum csg_rc csg_claims_read(const struct csg_claims_in *in,
    struct csg_claims **out, struct csg_err *err);
void csg_claims_free(struct csg_claims *c);

/* Make the keys of the claims in v, as csg_claims_read() does.  IO. */
enum csg_rc csg_claims_index(struct csg_claims *c, struct csg_err *err);

/* The keys with that id: *n of them, which may be 0, from what is returned
 * on.  The claims are in the order of v. */
const struct csg_claim_key *csg_claims_find(
    const struct csg_claims *c, const struct csg_id *id, size_t *n);

#endif
