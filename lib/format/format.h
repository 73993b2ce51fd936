/*
 * Formats: the form in which the outside world gets a signature.
 *
 * A driver knows whether an artifact can be signed in its format, makes the
 * signature, and verifies a given one.  Hashing, keys, evidence and files are
 * up to the caller.
 */
#ifndef CSG_FORMAT_FORMAT_H
#define CSG_FORMAT_FORMAT_H

#include "lib/crypto/cms.h"
#include "lib/message/request.h"
#include "lib/policy/policy.h"

/* An artifact of format policy, which is the draft of the next policy. */
struct csg_draft {
	struct csg_buf yaml;
	struct csg_policy *policy;
};
#define CSG_DRAFT_NONE { { NULL, 0, 0, false }, NULL }

/*
 * Read and parse the draft that fd refers to and that has these hashes.  Clear
 * out even after a failure.  TYPE if it is too large, DIGEST if it has changed
 * since it was hashed, IO, or as csg_policy_parse().
 */
enum csg_rc csg_draft_read(int fd, const struct csg_hashes *hashes,
    struct csg_draft *out, struct csg_err *err);
void csg_draft_clear(struct csg_draft *d);

/* What a driver works on: one artifact; all borrowed. */
struct csg_target {
	const struct csg_artifact *artifact; /* as requested */
	const struct csg_hashes *hashes; /* as found */
	const struct csg_draft *draft; /* if the driver reads_draft and the
				 * artifact is at hand; or NULL */
	const struct csg_policy *policy; /* in force, or NULL at
							 * the founding */
	int64_t time; /* T */
	const char *evidence; /* csg_evidence_attr(); verify: NULL for any */
	uint64_t epoch; /* of the signature's receipt; 0: any */
	bool allow_lockout; /* accept a new policy that locks people out */
};

struct csg_format {
	const char *suffix; /* of the output's name */
	const char *replaces; /* suffix of the artifact's name that suffix
				 * replaces, or NULL */
	bool reads_draft; /* signs drafts, one per request */

	/* Check that the artifact can be signed.  csg-request calls this before
	 * it writes the request, csg-sign after the quorum is met. */
	enum csg_rc (*accept)(const struct csg_target *w, struct csg_err *err);
	/* Make the signature; append it to *out. */
	enum csg_rc (*sign)(const struct csg_target *w,
	    const struct csg_signer_key *k, struct csg_buf *out,
	    struct csg_err *err);
	/* Verify sig (len bytes), a signature of the key over the artifact.
	 * SIGNATURE, DIGEST, TYPE, ALG; UNENDORSED if it verifies but its time
	 * or evidence is not that of w (evidence NULL: not checked); LOG for a
	 * policy with another epoch than the receipt's. */
	enum csg_rc (*verify)(const struct csg_target *w,
	    const struct csg_key *key, const void *sig, size_t len,
	    struct csg_err *err);
	/* SHA-256 of the signature that sign made, taken from the contents
	 * sig (len bytes) of the output file. */
	enum csg_rc (*output_id)(const struct csg_target *w, const void *sig,
	    size_t len, struct csg_id *id, struct csg_err *err);
};

const struct csg_format *csg_format(enum csg_format_id id);

/* Append the name of an artifact's output. */
void csg_format_output(
    const struct csg_format *f, const char *name, struct csg_buf *out);

/* The drivers, each in its own file. */
extern const struct csg_format csg_fmt_policy, csg_fmt_cms, csg_fmt_raw;

#endif
